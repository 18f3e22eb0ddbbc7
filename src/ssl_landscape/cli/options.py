"""What the steps of the command line make of their options."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError


def require(options: argparse.Namespace, names: tuple[str, ...], files: tuple[str, ...]) -> None:
    """Ask for the names that the config is searched for, or with --spec for every file."""
    wanted = files if options.spec else names
    missing = [f"--{name}" for name in wanted if getattr(options, name) is None]
    if missing:
        hint = "with --spec, every file has to be named" if options.spec else "or give --spec"
        raise UserError(
            f"needs {', '.join(missing)} ({hint}); see ssl-landscape {options.name} --help"
        )


def plan_of(options: argparse.Namespace) -> Any:
    """Return the plan of the config that the options name, made once."""
    from ssl_landscape.config import load_config
    from ssl_landscape.pipeline.plan import Plan

    if "plan" not in options:
        options.plan = Plan(load_config(*options.config))
    return options.plan


def results_of(options: argparse.Namespace) -> Path:
    """Return the folder of the results; with --spec every file is named, and no config is read."""
    return Path() if options.spec else plan_of(options).results


def spec_of(options: argparse.Namespace, resolve: Callable[[Any], dict]) -> dict:
    """Return the step's resolved spec: from --spec, or by ``resolve`` from the config's plan."""
    return json.loads(options.spec) if options.spec else resolve(plan_of(options))
