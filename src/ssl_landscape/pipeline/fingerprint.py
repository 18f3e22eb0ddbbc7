"""Fingerprint what code means: a hash that comments, docstrings, layout and log lines do not enter.

It covers the definitions that a root uses, followed through the package's modules. A walk from the
roots numbers them, and they refer to each other by these numbers: neither a module's path nor the
order of modules enters, while using another helper of the same name does.

Imports nothing outside the standard library: the tests run this file on other Pythons.
"""

import ast
import functools
import hashlib
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ssl_landscape.pipeline.canonical_form import Definition, Piece, canonical_form, has_no_effect

_ROOT = Path(__file__).parents[1]
_PACKAGE = _ROOT.name
_AT_IMPORT = "<at import>"  # stands for a module's statements that bind no name
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@functools.cache
def fingerprint(*roots: str) -> str:
    """Fingerprint the code that ``roots`` reach.

    Args:
        roots: ``module:name`` for one definition, or ``module`` for all definitions of a module,
            both without the package's name. One that ends in ``?`` may be missing.
            ``!module:name`` is where to stop: its own code does not count.

    Returns:
        16 hex digits.

    Raises:
        KeyError: a root does not exist.
    """
    numbers = _reached(*roots)
    digest = hashlib.sha256()
    for definition in numbers:
        for piece in (*_pieces(definition), "\n"):
            text = piece if isinstance(piece, str) else f"#{numbers.get(piece, 'stop')}"
            digest.update(text.encode())
    return digest.hexdigest()[:16]


@functools.cache
def modules(*roots: str) -> dict[str, str]:
    """Fingerprint each module as far as ``roots`` use it, to tell a reader which one changed."""
    texts: dict[str, str] = {}
    for module, name in sorted(_reached(*roots)):
        pieces = (p if isinstance(p, str) else ":".join(p) for p in _pieces((module, name)))
        texts[module] = texts.get(module, "") + name + "".join(pieces) + "\n"
    return {m: hashlib.sha256(text.encode()).hexdigest()[:16] for m, text in texts.items()}


@functools.cache
def _reached(*roots: str) -> dict[Definition, int]:
    """Number the definitions that ``roots`` use, directly or not, in the order of the walk."""
    stops = {d for root in roots if root.startswith("!") for d in _definitions_of(root[1:])}
    found = [d for root in roots if not root.startswith("!") for d in _definitions_of(root)]
    numbers: dict[Definition, int] = {}
    for definition in found:  # grows during the loop
        if definition not in numbers and definition not in stops:
            numbers[definition] = len(numbers)
            found += [piece for piece in _pieces(definition) if not isinstance(piece, str)]
    return numbers


def _definitions_of(root: str) -> list[Definition]:
    path, _, name = root.removesuffix("?").partition(":")
    module = _module(path)
    if module and not name:
        return [(path, name) for name in sorted(module.definitions)]
    found = _resolve(f"{_PACKAGE}.{path}.{name}") if module else None
    if isinstance(found, list) and found != [(path, _AT_IMPORT)]:
        return found
    if root.endswith("?"):
        return []
    raise KeyError(f"no code is called {root}")


@functools.cache
def _pieces(definition: Definition) -> tuple[Piece, ...]:
    """Return a definition's canonical form, cut where it refers to others."""
    path, name = definition
    module = _module(path)
    if module is None:
        raise KeyError(path)
    scope = module.scope | _imports(path, module.definitions[name])
    form = canonical_form(module.definitions[name], lambda names: _refer(scope, names))
    if name != _AT_IMPORT and _AT_IMPORT in module.definitions:
        form.append((path, _AT_IMPORT))
    merged: list[Piece] = []
    for is_text, group in itertools.groupby(form, lambda piece: isinstance(piece, str)):
        pieces = list(group)
        merged += ["".join(map(str, pieces))] if is_text else pieces
    return tuple(merged)


class _Module(NamedTuple):
    """The top-level definitions of a module, and the dotted origins of its names."""

    definitions: dict[str, list[ast.stmt]]
    scope: dict[str, str]


@functools.cache
def _module(path: str) -> _Module | None:
    """Read the module at a dotted path, without the package's name, if there is one."""
    file = _ROOT.joinpath(*path.split("."))
    file = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
    if not file.is_file():
        return None
    statements = ast.parse(file.read_text(encoding="utf-8")).body
    definitions: dict[str, list[ast.stmt]] = {}
    for statement in statements:
        if not has_no_effect(statement):
            for name in _names_bound(statement):
                definitions.setdefault(name, []).append(statement)
    # A function's own imports are in its scope only.
    scope = _imports(path, [s for s in statements if not isinstance(s, _SCOPES)])
    own = ".".join(filter(None, (_PACKAGE, path)))
    return _Module(definitions, scope | {name: f"{own}.{name}" for name in definitions})


def _names_bound(statement: ast.stmt) -> list[str]:
    if isinstance(statement, _SCOPES):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    else:
        return [_AT_IMPORT]
    nodes = [node for target in targets for node in ast.walk(target)]
    names = [n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    sets_more = any(isinstance(node, ast.Attribute | ast.Subscript) for node in nodes)
    return [*names, _AT_IMPORT] if sets_more else names


def _imports(path: str, statements: list[ast.stmt]) -> dict[str, str]:
    """Return the dotted origin of each name that import statements bind."""
    origins: dict[str, str] = {}
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.split(".")[0]
                origins[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            of_package = node.level or (node.module or "").split(".")[0] == _PACKAGE
            for alias in node.names:
                if node.level or (of_package and alias.name == "*"):
                    raise ValueError(f"{path}: relative import, or 'import *', hides what is used")
                origins[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return origins


@functools.cache
def _resolve(origin: str) -> str | list[Definition] | None:
    """Find what an origin stands for: definitions, another package's name, or nothing."""
    package, _, inner = origin.partition(".")
    if package != _PACKAGE:
        return origin
    path, _, name = inner.rpartition(".")
    parent, module = _module(path), _module(inner)
    if parent and name in parent.definitions:
        return [(path, name)]
    if parent and parent.scope.get(name, origin) != origin:  # imported there from elsewhere
        return _resolve(parent.scope[name])
    if module:
        return [(inner, name) for name in sorted(module.definitions)]
    return [(path, _AT_IMPORT)] if parent and _AT_IMPORT in parent.definitions else None


def _refer(scope: dict[str, str], names: list[str]) -> Sequence[Piece] | None:
    """Return what a dotted name stands for in a scope, if anything that is known."""
    origin = scope.get(names[0])
    if origin is None or (len(names) > 1 and origin.split(".")[0] != _PACKAGE):
        return None  # of another package's ``a.b.c``, ``a`` has its origin
    target = _resolve(".".join([origin, *names[1:]]))
    return [target] if isinstance(target, str) else target
