"""Stage 4: a figure as in the paper: mean over the runs, with their minimum-to-maximum band."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from ssl_landscape.experiment.max_cosine import METRIC_TITLES, METRICS
from ssl_landscape.io.plot_style import COLOURS, plot_style, save_pictures
from ssl_landscape.io.tabular import read_frame

LINE_STYLES = ("solid", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (3, 3)))
SHADES = (0.0, 0.25, -0.3, 0.45, -0.5)  # towards white (positive) or black, beside the line style
PANEL_TITLES = {m: METRIC_TITLES[m] for m in reversed(METRICS)} | {"loss": "Loss"}
POINTS = 400  # a curve is drawn through every k-th epoch, about this many


def draw_figure(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Draw a figure of learning curves.

    One panel per metric over the epochs; colour tells the model, line style and shade Pr(sparse).

    Args:
        spec: title, metrics, and models (name, label, colour).
        inputs: the models' ``metrics/<model>.parquet``, in the order of the spec.
        outputs: files to write; the suffix (.pdf, .png, .svg) decides the format.

    Raises:
        UserError: an input cannot be read, or an output has another suffix.
    """
    columns = ["epoch", "mean", "min", "max", "runs"]
    frames = [read_frame(path, columns, ["sparsity", "quantity"]) for path in inputs]
    with plot_style():
        save_pictures(plot_curves(spec, frames), outputs)


def plot_curves(spec: dict, frames: list[pd.DataFrame]) -> Figure:
    """Plot the panels of a figure.

    Args:
        spec: as for :func:`draw_figure`.
        frames: one per model: sparsity, quantity, epoch, mean, min, max, runs.
    """
    models, metrics = spec["models"], spec["metrics"]
    # Not through pyplot: no window system, no global list of figures.
    figure = Figure(figsize=(2.3 * max(len(metrics), 3), 2.75), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, len(metrics)))
    sparsities = sorted({s for frame in frames for s in frame["sparsity"]}, key=float)
    for axis, metric in zip(axes, metrics, strict=True):
        for entry, frame in zip(models, frames, strict=True):
            for sparsity, curve in frame[frame["quantity"] == metric].groupby("sparsity"):
                parts = [entry["label"]] if len(models) > 1 or len(sparsities) == 1 else []
                parts += [f"Pr(sparse) = {sparsity}"] if len(sparsities) > 1 else []
                look = _look(entry["colour"], sparsities.index(sparsity))
                _plot_curve(axis, curve, look | {"label": ", ".join(parts)})
        _finish_panel(axis, metric, max(frame["epoch"].max() for frame in frames))
    handles = axes[0].get_lines()
    legend = figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=_legend_columns(handles, len(models), figure.get_figwidth()),
        frameon=False,
        handlelength=3,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)  # a label's $ is a $
    figure.suptitle(spec["title"], fontsize=9.5, parse_math=False)
    return figure


def _look(colour: str, position: int) -> dict[str, Any]:
    """Return how a model's curve is drawn for the sparsity at this position."""
    base = np.array(mpl.colors.to_rgb(COLOURS[colour]))
    shade = SHADES[position % len(SHADES)]
    shaded = base + abs(shade) * (float(shade > 0) - base)
    return {"color": tuple(shaded), "linestyle": LINE_STYLES[position % len(LINE_STYLES)]}


def _plot_curve(axis: Axes, curve: pd.DataFrame, look: dict[str, Any]) -> None:
    stride = max(1, len(curve) // POINTS)
    kept = np.union1d(np.arange(0, len(curve), stride), [len(curve) - 1])
    curve = curve.iloc[kept].dropna()
    axis.plot(curve["epoch"], curve["mean"], **look)
    band = {"color": look["color"], "alpha": 0.18, "linewidth": 0}
    axis.fill_between(curve["epoch"], curve["min"], curve["max"], **band)


def _finish_panel(axis: Axes, metric: str, epochs: int) -> None:
    axis.set_title(PANEL_TITLES[metric])
    axis.set_xlabel("Epoch")
    axis.set_xlim(-0.01 * epochs, 1.01 * epochs)
    axis.locator_params(axis="x", nbins=5)
    axis.grid(alpha=0.25, linewidth=0.5)
    sns.despine(ax=axis)
    if metric != "loss":
        axis.set_ylim(0, 1.02)
        axis.set_yticks(np.linspace(0, 1, 6))
        return
    curves = [np.asarray(line.get_ydata()) for line in axis.lines]
    shown = np.concatenate([curve for curve in curves if len(curve)] or [np.zeros(1)])
    # Losses of several kinds, all above 0, a decade or more apart: one linear axis hides some.
    if shown.min() > 0 and shown.max() / shown.min() > 10:
        axis.set_yscale("log")
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.yaxis.set_minor_formatter(NullFormatter())


def _legend_columns(handles: list[Line2D], models: int, width: float) -> int:
    """Return one column per model, or as many as fit; they are filled from top to bottom."""
    longest = max(len(str(handle.get_label())) for handle in handles)
    fitting = max(1, int(width / (0.6 + 0.062 * longest)))  # inches: a line sample, 8-point text
    return min(fitting, len(handles) if models == 1 else models)
