"""Completion in the shell: commands and options by argparse, names by the config."""

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import argcomplete

from ssl_landscape.config import load_config
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import list_jobs
from ssl_landscape.pipeline.plan import Plan

_SOURCES: dict[str, Callable[[Plan, Any], Iterable[str]]] = {  # argument -> its values
    "model": lambda plan, options: plan.config.models,
    "sparsity": lambda plan, options: {sparsity for _, sparsity, _ in plan.runs},
    "seed": lambda plan, options: {str(seed) for *_, seed in plan.runs},
    "name": lambda plan, options: [j.name for j in list_jobs(plan) if j.rule == options.rule],
    "what": lambda plan, options: [
        *plan.config.figures,
        *plan.config.tables,
        *plan.config.models,
    ],
}


def complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell, which has set argcomplete's variables, and exit."""
    argcomplete.autocomplete(parser, default_completer=_names)  # type: ignore[arg-type]


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
    return sorted(set(_SOURCES[action.dest](plan, parsed_args)))
