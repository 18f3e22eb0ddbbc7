"""Fingerprint what code means: a hash that comments, docstrings, layout and log lines do not enter.

It covers the definitions that a root uses, followed through the package's modules. A changed loss
makes stale the runs that use it; a changed figure makes no run stale.

Definitions are numbered in the order in which a walk from the roots meets them, and refer to each
other by these numbers: neither a module's path nor the order of modules enters, while using another
helper of the same name does. A definition is hashed as a canonical form of its syntax tree, equal
for all supported versions of Python; ``ast.dump`` and ``ast.unparse`` differ between them.

Imports nothing outside the standard library: the tests run this file on other Pythons.
"""

import ast
import functools
import hashlib
import itertools
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_PACKAGE = _ROOT.name
_AT_IMPORT = "<at import>"  # stands for a module's statements that bind no name
_SKIPPED = {"ctx", "kind", "type_comment"}
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical"}

Definition = tuple[str, str]  # module (without the package's name), top-level name
Piece = bytes | Definition  # text, or a reference to a definition


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
            digest.update(piece if isinstance(piece, bytes) else b"#%d" % numbers.get(piece, -1))
        digest.update(b"\n")
    return digest.hexdigest()[:16]


@functools.cache
def modules(*roots: str) -> dict[str, str]:
    """Fingerprint each module that ``roots`` reach, as far as they use it.

    This tells a reader which modules changed; unlike :func:`fingerprint`, it depends on paths.
    """
    texts: dict[str, bytes] = {}
    for definition in sorted(_reached(*roots)):
        pieces = (p if isinstance(p, bytes) else ":".join(p).encode() for p in _pieces(definition))
        module, name = definition
        texts[module] = texts.get(module, b"") + name.encode() + b"".join(pieces) + b"\n"
    return {m: hashlib.sha256(text).hexdigest()[:16] for m, text in texts.items()}


@functools.cache
def _reached(*roots: str) -> dict[Definition, int]:
    """Number the definitions that ``roots`` use, directly or not, in the order of the walk."""
    stops = {d for root in roots if root.startswith("!") for d in _definitions_of(root[1:])}
    found = [d for root in roots if not root.startswith("!") for d in _definitions_of(root)]
    numbers: dict[Definition, int] = {}
    for definition in found:  # grows during the loop
        if definition not in numbers and definition not in stops:
            numbers[definition] = len(numbers)
            found += [piece for piece in _pieces(definition) if not isinstance(piece, bytes)]
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
    form = _Form(module.scope | _imports(path, module.definitions[name]))
    form.write(module.definitions[name])
    if name != _AT_IMPORT and _AT_IMPORT in module.definitions:
        form.pieces.append((path, _AT_IMPORT))
    merged: list[Piece] = []
    text = ""
    for piece in form.pieces:
        if isinstance(piece, str):
            text += piece
        else:
            merged += [text.encode(), piece]
            text = ""
    return (*merged, text.encode())


class _Module:
    """The top-level definitions of a module, and the dotted origins of its names.

    Origins within the package begin with a dot: ``.io.files.write_text``.
    """

    def __init__(self, path: str, source: str) -> None:
        self.path = path
        self.definitions: dict[str, list[ast.stmt]] = {}
        statements = ast.parse(source).body
        for statement in statements:
            if not _has_no_effect(statement):
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


def _has_no_effect(item: object) -> bool:
    """Return whether a statement changes no result: a docstring, an import, a log line.

    An import counts through the names that it binds.
    """
    if isinstance(item, ast.Import | ast.ImportFrom | ast.Pass):
        return True
    if not isinstance(item, ast.Expr):
        return False
    value = item.value
    called = value.func if isinstance(value, ast.Call) else None
    is_log = (
        isinstance(called, ast.Attribute)
        and called.attr in _LOG_METHODS
        and isinstance(called.value, ast.Name)
        and called.value.id in ("log", "logging")
    )
    return is_log or isinstance(value, ast.Constant)


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


class _Form:
    """The canonical form of statements, as text and references."""

    def __init__(self, scope: dict[str, str]) -> None:
        self.scope = scope
        self.pieces: list[str | Definition] = []

    def write(self, value: object) -> None:
        """Write a node, or what a node's field holds."""
        if isinstance(value, ast.Constant | ast.MatchSingleton):
            self.pieces.append(f"({_constant(value.value)})")
        elif isinstance(value, ast.Name | ast.Attribute) and self._write_reference(value):
            pass
        elif isinstance(value, ast.AST):
            self.pieces.append(f"({type(value).__name__}")
            for field in value._fields:
                self._write_field(value, field)
            self.pieces.append(")")
        elif isinstance(value, list):
            self.pieces.append("[")
            for item in value:
                if not _has_no_effect(item):
                    self.write(item)
                    self.pieces.append(",")
            self.pieces.append("]")
        else:
            self.pieces.append(_constant(value))

    def _write_field(self, node: ast.AST, field: str) -> None:
        value = getattr(node, field, None)
        if isinstance(node, ast.JoinedStr):
            value = _text_parts(node)
        elif field == "format_spec" and isinstance(value, ast.JoinedStr):
            value = _text_parts(value)
        if field not in _SKIPPED and value is not None and value != []:
            self.pieces.append(f" {field}=")
            self.write(value)

    def _write_reference(self, node: ast.Name | ast.Attribute) -> bool:
        """Write a name, or an attribute of a module, with what it stands for, if that is known."""
        head, *attributes = _dotted(node)
        if head not in self.scope:
            return False
        origin = self.scope[head]
        if attributes and not origin.startswith("."):
            return False  # the name within it is written with its origin
        target = _resolve(_join(origin, *attributes) if attributes else origin)
        if target is None:
            return False
        self.pieces.append(f"(Name {[head, *attributes][-1]!a} ")
        self.pieces += [target] if isinstance(target, str) else target
        self.pieces.append(")")
        return True


def _dotted(node: ast.expr) -> list[str]:
    """Return ``[a, b, c]`` for the expression ``a.b.c``, and ``[""]`` for others."""
    if isinstance(node, ast.Attribute):
        return [*_dotted(node.value), node.attr]
    return [node.id] if isinstance(node, ast.Name) else [""]


def _text_parts(node: ast.JoinedStr) -> list[object]:
    """Return an f-string's parts, neighbouring texts joined; versions of Python cut differently."""
    parts: list[object] = []
    for is_text, group in itertools.groupby(node.values, lambda v: isinstance(v, ast.Constant)):
        if not is_text:
            parts += group
        elif text := "".join(str(part.value) for part in group if isinstance(part, ast.Constant)):
            parts.append(text)
    return parts


def _constant(value: object) -> str:
    """Write a constant's type and value, exactly, and alike in all versions of Python."""
    if isinstance(value, bool) or value is None or value is Ellipsis:
        return str(value)
    if isinstance(value, int):
        return f"int {value:x}"  # decimal digits are limited
    if isinstance(value, float):
        return f"float {value.hex()}"
    if isinstance(value, complex):
        return f"complex {value.real.hex()} {value.imag.hex()}"
    return f"{type(value).__name__} {value!a}"
