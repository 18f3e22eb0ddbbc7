"""The command line's steps ``theory`` (one statement) and ``theory-verdicts`` (all of them)."""

import argparse
import importlib
import json
import logging
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
    if options.spec:
        if not options.output:
            raise UserError("needs --output (with --spec, every file has to be named)")
        write_statement(json.loads(options.spec), options.output)
        return
    if not options.statement:
        raise UserError("needs --statement (or give --spec); see ssl-landscape theory --help")
    plan = _plan(options)
    spec = plan.theory_spec(options.statement)
    folder = plan.results / "theory"
    outputs = [folder / f"{options.statement}{suffix}" for suffix in SUFFIXES]
    write_statement(spec, options.output or outputs)


def _verdicts(options: argparse.Namespace) -> None:
    folder = None if options.measured and options.output else _plan(options).results / "theory"
    measured = options.measured or [folder / f"{statement}.json" for statement in STATEMENTS]
    write_verdicts(measured, options.output or folder / "verdicts.md")


def _plan(options: argparse.Namespace) -> Any:
    from ssl_landscape.config import Plan, load_config

    return Plan(load_config(*options.config))


def write_statement(spec: dict[str, Any], outputs: list[Path]) -> None:
    """Compute a statement, judge it, and write its figure and its JSON.

    Args:
        spec: statement, seed and settings.
        outputs: files to write; the suffix (.pdf, .png, .svg, .json) decides what.
    """
    from ssl_landscape.files import write_json
    from ssl_landscape.theory.pictures.style import save, styled

    logging.getLogger("fontTools").setLevel(logging.WARNING)  # else a page for each PDF
    name = spec["statement"]
    measured = _module(name).measure(spec["settings"], spec["seed"])
    verdict = _module(f"verdicts.{name}").judge(measured.quantities)
    logging.info("%s: %s", verdict.title, verdict.status)
    pictures = [path for path in outputs if path.suffix != ".json"]
    with styled():
        save(_module(f"pictures.{name}").draw(measured), pictures)
    content = {**spec, "quantities": measured.quantities, "verdict": verdict.as_dict()}
    for path in outputs:
        if path.suffix == ".json":
            write_json(path, content)


def write_verdicts(measured: list[Path], output: Path) -> None:
    """Write one page with the verdicts of these JSON files, in their order."""
    from ssl_landscape.files import write_text
    from ssl_landscape.theory.verdict import markdown

    write_text(output, markdown([_read(path) for path in measured]))


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error}); let Snakemake make it") from None
    if not isinstance(content, dict) or not {"statement", "verdict"} <= content.keys():
        raise UserError(f"{path}: holds no verdict; delete it, and Snakemake makes it again")
    return content


def _module(name: str) -> Any:
    return importlib.import_module(f"ssl_landscape.theory.{name}")
