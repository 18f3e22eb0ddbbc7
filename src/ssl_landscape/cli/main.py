"""The command line: each step of the pipeline, with or without Snakemake.

Only the modules of the step that runs are imported: a training job never loads matplotlib.
"""

import argparse
import functools
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from ssl_landscape.cli import ablations, benchmark, inspect, provenance, report, stages, theory
from ssl_landscape.cli import comparison as fidelity
from ssl_landscape.cli.examples import all_examples, example_of
from ssl_landscape.cli.options import plan_of
from ssl_landscape.errors import UserError


def main(arguments: list[str] | None = None) -> int:
    """Run one step; bad input gives one message on stderr and exit status 2."""
    parser = _parser()
    if "_ARGCOMPLETE" in os.environ:  # the shell asks what could come next
        from ssl_landscape.cli.completion import complete

        complete(parser)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # else a page for each PDF
    logging.raiseExceptions = False  # a full disk may take the log, too: no traceback about that
    try:
        return options.step(options) or 0  # audit gives 1 where it finds something
    except UserError as error:
        _complain(f"ssl-landscape {options.name}: error: {error}")
        return 2


def _complain(message: str) -> None:
    # A file's name may hold bytes that are no text: they are written as escapes.
    readable = message.encode(errors="backslashreplace").decode()
    try:
        print(readable, file=sys.stderr, flush=True)
    except OSError:  # stderr is a log on a full disk; Snakemake shows stdout
        print(readable, flush=True)


def _check(options: argparse.Namespace) -> None:
    plan = plan_of(options)
    jobs = f"{len(plan.datasets)} datasets, {len(plan.runs)} training runs"
    print(f"valid: {jobs}, {len(plan.config.figures)} figures, {len(plan.config.tables)} tables")


def _schema(options: argparse.Namespace) -> None:
    from ssl_landscape.config.schema import json_schema
    from ssl_landscape.io.files import write_json

    write_json(options.output, json_schema())


def _json(text: str) -> str:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"is not JSON: {error}") from None
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ssl-landscape",
        description="The steps of the pipeline, one by one.",
        epilog=all_examples(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    steps = parser.add_subparsers(dest="name", required=True, metavar="STEP")

    stages.add_steps(functools.partial(_step, steps))
    ablations.add_steps(functools.partial(_step, steps))
    benchmark.add_commands(functools.partial(_command, steps))
    theory.add_steps(steps, _step)
    fidelity.add_steps(steps, _step)
    provenance.add_steps(steps, _step)
    report.add_steps(steps, _step)
    inspect.add_commands(functools.partial(_command, steps))

    _step(steps, "check", _check, "validate a config and count its jobs")
    schema = _step(steps, "schema", _schema, "write the config's JSON schema")
    schema.add_argument("--output", type=Path, default=Path("workflow/schemas/config.schema.json"))
    return parser


def _command(
    steps: Any, name: str, function: Any, summary: str, example: str
) -> argparse.ArgumentParser:
    step = _step(steps, name, function, summary)
    step.epilog = f"example:\n  {example}"
    return step


def _step(steps: Any, name: str, function: Any, summary: str) -> argparse.ArgumentParser:
    step = steps.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    step.epilog = example_of(step.prog)
    step.set_defaults(step=function)
    step.add_argument(
        "--config",
        type=Path,
        nargs="+",
        default=[Path("config.yaml")],
        help="config files, later ones laid over earlier ones (default: config.yaml)",
    )
    step.add_argument("--spec", type=_json, help="resolved spec as JSON, in place of the config")
    step.add_argument("--code", help="fingerprint of the code that the step was planned with")
    step.add_argument("--record", type=Path, help="output: the record (default: beside the others)")
    return step
