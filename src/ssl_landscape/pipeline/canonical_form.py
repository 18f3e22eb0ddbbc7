"""Write syntax trees in a form that is the same for all supported versions of Python.

Neither ``ast.dump`` nor ``ast.unparse`` is: they differ in optional fields, quotes and f-strings.
Comments, docstrings, layout, imports and log lines do not enter the form.
"""

import ast
import itertools
from collections.abc import Callable, Sequence

_SKIPPED = {"ctx", "kind", "type_comment"}
_LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical"}

Definition = tuple[str, str]  # module, top-level name
Piece = str | Definition  # text, or a reference to a definition
Refer = Callable[[list[str]], Sequence[Piece] | None]


def has_no_effect(item: object) -> bool:
    """Return whether a statement changes no result: a docstring, an import, a log line.

    An import counts through the names that it binds.
    """
    if not isinstance(item, ast.Expr):
        return isinstance(item, ast.Import | ast.ImportFrom | ast.Pass)
    called = item.value.func if isinstance(item.value, ast.Call) else None
    is_log = (
        isinstance(called, ast.Attribute)
        and called.attr in _LOG_METHODS
        and isinstance(called.value, ast.Name)
        and called.value.id in ("log", "logging")
    )
    return is_log or isinstance(item.value, ast.Constant)


def canonical_form(value: object, refer: Refer) -> list[Piece]:
    """Return the canonical form of a node, or of what a node's field holds, in pieces.

    Args:
        value: the node, or a list of nodes, or a field's value.
        refer: returns for a dotted name, ``[a, b, c]`` of ``a.b.c``, what the form holds beside its
            last part: text, or references to definitions; None if it stands for nothing known.
    """
    if isinstance(value, ast.Constant | ast.MatchSingleton):
        return [f"({_constant(value.value)})"]
    if isinstance(value, ast.Name | ast.Attribute):
        names = _dotted(value)
        target = refer(names)
        if target is not None:
            return [f"(Name {names[-1]!a} ", *target, ")"]
    pieces: list[Piece] = []
    if isinstance(value, ast.AST):
        for field in value._fields:
            inner = _field(value, field)
            if inner is not None and inner != []:
                pieces += [f" {field}=", *canonical_form(inner, refer)]
        return [f"({type(value).__name__}", *pieces, ")"]
    if isinstance(value, list):
        for item in value:
            if not has_no_effect(item):
                pieces += [*canonical_form(item, refer), ","]
        return ["[", *pieces, "]"]
    return [_constant(value)]


def _field(node: ast.AST, field: str) -> object:
    value = None if field in _SKIPPED else getattr(node, field, None)
    text = value if field == "format_spec" else node
    return _text_parts(text) if isinstance(text, ast.JoinedStr) else value


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
