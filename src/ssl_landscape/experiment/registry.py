"""The building blocks that a model's spec chooses from, found by name.

A block is one function in one file: ``<family>/<name>.py`` defines ``<name>``. Its keyword-only
arguments are what a config entry may set. Adding a block is adding its file.
"""

import ast
import functools
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any


@functools.cache
def block_names(family: str) -> tuple[str, ...]:
    """List the blocks of a family (``losses``, ``masks``, ...), without importing them."""
    folder = Path(__file__).parent / family
    return tuple(sorted(p.stem for p in folder.glob("*.py") if not p.stem.startswith("_")))


def block_options(family: str, name: str) -> dict[str, str]:
    """Return the options of a block: keyword-only argument -> its annotation, without import."""
    arguments = _arguments(family, name).kwonlyargs
    return {a.arg: ast.unparse(a.annotation) for a in arguments if a.annotation}


def required_options(family: str, name: str) -> list[str]:
    """Return the options of a block that have no default."""
    found = _arguments(family, name)
    pairs = zip(found.kwonlyargs, found.kw_defaults, strict=True)
    return [argument.arg for argument, default in pairs if default is None]


@functools.cache
def _arguments(family: str, name: str) -> ast.arguments:
    source = (Path(__file__).parent / family / f"{name}.py").read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node.args
    raise LookupError(f"{family}/{name}.py does not define a function {name}")


def find_block(family: str, name: str) -> Callable:
    """Import the block ``name`` of ``family`` and return its function."""
    return getattr(importlib.import_module(f"ssl_landscape.experiment.{family}.{name}"), name)


def find_with_options(family: str, entry: dict[str, Any]) -> Callable:
    """Return the block that ``entry`` names, with the options beside the name filled in."""
    return functools.partial(find_block(family, entry["name"]), **options_of(entry))


def options_of(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the options beside the name of a block."""
    return {key: value for key, value in entry.items() if key != "name"}


def network_names(update: str) -> tuple[str, ...]:
    """Return the names of the networks that an update trains: online and target, or one."""
    return importlib.import_module(f"ssl_landscape.experiment.updates.{update}").NETWORKS
