"""A fingerprint of what code means: comments, docstrings and layout do not enter it.

It covers the definitions that a starting point uses, followed through the package's modules. A
changed loss makes stale the runs that use it; a changed figure makes no run stale.
"""

import ast
import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "ssl_landscape"
_ROOT = Path(__file__).parents[1]
_AT_IMPORT = "<at import>"  # stands for a module's statements that bind no name

Definition = tuple[str, str]  # module, top-level name


@functools.cache
def fingerprint(*roots: str) -> str:
    """Fingerprint the code that ``roots`` reach.

    Args:
        roots: ``module:name`` for one definition, or a block's module (``blocks.losses.l2``).

    Returns:
        16 hex digits.
    """
    digest = hashlib.sha256()
    for module, name in _reached(*roots):
        digest.update(f"{module}:{name}\n{_module(module).meaning(name)}\n".encode())
    return digest.hexdigest()[:16]


def modules(*roots: str) -> dict[str, str]:
    """Fingerprint each module that ``roots`` reach: those of its definitions that they use."""
    texts: dict[str, str] = {}
    for module, name in _reached(*roots):
        texts[module] = texts.get(module, "") + f"{name}\n{_module(module).meaning(name)}\n"
    return {m: hashlib.sha256(text.encode()).hexdigest()[:16] for m, text in texts.items()}


@functools.cache
def _reached(*roots: str) -> tuple[Definition, ...]:
    """Return all definitions that ``roots`` use, directly or not, in order."""
    reached: set[Definition] = set()
    waiting = [definition for root in roots for definition in _definitions_of(root)]
    while waiting:
        definition = waiting.pop()
        if definition not in reached:
            reached.add(definition)
            waiting += _uses(definition)
    return tuple(sorted(reached))


def _definitions_of(root: str) -> list[Definition]:
    if ":" in root:
        module, name = root.split(":")
        _module(module).definitions[name]  # a KeyError here is a wrong root, not a user's error
        return [(module, name)]
    module = f"{PACKAGE}.{root}"
    return [(module, name) for name in _module(module).definitions]


@functools.cache
def _uses(definition: Definition) -> tuple[Definition, ...]:
    module, name = definition
    return tuple(_module(module).references(name))


class _Module:
    """The top-level definitions of one module, and what each refers to."""

    def __init__(self, name: str) -> None:
        path = _ROOT.joinpath(*name.split(".")[1:])
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        self.name = name
        self.definitions: dict[str, list[ast.stmt]] = {}
        self.imports: dict[str, Definition] = {}
        self.outside: dict[str, str] = {}  # names of other packages -> where they come from
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            self._add(statement)

    def _add(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                name = alias.asname or alias.name
                if (statement.module or "").split(".")[0] == PACKAGE:
                    self.imports[name] = (statement.module, alias.name)
                else:
                    self.outside[name] = f"{statement.module}.{alias.name}"
        elif isinstance(statement, ast.Import):
            for alias in statement.names:
                self.outside[alias.asname or alias.name.split(".")[0]] = alias.name
        elif not _is_docstring(statement):
            for name in _names_bound(statement):
                self.definitions.setdefault(name, []).append(statement)

    def meaning(self, name: str) -> str:
        """The definition's code, without docstrings, comments and layout, and its imports."""
        code = [ast.unparse(_without_docstrings(s)) for s in self.definitions[name]]
        imports = [f"{n} = {self.outside[n]}" for n in self._names_in(name) if n in self.outside]
        return "\n".join([*code, *imports])

    def references(self, name: str) -> Iterator[Definition]:
        """The package's definitions that this one names, and what its module does at import."""
        if _AT_IMPORT in self.definitions:
            yield self.name, _AT_IMPORT
        for other in self._names_in(name):
            if other in self.definitions:
                yield self.name, other
            elif other in self.imports:
                module, imported = self.imports[other]
                yield from _resolve(module, imported)

    def _names_in(self, name: str) -> list[str]:
        nodes = (node for statement in self.definitions[name] for node in ast.walk(statement))
        return sorted({node.id for node in nodes if isinstance(node, ast.Name)})


def _resolve(module: str, name: str) -> Iterator[Definition]:
    target = _module(module)
    if name in target.definitions:
        yield module, name
    elif name in target.imports:  # re-exported
        yield from _resolve(*target.imports[name])


@functools.cache
def _module(name: str) -> _Module:
    return _Module(name)


def _names_bound(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    else:
        return [_AT_IMPORT]
    return [n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]


def _without_docstrings(statement: ast.stmt) -> ast.stmt:
    for node in ast.walk(statement):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and _is_docstring(node.body[0]):
            node.body = node.body[1:] or [ast.Pass()]
    return statement


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
