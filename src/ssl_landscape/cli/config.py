"""The commands ``check`` and ``schema``."""

import argparse
from collections.abc import Callable
from pathlib import Path

from ssl_landscape.cli.options import plan_of

SCHEMA = Path("workflow/schemas/config.schema.json")


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands to the program; ``add`` as in :mod:`ssl_landscape.cli.main`."""
    example = "ssl-landscape check --config config.yaml workflow/variants/smoke.yaml"
    add("check", _check, "validate a config and count its jobs", example)
    schema = add("schema", _schema, "write the config's JSON schema", "ssl-landscape schema")
    schema.add_argument("--output", type=Path, default=SCHEMA, help="default: %(default)s")


def _check(options: argparse.Namespace) -> None:
    plan = plan_of(options)
    jobs = f"{len(plan.datasets)} datasets, {len(plan.runs)} training runs"
    print(f"valid: {jobs}, {len(plan.config.figures)} figures, {len(plan.config.tables)} tables")


def _schema(options: argparse.Namespace) -> None:
    from ssl_landscape.config.schema import json_schema
    from ssl_landscape.io.files import write_json

    write_json(options.output, json_schema())
