"""Pieces of Markdown that the reports share."""

from collections.abc import Iterable, Sequence

import pandas as pd


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; a ``|`` in a cell is escaped."""
    lines = [header, ["---"] * len(header), *rows]
    texts = [[str(cell).replace("|", r"\|") for cell in line] for line in lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in texts)


def number(value: float | None, digits: int = 3, sign: bool = False) -> str:
    """Return a number with so many decimals; an empty text for a missing one."""
    if value is None or pd.isna(value):
        return ""
    return f"{value:{'+' if sign else ''}.{digits}f}"


def mean_and_std(mean: float, std: float | None, digits: int = 3) -> str:
    """Return "mean ± std"; the mean alone where there is no standard deviation."""
    return " ± ".join(filter(None, [number(mean, digits), number(std, digits)]))
