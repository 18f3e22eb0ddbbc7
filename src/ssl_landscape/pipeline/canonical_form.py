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


def has_no_effect(item: object) -> bool:
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


class CanonicalForm:
    """The canonical form of statements, in pieces.

    Args:
        refer: returns for a dotted name, ``[a, b, c]`` of ``a.b.c``, what the form holds beside its
            last part: text, or references to definitions; None if it stands for nothing known.
    """

    def __init__(self, refer: Callable[[list[str]], Sequence[Piece] | None]) -> None:
        self.refer = refer
        self.pieces: list[Piece] = []

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
                if not has_no_effect(item):
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
        names = _dotted(node)
        target = self.refer(names)
        if target is not None:
            self.pieces += [f"(Name {names[-1]!a} ", *target, ")"]
        return target is not None


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
