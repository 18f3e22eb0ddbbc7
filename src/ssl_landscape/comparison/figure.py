"""The comparison as a picture: our means against the published ones, and the paper's own noise."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ssl_landscape.comparison.cells import TOLERANCE, read_cells
from ssl_landscape.comparison.inference import noise_floor
from ssl_landscape.experiment.max_cosine import METRIC_NAMES, METRICS
from ssl_landscape.io.plot_style import COLOURS, plot_style, save_pictures

# Dark, middle and light in greyscale too; the marker tells the metric.
TABLE_COLOURS = {1: COLOURS["orange"], 2: COLOURS["blue"], 3: COLOURS["black"]}
MARKERS = dict(zip(METRICS, "^sv", strict=True))
SIZE = 4.5  # of a marker, in points


def draw_comparison(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Draw ``cells.csv``; an output's suffix (.pdf, .png, .svg) decides its format."""
    with plot_style():
        save_pictures(plot_cells(read_cells(inputs[0])), outputs)


def plot_cells(frame: pd.DataFrame) -> Figure:
    """Plot the cells that were run; hollow markers are outside their tolerance."""
    run = frame[frame["runs"] > 0]
    figure = Figure(figsize=(9.2, 6.0), layout="constrained")
    axis, beside = figure.subplots(1, 2, width_ratios=[5, 3])
    _finish(axis)
    _plot_noise(beside, run["difference"].abs(), noise_floor(frame))
    for (table, metric), cells in run.groupby(["table", "metric"], sort=True):
        _plot(axis, cells, TABLE_COLOURS[table], MARKERS[metric])
    figure.legend(handles=_handles(), loc="outside lower center", ncols=3, frameon=False)
    agree = int(run["within"].eq(True).sum())
    figure.suptitle(f"Ours against the paper: {agree} of {len(run)} cells within their tolerance")
    return figure


def _plot(axis: Axes, cells: pd.DataFrame, colour: str, marker: str) -> None:
    x, y, std = cells["published_mean"], cells["mean"], cells["sample_std"].fillna(0)
    bars: dict[str, Any] = {"fmt": "none", "elinewidth": 0.6, "alpha": 0.45, "zorder": 2}
    axis.errorbar(x, y, xerr=cells["published_std"], yerr=std, ecolor=colour, **bars)
    look: dict[str, Any] = {"linestyle": "none", "markersize": SIZE, "markeredgewidth": 0.9}
    look |= {"marker": marker, "markeredgecolor": colour, "zorder": 3}
    for within, fill in ((True, colour), (False, "white")):
        chosen = cells["within"].eq(within)
        axis.plot(x[chosen], y[chosen], markerfacecolor=fill, **look)


def _plot_noise(axis: Axes, ours: pd.Series, theirs: pd.Series) -> None:
    """Plot the share of cells whose means differ by at most so much."""
    pairs = ours, "-", "black", "ours against the paper's"
    itself = theirs, "--", "orange", "the paper's 0.1 against its 0.2"
    for values, line, colour, label in (pairs, itself):
        label = f"{label} ({values.count()})"
        look: dict[str, Any] = {"linestyle": line, "color": COLOURS[colour], "label": label}
        sns.ecdfplot(x=values, ax=axis, **look)
    axis.axvline(TOLERANCE, color="0.6", linewidth=0.8)
    axis.set(xlim=(0, 0.35), xlabel="Absolute difference of two means", ylabel="Share of cells")
    axis.set_title("The paper's own noise: its Pr(sparse) 0.1\nand 0.2 are one distribution here")
    axis.grid(alpha=0.25, linewidth=0.5)
    axis.legend(frameon=False, loc="lower right")
    sns.despine(ax=axis)


def _finish(axis: Axes) -> None:
    line = np.array([0.0, 1.0])
    axis.plot(line, line, color="0.4", linewidth=0.8, zorder=1)
    band: dict[str, Any] = {"color": "0.88", "linewidth": 0, "zorder": 0}
    axis.fill_between(line, line - TOLERANCE, line + TOLERANCE, **band)
    axis.set(xlim=(0, 1.01), ylim=(0, 1.01), aspect="equal")
    axis.set_xlabel("Published mean (bar: published std)")
    axis.set_ylabel("Our mean (bar: sample std over the runs)")
    axis.grid(alpha=0.25, linewidth=0.5)
    sns.despine(ax=axis)


def _handles() -> list[Line2D]:
    def mark(label: str, marker: str, colour: str, fill: str) -> Line2D:
        look: dict[str, Any] = {"marker": marker, "markersize": SIZE + 0.5, "linestyle": "none"}
        return Line2D([], [], label=label, markerfacecolor=fill, markeredgecolor=colour, **look)

    # Filled column by column: tables, metrics, meaning of fill and band.
    grey = "0.35"
    return [
        *(mark(f"Table {n}", "o", colour, colour) for n, colour in TABLE_COLOURS.items()),
        *(mark(f"{METRIC_NAMES[m]} max-cosine", MARKERS[m], grey, grey) for m in METRICS),
        mark("within its tolerance", "o", grey, grey),
        mark("outside", "o", grey, "white"),
        Line2D([], [], color="0.85", linewidth=6, label=f"within {TOLERANCE} of the paper"),
    ]
