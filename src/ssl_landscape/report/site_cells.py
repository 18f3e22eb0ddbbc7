"""The page's table of cells: published means beside ours, to be sorted and filtered."""

import html
from typing import Any

import pandas as pd

from ssl_landscape.experiment.max_cosine import METRIC_NAMES
from ssl_landscape.report.site_parts import badge, number, table

HEADER = (
    *("Table", "Model", "Pr(sparse)", "Max-cosine", "Published", "Ours", "0 to 1", "Difference"),
    *("State", "Tolerance"),
)
NOTE = (
    "Mean ± standard deviation over the runs at the last epoch. Dot: ours; diamond: the paper's. "
    "Click on a column's head to sort."
)


def filters_and_cells(cells: pd.DataFrame) -> str:
    """Return the table of all lines of ``cells.csv``, below its filters."""
    words = '<label>Words<input type="search" name="words" placeholder="NCL-basic"></label>'
    chosen = [
        _select("Table", cells["table"].astype(str).unique()),
        _select("Pr(sparse)", cells["pr_sparse"].unique()),
        _select("Max-cosine", METRIC_NAMES.values()),
        _select("State", cells["state"].unique()),
    ]
    fields = f"{words}{''.join(chosen)}<output></output>"
    form = f'<form class="filters" data-table="cells-table">{fields}</form>'
    rows = [_cell(cell) for cell in cells.itertuples()]
    return f'{form}<p class="soft">{NOTE}</p>{table(HEADER, rows, "cells-table")}'


def _select(label: str, values: Any) -> str:
    options = "".join(f"<option>{html.escape(str(value))}</option>" for value in values)
    column = HEADER.index(label)
    choice = f'<select data-column="{column}"><option value="">all</option>{options}</select>'
    return f"<label>{label}{choice}</label>"


def _cell(cell: Any) -> list[str]:
    inside = {True: "within", False: "outside"}.get(cell.within, "")
    return [
        str(cell.table),
        html.escape(cell.label + ("" if pd.isna(cell.sigma) else f", σ = {cell.sigma:g}")),
        str(cell.pr_sparse),
        METRIC_NAMES[cell.metric],
        _mean(cell.published_mean, cell.published_std, 2),
        _mean(cell.mean, cell.sample_std, 3),
        _strip(cell),
        number(cell.difference, sign=True),
        badge(cell.state),
        badge(str(cell.within), inside) if inside else "",
    ]


def _mean(mean: float, std: float, digits: int) -> str:
    if pd.isna(mean):
        return "<td></td>"
    spread = "" if pd.isna(std) else f" ± {std:.{digits}g}"
    return f'<td class="n" data-value="{mean}">{mean:.{digits}f}{spread}</td>'


def _strip(cell: Any) -> str:
    """Return both means on a line from 0 to 1, with their standard deviations."""
    theirs, ours = 4 + 152 * cell.published_mean, 4 + 152 * cell.mean
    spread = 152 * cell.published_std
    own = 0 if pd.isna(cell.sample_std) else 152 * cell.sample_std
    lines = '<path class="axis" d="M4 10H156M4 7v6M156 7v6"/>'
    lines += f'<path class="theirs" d="M{theirs - spread:.1f} 6h{2 * spread:.1f}"/>'
    if not pd.isna(ours):
        lines += f'<path class="ours" d="M{ours - own:.1f} 14h{2 * own:.1f}"/>'
        lines += f'<circle class="ours" cx="{ours:.1f}" cy="14" r="3"/>'
    lines += f'<path class="theirs" d="M{theirs:.1f} 2l4 4-4 4-4-4z"/>'
    title = f"<title>published {cell.published_mean:g}, ours {cell.mean:.3f}</title>"
    strip = f'<svg class="strip" viewBox="0 0 160 20" role="img">{title}{lines}</svg>'
    return f'<td data-value="{cell.mean}">{strip}</td>'
