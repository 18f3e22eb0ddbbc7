"""What the commands make of their options."""

import argparse
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ssl_landscape.pipeline.plan import Plan


def plan_of(options: argparse.Namespace) -> "Plan":
    """Return the plan of the config that the options name: files, or a whole config as JSON."""
    from ssl_landscape.config import load_config
    from ssl_landscape.pipeline.plan import Plan

    return Plan(options.config_json or load_config(*options.config))


def json_value(text: str) -> Any:
    """Return the value of an argument that has to be JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from None
