"""Fingerprint what code means: a hash that comments, docstrings, layout and log lines do not enter.

It covers the definitions that a root uses, followed through the package's modules. A changed loss
makes stale the runs that use it; a changed figure makes no run stale.

Definitions are numbered in the order in which a walk from the roots meets them, and refer to each
other by these numbers: neither a module's path nor the order of modules enters, while using another
helper of the same name does.

Imports nothing outside the standard library: the tests run this file on other Pythons.
"""

import ast
import functools
import hashlib
import itertools
from collections.abc import Sequence
from pathlib import Path

from ssl_landscape.pipeline.canonical_form import (
    CanonicalForm,
    Definition,
    Piece,
    has_no_effect,
)

_ROOT = Path(__file__).parents[1]
_PACKAGE = _ROOT.name
_AT_IMPORT = "<at import>"  # stands for a module's statements that bind no name
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@functools.cache
def fingerprint(*roots: str) -> str:
    """Fingerprint the code that ``roots`` reach.

    Args:
        roots: ``module:name`` for one definition, or ``module`` for all definitions of a module,
            both without the package's name. One that ends in ``?`` is left out if it does not
            exist. ``!module:name`` is where to stop: its own code does not count.

    Returns:
        16 hex digits.

    Raises:
        KeyError: a root does not exist.
    """
    numbers = _reached(*roots)
    digest = hashlib.sha256()
    for definition in numbers:
        for piece in _pieces(definition):
            text = piece if isinstance(piece, str) else f"#{numbers.get(piece, 'stop')}"
            digest.update(text.encode())
        digest.update(b"\n")
    return digest.hexdigest()[:16]


@functools.cache
def modules(*roots: str) -> dict[str, str]:
    """Fingerprint each module that ``roots`` reach, as far as they use it.

    This tells a reader which modules changed; unlike :func:`fingerprint`, it depends on paths.
    """
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
        return module.all_definitions()
    found = _resolve(_join(path, name))
    if module and isinstance(found, list) and found != [(path, _AT_IMPORT)]:
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
    form = CanonicalForm(lambda names: _refer(scope, names))
    form.write(module.definitions[name])
    if name != _AT_IMPORT and _AT_IMPORT in module.definitions:
        form.pieces.append((path, _AT_IMPORT))
    merged: list[Piece] = []
    for _, group in itertools.groupby(form.pieces, type):
        pieces = list(group)
        merged += ["".join(map(str, pieces))] if isinstance(pieces[0], str) else pieces
    return tuple(merged)


class _Module:
    """The top-level definitions of a module, and the dotted origins of its names.

    Origins within the package begin with a dot: ``.io.files.write_text``.
    """

    def __init__(self, path: str, source: str) -> None:
        self.path = path
        self.definitions: dict[str, list[ast.stmt]] = {}
        statements = ast.parse(source).body
        for statement in statements:
            if not has_no_effect(statement):
                for name in _names_bound(statement):
                    self.definitions.setdefault(name, []).append(statement)
        # A function's own imports are in its scope only.
        self.scope = _imports(path, [s for s in statements if not isinstance(s, _SCOPES)])
        self.scope |= {name: _join(path, name) for name in self.definitions}

    def all_definitions(self) -> list[Definition]:
        return [(self.path, name) for name in sorted(self.definitions)]


@functools.cache
def _module(path: str) -> _Module | None:
    """Read the module at a dotted path, if there is one."""
    file = _ROOT.joinpath(*path.split("."))
    file = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
    return _Module(path, file.read_text(encoding="utf-8")) if file.is_file() else None


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
    """Return the origin of each name that import statements bind, in a module at ``path``."""
    origins: dict[str, str] = {}
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                origin = alias.name if alias.asname else alias.name.split(".")[0]
                origins[alias.asname or origin] = _origin(origin)
        elif isinstance(node, ast.ImportFrom):
            source = _imported_from(path, node)
            for alias in node.names:
                if alias.name == "*" and source.startswith("."):
                    raise ValueError(f"{path}: 'import *' hides which definitions are used")
                origins[alias.asname or alias.name] = (
                    _join(source, alias.name)
                    if source.startswith(".")
                    else f"{source}.{alias.name}"
                )
    return origins


def _imported_from(path: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return _origin(node.module or "")
    parts = path.split(".")
    is_package = _ROOT.joinpath(*parts).is_dir()
    above = parts[: len(parts) - node.level + is_package]
    return _join(*above, node.module or "")


def _join(*names: str) -> str:
    """Return the origin of something within the package."""
    return "." + ".".join(name.strip(".") for name in names if name.strip("."))


def _origin(name: str) -> str:
    """Return a module's name, that of the package replaced by a dot."""
    package, _, rest = name.partition(".")
    return f".{rest}" if package == _PACKAGE else name


@functools.cache
def _resolve(origin: str) -> str | list[Definition] | None:
    """Find what an origin stands for.

    Returns:
        Definitions (one, or all of a module), or another package's name, or nothing.
    """
    if not origin.startswith("."):
        return origin
    path, _, name = origin[1:].rpartition(".")
    parent, module = _module(path), _module(origin[1:])
    if parent and name in parent.definitions:
        return [(path, name)]
    if parent and parent.scope.get(name, origin) != origin:  # imported there from elsewhere
        return _resolve(parent.scope[name])
    if module:
        return module.all_definitions()
    return [(path, _AT_IMPORT)] if parent and _AT_IMPORT in parent.definitions else None


def _refer(scope: dict[str, str], names: list[str]) -> Sequence[Piece] | None:
    """Return what a dotted name stands for in a scope, if anything that is known."""
    origin = scope.get(names[0])
    if origin is None or (len(names) > 1 and not origin.startswith(".")):
        return None  # of another package's ``a.b.c``, ``a`` has its origin
    target = _resolve(_join(origin, *names[1:]) if names[1:] else origin)
    return [target] if isinstance(target, str) else target
