"""``workflow/comparison/reasons.yaml``: why some cells and claims do not match, written by hand."""

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import AfterValidator, BeforeValidator, Field

from ssl_landscape.comparison.cells import KEY
from ssl_landscape.config.files import read_yaml
from ssl_landscape.config.loading import parse
from ssl_landscape.config.types import Some, Strict
from ssl_landscape.errors import UserError

CLAIMS = range(1, 13)  # the paper's; a config may have fewer, or more of its own


def _texts(value: Any) -> list[Any]:
    """Return a value or a list of values as texts, numbers as the tables write them."""
    values = value if isinstance(value, list) else [value]
    return [_text(v) if type(v) in (int, float) else v for v in values]


def _text(value: object) -> str:
    if pd.isna(value):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


Patterns = Annotated[Some[str], BeforeValidator(_texts)]


class Cells(Strict):
    """A group of published cells; what is left out may be anything, and ``*`` is a wildcard."""

    table: Patterns = Field(default=["*"])
    label: Patterns = Field(default=["*"])
    sigma: Patterns = Field(default=["*"])
    pr_sparse: Patterns = Field(default=["*"])
    metric: Patterns = Field(default=["*"])

    def matches(self, cell: pd.Series) -> bool:
        """Return whether a line of ``cells.csv`` is of the group."""
        return all(
            any(fnmatchcase(_text(cell[key]), pattern) for pattern in getattr(self, key))
            for key in KEY
        )


class Reason(Strict):
    """Why these cells and claims do not match, and the files that show it."""

    cells: list[Cells] = Field(default=[])
    claims: list[int] = Field(default=[])
    reason: Annotated[str, Field(min_length=1), AfterValidator(lambda t: " ".join(t.split()))]
    evidence: list[str] = Field(default=[])

    def explains(self, cell: pd.Series) -> bool:
        """Return whether a line of ``cells.csv`` is of one of the groups."""
        return any(group.matches(cell) for group in self.cells)


class _File(Strict):
    reasons: list[Reason]


def read_reasons(source: Path, cells: pd.DataFrame, claims: list[int]) -> list[Reason]:
    """Read the reasons, in the order of the file.

    Args:
        source: the YAML file.
        cells: the lines of ``cells.csv``: all that can be named.
        claims: numbers of the config's claims; beside them the paper's may be named.

    Raises:
        UserError: something in the file is wrong, or names a cell or claim that does not exist.
    """
    try:
        reasons = parse(_File, read_yaml(source), ()).reasons
    except UserError as error:
        raise UserError(str(error).replace("config:", f"{source}:", 1)) from None
    known = sorted({*CLAIMS, *claims})
    for i, reason in enumerate(reasons):
        where = f"{source}: reasons[{i}]"
        if not reason.cells and not reason.claims:
            raise UserError(f"{where}: explains nothing; it needs cells or claims")
        for number in reason.claims:
            if number not in known:
                allowed = ", ".join(map(str, known))
                raise UserError(f"{where}.claims: unknown claim {number}; choose from {allowed}")
        for j, group in enumerate(reason.cells):
            if not any(group.matches(cell) for _, cell in cells.iterrows()):
                problem = "no published cell is of this group; see pipeline/published_tables.csv"
                raise UserError(f"{where}.cells[{j}]: {problem}")
    return reasons
