"""Stage 4: a figure as in the paper: every run, their median, and what the paper's tables print."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from ssl_landscape.experiment.chance import chance_level
from ssl_landscape.experiment.max_cosine import METRIC_TITLES, METRICS
from ssl_landscape.experiment.seeds import expand
from ssl_landscape.io.plot_style import COLOURS, plot_style, save_pictures
from ssl_landscape.io.tabular import read_frame
from ssl_landscape.pipeline.tables import published_values

PANEL_TITLES = {m: METRIC_TITLES[m] for m in reversed(METRICS)} | {"loss": "Loss"}
POINTS = 400  # a curve is drawn through every k-th epoch, about this many
RUN: dict[str, Any] = {"linewidth": 0.5, "alpha": 0.55}
MEDIAN: dict[str, Any] = {"linewidth": 1.5}
STYLES = ("solid", (0, (4, 1.2)), (0, (1.2, 1.2)))  # of the medians: read without colour
PRINTED: dict[str, Any] = {"marker": "D", "markersize": 3, "linestyle": "none", "linewidth": 1}
CHANCE: dict[str, Any] = {"color": "0.45", "linewidth": 0.8, "linestyle": (0, (1, 1.5))}

MAGNIFIED_ABOVE = 0.9
INSETS, INSET_HEIGHT = (0.33, 0.36, 0.07), 0.23  # where an inset may stand; in panels' heights
HIGHEST = 1.02  # of an axis of cosines

Panels = dict[tuple[str, str], Axes]  # (metric, sparsity) -> where it is drawn


def draw_figure(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Draw a figure of learning curves.

    A row per metric and a column per Pr(sparse); with one Pr(sparse), a column per metric.

    Args:
        spec: title, metrics, laws (Pr(sparse) -> what z has there), and models (name, label,
            colour, seeds, sizes p, d and m, and where the paper's tables have it: table, label and
            sigma).
        inputs: the models' ``metrics/<model>.parquet``, in the order of the spec.
        outputs: files to write; the suffix (.pdf, .png, .svg) decides the format.

    Raises:
        UserError: an input cannot be read, or an output has another suffix.
    """
    frames = []
    for entry, path in zip(spec["models"], inputs, strict=True):
        frames.append(read_frame(path, ["epoch", *_runs_of(entry)], ["sparsity", "quantity"]))
    with plot_style():
        save_pictures(plot_curves(spec, frames), outputs)


def plot_curves(spec: dict, frames: list[pd.DataFrame]) -> Figure:
    """Plot the panels of a figure.

    Args:
        spec: as for :func:`draw_figure`.
        frames: one per model: sparsity, quantity, epoch, and a column per run.
    """
    sparsities = sorted({s for frame in frames for s in frame["sparsity"]}, key=float)
    figure, panels = _layout(spec["metrics"], sparsities, spec["laws"])
    epochs = int(max(frame["epoch"].max() for frame in frames))
    for (metric, sparsity), axis in panels.items():
        for number, (entry, frame) in enumerate(zip(spec["models"], frames, strict=True)):
            shown = frame[(frame["quantity"] == metric) & (frame["sparsity"] == sparsity)]
            if len(shown):  # not every model has every sparsity
                _plot_runs(axis, shown, entry, STYLES[number % len(STYLES)])
                _plot_published(axis, entry, (metric, sparsity), epochs * (1.04 + 0.035 * number))
        if metric != "loss":
            _plot_chance(axis, spec["models"], metric)
        axis.set_xlim(-0.01 * epochs, 1.08 * epochs)
        _finish_panel(axis)
    for metric in spec["metrics"]:
        _finish_scale(metric, [axis for (shown, _), axis in panels.items() if shown == metric])
    handles = _handles(spec)
    longest = max(len(str(handle.get_label())) for handle in handles)
    look: dict[str, Any] = {"frameon": False, "handlelength": 3, "loc": "outside lower center"}
    look["ncols"] = 2 if figure.get_figwidth() > 2 * (0.6 + 0.062 * longest) else 1  # inches
    legend = figure.legend(handles=handles, **look)
    for text in legend.get_texts():
        text.set_parse_math(False)  # a label's $ is a $
    figure.suptitle(spec["title"], fontsize=9.5, parse_math=False)
    return figure


def _layout(
    metrics: list[str], sparsities: list[str], laws: dict[str, str]
) -> tuple[Figure, Panels]:
    """Return a figure with its panels; not through pyplot: no window system, no global list."""
    is_grid = len(sparsities) > 1
    rows, columns = (len(metrics), len(sparsities)) if is_grid else (1, len(metrics))
    size = max(1 + 1.95 * columns, 5.6), 1.1 + 1.55 * rows
    figure = Figure(figsize=size, layout="constrained")
    shared = {"sharex": True, "sharey": "row"} if is_grid else {}
    axes = figure.subplots(rows, columns, squeeze=False, **shared)
    if not is_grid:
        axes = axes.T
    for axis, sparsity in zip(axes[0], sparsities, strict=True):
        law = f"\n(z: {laws[sparsity]})" if sparsity in laws else ""
        axis.set_title(f"Pr(sparse) = {sparsity}{law}" if is_grid else "", fontsize=8)
    panels: Panels = {}
    for row, metric in zip(axes, metrics, strict=True):
        row[0].set_ylabel(PANEL_TITLES[metric])
        panels |= {(metric, s): axis for s, axis in zip(sparsities, row, strict=True)}
    for axis in axes[-1] if is_grid else axes[:, 0]:
        axis.set_xlabel("Epoch")
    return figure, panels


def _runs_of(entry: dict) -> list[str]:
    return [f"seed-{seed}" for seed in expand(entry["seeds"])]


def _plot_runs(axis: Axes, frame: pd.DataFrame, entry: dict, style: Any) -> None:
    stride = max(1, len(frame) // POINTS)
    kept = np.union1d(np.arange(0, len(frame), stride), [len(frame) - 1])
    frame = frame.iloc[kept].dropna()
    look = {"color": COLOURS[entry["colour"]]}
    runs = frame[_runs_of(entry)]
    axis.plot(frame["epoch"], runs, **look, **RUN)
    axis.plot(frame["epoch"], runs.median(axis=1), **look, linestyle=style, **MEDIAN)


def _plot_chance(axis: Axes, models: list[dict], metric: str) -> None:
    """Draw what random neurons reach; of models of several sizes, with the number of neurons."""
    # In order: equal data give equal bytes.
    levels = {chance_level(**m["sizes"])[metric]: m["sizes"]["m"] for m in models}
    for level, neurons in levels.items():
        axis.axhline(level, zorder=1, **CHANCE)
        if len(levels) > 1:
            look: dict[str, Any] = {"fontsize": 5.5, "color": CHANCE["color"]}
            place = axis.get_yaxis_transform()
            axis.text(0.01, level + 0.01, f"m = {neurons}", transform=place, **look)


def _plot_published(axis: Axes, entry: dict, panel: tuple[str, str], x: float) -> None:
    """Mark the paper's mean and standard deviation at the end, if its tables have them."""
    if not entry["published"]:
        return
    (metric, sparsity), (table, label, sigma) = panel, entry["published"]
    printed = published_values(table).get((label, float(sparsity), sigma, metric))
    if printed:
        colour = {"color": COLOURS[entry["colour"]], "markeredgecolor": "black"}
        axis.errorbar([x], *([value] for value in printed), **colour, **PRINTED, clip_on=False)


def _finish_panel(axis: Axes) -> None:
    axis.locator_params(axis="x", nbins=4)
    axis.grid(alpha=0.25, linewidth=0.5)
    sns.despine(ax=axis)


def _finish_scale(metric: str, axes: list[Axes]) -> None:
    """Give the panels of a metric one scale, which the first one's label names."""
    if metric != "loss":
        for axis in axes:
            axis.set_ylim(0, HIGHEST)
            axis.set_yticks(np.linspace(0, 1, 6))
            _magnify(axis)
        return
    shown = np.concatenate([_heights(axis) for axis in axes])
    # Losses of several kinds, all above 0, a decade or more apart: one linear axis hides some.
    if shown.min() > 0 and shown.max() / shown.min() > 10:
        axes[0].set_ylabel("Loss (logarithmic)")
        for axis in axes:
            axis.set_yscale("log")
            axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axis.yaxis.set_minor_formatter(NullFormatter())


def _heights(axis: Axes) -> np.ndarray:
    """Return all values of a panel's curves; 0 if it has none."""
    curves = [line.get_ydata() for line in axis.lines if len(line.get_xdata()) > 2]
    return np.concatenate(curves or [np.zeros(1)])


def _magnify(axis: Axes) -> None:
    """Show the models of a panel again, enlarged, of which all that happens is near 1."""
    curves = [line for line in axis.lines if len(line.get_xdata()) > 2]
    lowest: dict[Any, float] = {}  # of each model, by its colour
    for line in curves:
        least, colour = float(np.min(line.get_ydata())), line.get_color()
        lowest[colour] = min(least, lowest.get(colour, least))
    near = {colour: least for colour, least in lowest.items() if least >= MAGNIFIED_ABOVE}
    if not near:
        return
    levels = [line.get_ydata()[0] / HIGHEST for line in axis.lines if line not in curves]
    title = 0.05
    free = (y for y in INSETS if not any(y < z < y + INSET_HEIGHT + title for z in levels))
    inset = axis.inset_axes((0.2, next(free, INSETS[0]), 0.77, INSET_HEIGHT))
    for line in curves:
        if (colour := line.get_color()) in near:
            look = {"color": colour, "alpha": line.get_alpha()}
            look |= {"linestyle": line.get_linestyle(), "linewidth": line.get_linewidth()}
            inset.plot(line.get_xdata(), line.get_ydata(), **look)
    inset.set_ylim(1 - 1.1 * (1 - min(near.values())), 1)
    inset.set_xticks([])
    inset.set_title("enlarged", fontsize=6, pad=2)
    inset.tick_params(labelsize=6)
    inset.locator_params(axis="y", nbins=3)


def _handles(spec: dict) -> list[Artist]:
    """Return the legend's lines, which say what is drawn and of how many runs."""
    handles: list[Artist] = []
    for number, entry in enumerate(spec["models"]):
        look = {"color": COLOURS[entry["colour"]], "linestyle": STYLES[number % len(STYLES)]}
        count = len(_runs_of(entry))
        label = entry["label"] + (f": median of {count} runs (thin)" if count > 1 else "")
        handles.append(Line2D([], [], label=label, **look, **MEDIAN))
    if any(entry["published"] for entry in spec["models"]):
        label = "published mean ± std, after the last epoch"
        handles.append(Line2D([], [], label=label, color="0.5", markeredgecolor="black", **PRINTED))
    if set(spec["metrics"]) != {"loss"}:
        handles.append(Line2D([], [], label="random neurons (chance)", **CHANCE))
    return handles
