"""``workflow/comparison/reasons.yaml``: why some cells and claims do not match, written by hand."""

from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import pandas as pd
from pydantic import AfterValidator, BeforeValidator, Field

from ssl_landscape.comparison.cells import KEY
from ssl_landscape.config.files import read_yaml
from ssl_landscape.config.loading import parse
from ssl_landscape.config.types import Strict, brief, is_number, suggest
from ssl_landscape.errors import UserError

CLAIMS = range(1, 12)  # the paper's; a config may have fewer, or more of its own


def _texts(value: Any) -> Any:
    """Return a value or a list of values as texts, numbers as the tables write them."""
    try:
        values = value if isinstance(value, list) else [value]
        return [f"{v:g}" if is_number(v) else v for v in values]
    except OverflowError:  # an integer beyond a float
        raise ValueError(f"{brief(value)} is not the number of a cell") from None


def _inside(path: str) -> str:
    parts = PurePosixPath(path)
    if not path or parts.is_absolute() or ".." in parts.parts:
        raise ValueError(f"{path!r} is not a path inside the repository")
    return path


Pattern = Annotated[list[str], BeforeValidator(_texts), Field(min_length=1)]


class Cells(Strict):
    """A group of published cells; what is left out may be anything, and ``*`` is a wildcard."""

    table: Pattern = Field(default=["*"])
    label: Pattern = Field(default=["*"])
    sigma: Pattern = Field(default=["*"])
    pr_sparse: Pattern = Field(default=["*"])
    metric: Pattern = Field(default=["*"])

    def matches(self, cell: pd.Series) -> bool:
        """Return whether a line of ``cells.csv`` is of the group."""
        return all(_matches(getattr(self, key), cell[key]) for key in KEY)


class Reason(Strict):
    """Why these cells and claims do not match, and the files that show it."""

    cells: list[Cells] = Field(default=[])
    claims: list[int] = Field(default=[])
    reason: str = Field(min_length=1)
    evidence: list[Annotated[str, AfterValidator(_inside)]] = Field(default=[])

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
            _check_group(f"{where}.cells[{j}]", group, cells)
    return reasons


def _check_group(where: str, group: Cells, cells: pd.DataFrame) -> None:
    if any(group.matches(cell) for _, cell in cells.iterrows()):
        return
    for key in KEY:
        known = sorted({text for value in cells[key] if (text := _text(value))})
        for pattern in getattr(group, key):
            if not any(fnmatchcase(name, pattern) for name in known):
                hint = suggest(pattern, known)
                raise UserError(f"{where}.{key}: no published cell has {brief(pattern)}; {hint}")
    raise UserError(f"{where}: no published cell has all of this; see published/tables.csv")


def _matches(patterns: list[str], value: object) -> bool:
    return any(fnmatchcase(_text(value), pattern) for pattern in patterns)


def _text(value: object) -> str:
    if pd.isna(value):
        return ""
    return value if isinstance(value, str) else f"{value:g}"
