"""A study's picture: every run, a map of means, or the other measures of quality."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssl_landscape.ablations.beyond.runs import read_study
from ssl_landscape.ablations.beyond.table import TITLES
from ssl_landscape.claims.study_judges import MEASURES
from ssl_landscape.io.plot_style import COLOURS, plot_style, save_pictures

MARKERS = "osD^vPX<>*hp"
MINIMUM = "tail_median"  # the minimum max-cosine, over a run's last epochs


def draw_study(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Draw a study; an output's suffix (.pdf, .png, .svg) decides its format.

    Args:
        spec: question, picture, sparsities, seeds and variations, as the plan gives them.
        inputs: as for :func:`ssl_landscape.ablations.beyond.runs.read_study`.
        outputs: files to write.
    """
    plots = {"runs": plot_runs, "map": plot_map, "measures": plot_measures}
    with plot_style():
        figure = plots[spec["picture"]](spec, read_study(spec, inputs))
        figure.suptitle(spec["question"], fontsize=9, parse_math=False)
        save_pictures(figure, outputs)


def plot_runs(spec: dict, runs: pd.DataFrame) -> Figure:
    """Plot the minimum of every run: a line per model and reading, a panel per sparsity."""
    lines = [(v["name"], v["model_label"], v["label"], v["colour"]) for v in spec["variations"]]
    sparsities = spec["sparsities"]
    figure = Figure(figsize=(2.4 + 2.1 * len(sparsities), 1.0 + 0.2 * len(lines)))
    figure.set_layout_engine("constrained")
    axes = np.atleast_1d(figure.subplots(1, len(sparsities), sharey=True))
    for axis, sparsity in zip(axes, sparsities, strict=True):
        for y, (name, _, _, colour) in enumerate(lines):
            own = runs[(runs["name"] == name) & (runs["sparsity"] == sparsity)][MINIMUM]
            axis.scatter(own, np.full(len(own), y), s=9, alpha=0.5, color=COLOURS[colour])
            axis.plot([own.mean()] * 2, [y - 0.35, y + 0.35], color="black", linewidth=1.5)
        for y in range(1, len(lines)):  # a line between two models
            if lines[y][1] != lines[y - 1][1]:
                axis.axhline(y - 0.5, color="0.8", linewidth=0.5)
        axis.set(xlim=(0, 1.02), title=f"Pr(sparse) = {sparsity}")
        axis.grid(axis="x", alpha=0.25, linewidth=0.5)
        sns.despine(ax=axis)
    axes[0].set_yticks(range(len(lines)), [f"{model}: {label}" for _, model, label, _ in lines])
    axes[0].set_ylim(len(lines) - 0.5, -0.5)
    number = runs.groupby(["name", "sparsity"]).size().max()
    figure.supxlabel(f"Minimum max-cosine at the end (dots: {number} runs; bar: mean)", fontsize=8)
    return figure


def plot_map(spec: dict, runs: pd.DataFrame) -> Figure:
    """Plot the mean minimum by reading and sparsity, a panel per model."""
    models = list(dict.fromkeys(v["model_label"] for v in spec["variations"]))
    labels = list(dict.fromkeys(v["label"] for v in spec["variations"]))
    figure = Figure(figsize=(7.2, 0.9 + 1.6 * -(-len(models) // 2)), layout="constrained")
    axes = figure.subplots(-(-len(models) // 2), 2, squeeze=False, sharex=True, sharey=True)
    means = runs.pivot_table(
        index=["model_label", "sparsity"], columns="label", values=MINIMUM, sort=False
    )
    look: dict[str, Any] = {"vmin": 0, "vmax": 1, "cmap": "viridis", "annot": True, "fmt": ".2f"}
    look |= {"cbar": False, "annot_kws": {"fontsize": 7}, "linewidths": 0.5}
    for axis, model in zip(axes.flat, models, strict=False):
        sns.heatmap(means.loc[model].loc[spec["sparsities"], labels], ax=axis, **look)
        axis.set(title=model, xlabel="", ylabel="Pr(sparse)")
        axis.tick_params(rotation=0)
    for axis in axes.flat[len(models) :]:
        axis.set_axis_off()
    number = runs.groupby(["name", "sparsity"]).size().max()
    figure.supxlabel(f"Minimum max-cosine at the end, mean of {number} runs", fontsize=8)
    return figure


def plot_measures(spec: dict, runs: pd.DataFrame) -> Figure:
    """Plot each other measure against the minimum, a panel per sparsity, a mark per model."""
    sparsities = spec["sparsities"]
    figure = Figure(figsize=(1.2 + 2.2 * len(sparsities), 6.4), layout="constrained")
    axes = figure.subplots(len(MEASURES), len(sparsities), squeeze=False, sharex=True, sharey="row")
    for row, measure in zip(axes, MEASURES, strict=True):
        for axis, sparsity in zip(row, sparsities, strict=True):
            _plot_means(axis, spec, runs[runs["sparsity"] == sparsity], measure)
            axis.grid(alpha=0.25, linewidth=0.5)
            sns.despine(ax=axis)
        row[0].set_ylabel(TITLES[measure])
    for axis, sparsity in zip(axes[0], sparsities, strict=True):
        axis.set_title(f"Pr(sparse) = {sparsity}")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=7)
    number = runs.groupby(["name", "sparsity"]).size().max()
    for axis in axes[-1]:  # not for all at once: that would lie on the legend
        axis.set_xlabel(f"Minimum max-cosine at the end\n(means of {number} runs)")
    return figure


def _plot_means(axis: Axes, spec: dict, runs: pd.DataFrame, measure: str) -> None:
    several = len({v["label"] for v in spec["variations"]}) > 1
    for place, variation in enumerate(spec["variations"]):
        own = runs[runs["name"] == variation["name"]]
        label = variation["model_label"] + f": {variation['label']}" * several
        look: dict[str, Any] = {"color": COLOURS[variation["colour"]], "linestyle": "none"}
        look |= {"marker": MARKERS[place % len(MARKERS)], "markersize": 5, "label": label}
        axis.plot([own[MINIMUM].mean()], [own[measure].mean()], **look)
    axis.set_xlim(0, 1.02)
