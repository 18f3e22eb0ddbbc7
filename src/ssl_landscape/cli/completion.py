"""Completion in the shell: steps and options by argparse, names by the config."""

import argparse
from pathlib import Path

import argcomplete

from ssl_landscape.config import load_config
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.report.plan import ReportPlan
from ssl_landscape.theory import STATEMENTS


def complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell, which has set the variables of argcomplete, and exit."""
    argcomplete.autocomplete(parser, default_completer=_names)


def _names(
    prefix: str, action: argparse.Action, parsed_args: argparse.Namespace, **_: object
) -> list[str]:
    """Return the names of the config that an option takes; else file names."""
    if action.dest not in _SOURCES:
        return list(argcomplete.FilesCompleter()(prefix))
    paths = getattr(parsed_args, "config", None) or [Path("config.yaml")]
    try:
        plan = Plan(load_config(*paths))
    except UserError:
        return []
    return _SOURCES[action.dest](plan)


_SOURCES = {
    "model": lambda plan: list(plan.config.models),
    "dataset": lambda plan: sorted({name for name, _ in plan.datasets}),
    "sparsity": lambda plan: sorted({sparsity for _, sparsity, _ in plan.runs}),
    "seed": lambda plan: sorted({str(seed) for *_, seed in plan.runs}),
    "figure": lambda plan: list(plan.config.figures),
    "table": lambda plan: list(plan.config.tables),
    "ablation": lambda plan: list(plan.config.ablations),
    "statement": lambda plan: list(STATEMENTS),
    "page": lambda plan: ReportPlan(plan).pages,
    "what": lambda plan: [*plan.config.figures, *plan.config.tables, *plan.config.models],
}
