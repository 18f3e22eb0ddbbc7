"""What the commands make of their options."""

import argparse
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssl_landscape.pipeline.plan import Plan


def plan_of(options: argparse.Namespace) -> "Plan":
    """Return the plan of the config that the options name: files, or a whole config as JSON."""
    from ssl_landscape.config import load_config
    from ssl_landscape.pipeline.plan import Plan

    given = getattr(options, "config_json", None)
    return Plan(json.loads(given) if given else load_config(*options.config))


def json_text(text: str) -> str:
    """Return an argument that has to be JSON."""
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from None
    return text
