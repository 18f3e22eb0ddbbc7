"""The command line's steps ``theory`` (one statement) and ``theory-verdicts`` (all of them)."""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError
from ssl_landscape.theory import STATEMENTS

SUFFIXES = (".pdf", ".png", ".svg", ".json")


def add_steps(steps: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    """Register both steps; ``add`` is the command line's own way to add one."""
    theory = add(steps, "theory", _statement, "compute a theorem or lemma")
    theory.add_argument("--statement", help=f"one of {', '.join(STATEMENTS)}")
    theory.add_argument("--output", type=Path, nargs="+", help="output: .pdf, .png, .svg, .json")
    verdicts = add(steps, "theory-verdicts", _verdicts, "write the verdicts of all statements")
    verdicts.add_argument("--measured", type=Path, nargs="+", help="input: the statements' .json")
    verdicts.add_argument("--output", type=Path, help="output: .md")


def _statement(options: argparse.Namespace) -> None:
    # Which bits a matrix product has depends on how many threads share it.
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = "1"
    from ssl_landscape.provenance.record import recorded
    from ssl_landscape.theory.report import write_statement

    if options.spec and not options.output:
        raise UserError("needs --output (with --spec, every file has to be named)")
    if not options.spec and not options.statement:
        raise UserError("needs --statement (or give --spec); see ssl-landscape theory --help")
    spec, outputs = options.spec, options.output
    if not spec:
        from ssl_landscape.pipeline.plan import canonical

        plan = _plan(options)
        # In Snakemake's order of keys, so that the files are the same.
        spec = canonical(plan.theory_spec(options.statement))
        names = [f"{options.statement}{suffix}" for suffix in SUFFIXES]
        outputs = outputs or [plan.results / "theory" / name for name in names]
    spec = json.loads(spec)
    with recorded(options, "theorem", spec, [], outputs):
        write_statement(spec, outputs)


def _verdicts(options: argparse.Namespace) -> None:
    from ssl_landscape.provenance.record import recorded
    from ssl_landscape.theory.report import write_verdicts

    folder = None if options.measured and options.output else _plan(options).results / "theory"
    measured = options.measured or [folder / f"{statement}.json" for statement in STATEMENTS]
    output = options.output or folder / "verdicts.md"
    spec = json.loads(options.spec) if options.spec else {"statements": STATEMENTS}
    with recorded(options, "theory_verdicts", spec, measured, [output]):
        write_verdicts(measured, output)


def _plan(options: argparse.Namespace) -> Any:
    from ssl_landscape.config import load_config
    from ssl_landscape.pipeline.plan import Plan

    return Plan(load_config(*options.config))
