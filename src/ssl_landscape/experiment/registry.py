"""The building blocks that a model's spec chooses from, found by name.

A block is one function in one file: ``blocks/<family>/<name>.py`` defines ``<name>``. Its
keyword-only arguments are what a config entry may set. Adding a block is adding its file.
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


@functools.cache
def block_options(family: str, name: str) -> dict[str, str]:
    """Return the options of a block: keyword-only argument -> its annotation, without import."""
    source = (Path(__file__).parent / family / f"{name}.py").read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return {a.arg: ast.unparse(a.annotation) for a in node.args.kwonlyargs if a.annotation}
    raise LookupError(f"blocks/{family}/{name}.py does not define a function {name}")


def find_block(family: str, name: str) -> Callable:
    """Import the block ``name`` of ``family`` and return its function."""
    return getattr(importlib.import_module(f"ssl_landscape.experiment.{family}.{name}"), name)


def find_in_block(family: str, name: str, what: str) -> Any:
    """Return what a block's module may define beside its function, say a closed form, or None."""
    module = importlib.import_module(f"ssl_landscape.experiment.{family}.{name}")
    return getattr(module, what, None)


def update_networks(name: str) -> int:
    """Say how many networks an update scheme trains: 2 (online, target) or 1."""
    return find_in_block("updates", name, "networks_needed")


def update_period(name: str) -> int:
    """Say after how many steps an update scheme's roles are the same again."""
    return len(find_in_block("updates", name, "roles"))
