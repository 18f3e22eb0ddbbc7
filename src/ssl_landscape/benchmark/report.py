"""The benchmark's files: two CSV tables, one picture, and what is printed."""

import tempfile
from pathlib import Path

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from ssl_landscape.benchmark.measure import Case, measure_scaling, measure_steps
from ssl_landscape.errors import UserError
from ssl_landscape.io.files import write_text
from ssl_landscape.io.plot_style import COLOURS, plot_style, save_pictures

SIDES = {"plain": "Plain PyTorch", "ours": "Here", "floor": "Floor"}
PANELS = [["steps", "n", "p"], ["steps", "batch_size", "m"]]


def run_bench(cases: list[Case], rounds: int, repeats: int, folder: Path) -> None:
    """Measure steps and scaling, print the steps' times, and write the benchmark's files.

    Args:
        cases: what to time.
        rounds: turns of each side.
        repeats: how often the steps are measured.
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
    steps = measure_steps(cases, rounds, repeats)
    print(steps.set_index("model").T.to_string(float_format="{:.3f}".format), flush=True)
    write_report(steps, measure_scaling(cases, max(3, rounds // 8)), folder)


def write_report(steps: pd.DataFrame, scaling: pd.DataFrame, folder: Path) -> None:
    """Write the tables of ``measure_steps`` and ``measure_scaling``, and the picture."""
    for name, frame in (("steps", steps), ("scaling", scaling)):
        text = frame.round(5).to_csv(index=False, lineterminator="\n")
        write_text(folder / f"{name}.csv", text)
    with plot_style():
        figure = plot(steps, scaling)
        save_pictures(figure, [folder / f"benchmark{kind}" for kind in (".pdf", ".png", ".svg")])


def plot(steps: pd.DataFrame, scaling: pd.DataFrame) -> Figure:
    """Plot the steps' times as bars, and the times by size as lines on logarithmic axes."""
    figure = Figure(figsize=(8.4, 5.0), layout="constrained")
    axes = figure.subplot_mosaic(PANELS)
    axis = axes.pop("steps")
    times = steps.rename(columns=SIDES).melt("model", SIDES.values(), "side", "ms")
    colours = [COLOURS[name] for name in ("orange", "blue", "black")]
    sns.barplot(times, x="model", y="ms", hue="side", palette=colours, saturation=1, ax=axis)
    for bars in axis.containers:
        axis.bar_label(bars, fmt="%.2f", fontsize=6)
    axis.set(yscale="log", xlabel="", ylabel="ms per step", title="One core, side by side")
    axis.legend(frameon=False)
    look: dict = {"hue": "model", "style": "model", "markers": True, "palette": "colorblind"}
    for size, axis in axes.items():
        column = "ms_per_epoch" if size == "n" else "ms_per_step"
        times = scaling[scaling["axis"] == size]
        sns.lineplot(times, x="value", y=column, ax=axis, **look)
        axis.set(xscale="log", yscale="log", xlabel=size, ylabel=column.replace("_", " "))
        values = sorted(times["value"].unique())
        axis.set_xticks(values, [f"{value:g}" for value in values])
        axis.minorticks_off()
        axis.grid(alpha=0.25, linewidth=0.5)
        axis.legend(frameon=False)
    sns.despine(figure)
    return figure
