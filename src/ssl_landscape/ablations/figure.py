"""A grid of settings as a picture: up to two axes as lines, more as a specification curve."""

import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from ssl_landscape.ablations.specifications import plot_specifications
from ssl_landscape.ablations.table import compare_readings, runs_compared
from ssl_landscape.io.plot_style import COLOURS, plot_style, save_pictures

LOOKS = (("blue", "o", "solid"), ("orange", "s", (0, (4, 1.5))), ("green", "^", "dotted"))
METRIC = "min_max_cosine"
WORDS = {  # for keys of the config
    "loss.temperature": "temperature",
    "masks.keep": "share of entries kept",
    "masks.scheme": "masks",
    "warm_start.columns": "columns of the warm start",
}


def draw_grid(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Draw an ablation over a grid.

    Of one or two axes (the first is a number): the minimum max-cosine, one panel per sparsity, one
    line per value of the second axis; a mark is the mean over the runs, its bar their minimum and
    maximum. Of more: see :func:`plot_specifications`.

    Args:
        spec: question, laws, axes, sparsities, seeds and variations, as the plan gives them.
        inputs: each variation's ``<name>.final.csv``, found by name.
        outputs: files to write; the suffix (.pdf, .png, .svg) decides the format.
    """
    if len(spec["axes"]) > 2:
        with plot_style():
            save_pictures(plot_specifications(spec, compare_readings(spec, inputs)), outputs)
        return
    files, frames = {path.name: path for path in inputs}, []
    for variation in spec["variations"]:
        runs = runs_compared(spec, files[f"{variation['name']}.final.csv"])
        x, *rest = variation["values"]
        frames.append(runs.assign(x=float(x), line=str(rest[0]) if rest else ""))
    with plot_style():
        save_pictures(plot_grid(spec, pd.concat(frames)), outputs)


def plot_grid(spec: dict, runs: pd.DataFrame) -> Figure:
    """Plot the panels from ``runs``, one row per run: x, line, sparsity and the final cosines."""
    sparsities = spec["sparsities"]
    figure = Figure(figsize=(max(2.9 * len(sparsities), 4.5), 3.1), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, len(sparsities), sharey=True))
    for axis, sparsity in zip(axes, sparsities, strict=True):
        panel = runs[runs["sparsity"] == sparsity]
        for (line, group), look in zip(panel.groupby("line", sort=False), LOOKS, strict=False):
            _plot_line(axis, group, line, look)
        _finish(axis, spec["axes"][0], sorted(runs["x"].unique()))
        axis.set_title(f"Pr(sparse) = {sparsity}")
    number = runs.groupby(["x", "line", "sparsity"]).size().max()
    axes[0].set_ylabel(f"Minimum max-cosine\n(mean of {number} runs; bar: their range)")
    handles, labels = axes[0].get_legend_handles_labels()
    if any(labels):
        names = [f"{_words(spec['axes'][1]).capitalize()}: {_words(label)}" for label in labels]
        place: dict[str, Any] = {"loc": "outside lower center", "frameon": False}
        figure.legend(handles, names, ncols=min(2, len(sparsities)), **place)
    width = int(14 * figure.get_figwidth())  # of the picture, in characters
    title = "\n".join(textwrap.fill(spec[text], width) for text in ("question", "laws"))
    figure.suptitle(title, fontsize=8, parse_math=False)
    return figure


def _plot_line(axis: Axes, group: pd.DataFrame, label: str, kind: tuple) -> None:
    over_runs = group.groupby("x")[METRIC]
    mean, low, high = over_runs.mean(), over_runs.min(), over_runs.max()
    colour, marker, style = kind
    look: dict[str, Any] = {"marker": marker, "linestyle": style, "markersize": 4, "capsize": 2}
    bars = [mean - low, high - mean]
    axis.errorbar(mean.index, mean, yerr=bars, color=COLOURS[colour], label=label, **look)


def _words(name: str) -> str:
    """Return a key or a value of the config as words."""
    return WORDS.get(name, name.replace("_", " ").replace(".", " "))


def _finish(axis: Axes, key: str, values: list[float]) -> None:
    axis.set_xlabel(_words(key).capitalize())
    if len(values) > 1 and values[0] > 0 and values[-1] / values[0] >= 10:
        axis.set_xscale("log")
    axis.xaxis.set_major_locator(FixedLocator(values))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_ylim(0, 1.02)
    axis.set_yticks(np.linspace(0, 1, 6))
    axis.grid(alpha=0.25, linewidth=0.5)
    sns.despine(ax=axis)
