"""The benchmark's files: two CSV tables, one picture, and what is printed."""

import tempfile
from pathlib import Path

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssl_landscape.benchmark.measure import AXES, Case, measure_scaling, measure_steps
from ssl_landscape.errors import UserError
from ssl_landscape.io.files import write_text
from ssl_landscape.io.plot_style import COLOURS, plot_style, save_pictures

SIDES = (
    ("plain", "Plain PyTorch", "orange"),
    ("ours", "Here", "blue"),
    ("floor", "Floor", "black"),
)
AXIS_TITLES = {
    "n": "Samples n (time of an epoch)",
    "batch_size": "Batch size (time of a step)",
    "p": "Dimension p (time of a step)",
    "m": "Neurons m (time of a step)",
    "epochs": "Epochs (time of a run)",
}
_MEASURED = {"n": "ms_per_epoch", "epochs": "seconds"}  # else ms_per_step
_LOOKS = (("blue", "o", "solid"), ("red", "s", (0, (4, 1.5))), ("green", "^", "dotted"))


def run_bench(cases: list[Case], rounds: int, folder: Path) -> None:
    """Measure steps and scaling, print the steps' times, and write the benchmark's files.

    Args:
        cases: what to time.
        rounds: turns of each side.
        folder: gets steps.csv, scaling.csv and benchmark.pdf, .png, .svg.

    Raises:
        UserError: nothing can be written to ``folder``; found before anything is measured.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UserError(
            f"{folder}: cannot write the benchmark there ({error.strerror}); choose another folder"
        ) from None
    steps = measure_steps(cases, rounds)
    print(describe(steps), flush=True)
    write_report(steps, measure_scaling(cases, max(3, rounds // 8)), folder)


def write_report(steps: pd.DataFrame, scaling: pd.DataFrame, folder: Path) -> None:
    """Write the tables and the picture.

    Args:
        steps: of :func:`ssl_landscape.benchmark.measure.measure_steps`.
        scaling: of :func:`ssl_landscape.benchmark.measure.measure_scaling`.
        folder: where they go.
    """
    for name, frame in (("steps", steps), ("scaling", scaling)):
        text = frame.round(5).to_csv(index=False, lineterminator="\n")
        write_text(folder / f"{name}.csv", text)
    with plot_style():
        figure = plot(steps, scaling)
        save_pictures(figure, [folder / f"benchmark{kind}" for kind in (".pdf", ".png", ".svg")])


def describe(steps: pd.DataFrame) -> str:
    """Return one line per model on how long a step takes."""
    return "\n".join(
        f"{row.model}: {row.ours:.3f} ms per step (least {row.ours_min:.3f}; with the curve "
        f"{row.ours_with_curve:.3f}), plain PyTorch {row.plain:.3f} ms (least "
        f"{row.plain_min:.3f}): {row.speedup:.2f}x; floor {row.floor:.3f} ms (products "
        f"{row.floor_products:.3f}, traffic {row.floor_traffic:.3f}): {row.times_floor:.1f} "
        "times the floor"
        for row in steps.itertuples()
    )


def plot(steps: pd.DataFrame, scaling: pd.DataFrame) -> Figure:
    """Plot the steps' times as bars, and the times by size as lines on logarithmic axes."""
    figure = Figure(figsize=(8.4, 5.0), layout="constrained")
    axes = figure.subplots(2, 3).ravel()
    _plot_steps(axes[0], steps)
    for axis, name in zip(axes[1:], AXES, strict=True):
        _plot_scaling(axis, scaling[scaling["axis"] == name], name)
    axes[1].legend(frameon=False)
    return figure


def _plot_steps(axis: Axes, steps: pd.DataFrame) -> None:
    width = 0.8 / len(SIDES)
    for number, (column, label, colour) in enumerate(SIDES):
        places = [row - 0.4 + width * (number + 0.5) for row in range(len(steps))]
        bars = axis.bar(places, steps[column], width, color=COLOURS[colour], label=label)
        axis.bar_label(bars, fmt="%.2f", fontsize=6)
    axis.set_xticks(range(len(steps)), steps["model"])
    axis.set_yscale("log")
    axis.set_ylim(top=steps["plain"].max() * 8)  # room for the legend
    axis.set_ylabel("ms per step")
    axis.set_title("One core, side by side")
    axis.legend(frameon=False, ncols=len(SIDES), fontsize=6, loc="upper left")
    sns.despine(ax=axis)


def _plot_scaling(axis: Axes, scaling: pd.DataFrame, name: str) -> None:
    column = _MEASURED.get(name, "ms_per_step")
    for (model, group), look in zip(scaling.groupby("model", sort=False), _LOOKS, strict=False):
        colour, marker, style = look
        axis.loglog(
            group["value"],
            group[column],
            color=COLOURS[colour],
            marker=marker,
            linestyle=style,
            markersize=4,
            label=model,
        )
    values = sorted(scaling["value"].unique())
    axis.set_xticks(values, [f"{value:g}" for value in values])
    axis.minorticks_off()
    axis.set_title(AXIS_TITLES[name])
    axis.set_ylabel("s" if column == "seconds" else "ms")
    axis.grid(alpha=0.25, linewidth=0.5)
    sns.despine(ax=axis)
