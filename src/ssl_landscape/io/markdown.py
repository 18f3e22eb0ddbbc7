"""Pieces of Markdown that the reports share."""

from collections.abc import Iterable, Sequence

import pandas as pd


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out a table; a missing number is an empty cell."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_text(cell) for cell in line) + " |" for line in lines)


def number(value: float | None, digits: int = 3, sign: bool = False) -> str:
    """Write a number with so many decimals; nothing for a missing one."""
    if value is None or pd.isna(value):
        return ""
    return f"{value:{'+' if sign else ''}.{digits}f}"


def _text(cell: object) -> str:
    return str(cell).replace("|", r"\|")
