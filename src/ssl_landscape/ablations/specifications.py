"""A specification curve: how far every combination of settings ends from the published numbers."""

import itertools

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssl_landscape.ablations.table import distance, summarise
from ssl_landscape.config.ablations import key_in_words
from ssl_landscape.io.plot_style import COLOURS

LOOKS = (("blue", "o"), ("orange", "s"), ("green", "^"), ("red", "D"), ("sky", "v"))


def plot_specifications(spec: dict, cells: pd.DataFrame) -> Figure:
    """Plot the distance of every combination, from the nearest on, above its settings.

    The line is the distance over all models, a mark that of one model; the combination in use is
    ringed. For ``spec`` and ``cells`` see :func:`ssl_landscape.ablations.table.compare_readings`.
    """
    readings = summarise(cells).sort_values("distance", kind="stable").reset_index(drop=True)
    values = {
        v["reading"]: dict(zip(spec["axes"], v["values"], strict=True)) for v in spec["variations"]
    }
    chosen = [values[reading] for reading in readings["reading"]]
    rows = [
        (key, value)
        for key in spec["axes"]
        for value in dict.fromkeys(v[key] for v in values.values())
    ]
    size = max(5.0, 1.9 + 0.11 * len(readings)), 2.6 + 0.15 * len(rows)
    figure = Figure(figsize=size, layout="constrained")
    ratios = {"height_ratios": [2.2, 0.15 * len(rows)]}
    above, below = figure.subplots(2, 1, sharex=True, gridspec_kw=ratios)
    _plot_distances(above, readings, cells)
    _plot_settings(below, rows, chosen)
    number = cells["runs"].max()
    below.set_xlabel(f"Combinations, the nearest first ({number} runs per model and Pr(sparse))")
    figure.suptitle(spec["question"], fontsize=9, parse_math=False)
    return figure


def _plot_distances(axis: Axes, readings: pd.DataFrame, cells: pd.DataFrame) -> None:
    places = dict(zip(readings["reading"], readings.index, strict=True))
    for (model, group), look in zip(cells.groupby("model", sort=False), itertools.cycle(LOOKS)):
        far = group.groupby("reading")[["difference"]].apply(lambda g: distance(g["difference"]))
        x = [places[reading] for reading in far.index]
        axis.scatter(x, far, s=9, color=COLOURS[look[0]], marker=look[1], label=model)
    if cells["model"].nunique() > 1:
        axis.plot(readings.index, readings["distance"], color="black", label="all models")
    used = readings[readings["in_use"]]
    ring = {"s": 90, "facecolors": "none", "edgecolors": "black", "zorder": 5}
    axis.scatter(used.index, used["distance"], label="in use", **ring)
    axis.set_ylabel("Distance to the\npublished means")
    axis.set_ylim(bottom=0)
    axis.grid(alpha=0.25, linewidth=0.5)
    axis.legend(fontsize=6, ncols=2, frameon=False, loc="upper left")
    sns.despine(ax=axis)


def _plot_settings(axis: Axes, rows: list[tuple], chosen: list[dict]) -> None:
    for y, (key, value) in enumerate(rows):
        x = np.flatnonzero([own[key] == value for own in chosen])
        axis.scatter(x, np.full(len(x), y), s=9, marker="s", color="black")
    keys = [key for key, _ in rows]
    for y in range(1, len(rows)):  # a line between two keys
        if keys[y] != keys[y - 1]:
            axis.axhline(y - 0.5, color="0.8", linewidth=0.5)
    names = [f"{key_in_words(key)}: {value}" for key, value in rows]
    axis.set_yticks(range(len(rows)), names, fontsize=6)
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_xticks([])
    sns.despine(ax=axis, bottom=True)
