"""The headline of the static page: claims and cells, counted on the most runs published."""

from pathlib import Path

import pandas as pd

from ssl_landscape.comparison.cells import read_cells
from ssl_landscape.comparison.discrepancies import read_verdicts

VERDICTS = ("confirmed", "partly", "not confirmed", "undecided")  # as the bar has them


def headline(folder: Path) -> str:
    """Return the headline from a published copy."""
    claims, runs = most_runs(folder)
    return "\n".join([_claims(claims, runs), *_cells(read_cells(_source(folder) / "cells.csv"))])


def most_runs(folder: Path) -> tuple[pd.DataFrame, int]:
    """Return the verdicts by the most runs that are published, and the number of these."""
    source = _source(folder)
    runs = int(read_cells(source / "cells.csv")["runs"].max())
    return read_verdicts(source / "claims.csv"), runs


def _source(folder: Path) -> Path:
    again = folder / "replication"
    return again if (again / "claims.csv").is_file() else folder / "comparison"


def _claims(claims: pd.DataFrame, runs: int) -> str:
    counts = [int((claims["claim_decided"] == verdict).sum()) for verdict in VERDICTS]
    confirmed, partly, failed, undecided = counts
    words = (
        f"of the paper's claims are confirmed by up to {runs} runs and their uncertainty, {partly} "
        f"in part, {failed} not, {undecided} undecided"
    )
    return _fact(f"{confirmed} of {len(claims)}", words, counts)


def _cells(cells: pd.DataFrame) -> list[str]:
    runs = cells["runs"].max()
    states, total = cells["state"], len(cells)
    equivalent = int(states.str.startswith("equivalent").sum())
    different = int((states == "different").sum())
    inside = int(cells["within"].eq(True).sum())
    tested = (
        f"published cells are equivalent to ours within 0.10 by a test, {different} differ, the "
        f"rest is undecided by {runs} runs"
    )
    shares = [equivalent, 0, different, total - equivalent - different]
    return [
        _fact(f"{equivalent} of {total}", tested, shares),
        _fact(
            f"{inside} of {total}",
            "published cells lie within a simple tolerance of ours",
            [inside, 0, total - inside],
        ),
    ]


def _fact(figure: str, words: str, shares: list[int]) -> str:
    colours = ("good", "fair", "bad", "none")
    parts = [
        f'<i class="{colour}" style="flex:{share}"></i>'
        for colour, share in zip(colours, shares, strict=False)
        if share
    ]
    bar = f'<div class="bar" aria-hidden="true">{"".join(parts)}</div>'
    return f"<li><b>{figure}</b>{bar}<span>{words}</span></li>"
