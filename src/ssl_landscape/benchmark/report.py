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
PANELS = {  # size -> column, unit, title
    "n": ("ms_per_epoch", "ms", "Samples n (time of an epoch)"),
    "batch_size": ("ms_per_step", "ms", "Batch size (time of a step)"),
    "p": ("ms_per_step", "ms", "Dimension p (time of a step)"),
    "m": ("ms_per_step", "ms", "Neurons m (time of a step)"),
    "epochs": ("seconds", "s", "Epochs (time of a run)"),
}


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
    """Write the tables of ``measure_steps`` and ``measure_scaling``, and the picture."""
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
    axis, *axes = figure.subplots(2, 3).ravel()
    times = steps.rename(columns=SIDES).melt("model", SIDES.values(), "side", "ms")
    colours = [COLOURS[name] for name in ("orange", "blue", "black")]
    sns.barplot(times, x="model", y="ms", hue="side", palette=colours, saturation=1, ax=axis)
    for bars in axis.containers:
        axis.bar_label(bars, fmt="%.2f", fontsize=6)
    axis.set(yscale="log", xlabel="", ylabel="ms per step", title="One core, side by side")
    axis.set_ylim(top=times["ms"].max() * 8)  # room for the legend
    axis.legend(frameon=False, ncols=len(SIDES), fontsize=6, loc="upper left")
    for axis, (size, (column, unit, title)) in zip(axes, PANELS.items(), strict=True):
        sns.lineplot(
            scaling[scaling["axis"] == size],
            x="value",
            y=column,
            hue="model",
            style="model",
            markers=True,
            palette="colorblind",
            legend=axis is axes[0],
            ax=axis,
        )
        values = sorted(scaling.loc[scaling["axis"] == size, "value"].unique())
        axis.set(xscale="log", yscale="log", xlabel="", ylabel=unit, title=title)
        axis.set_xticks(values, [f"{value:g}" for value in values])
        axis.minorticks_off()
        axis.grid(alpha=0.25, linewidth=0.5)
    axes[0].legend(frameon=False)
    sns.despine(figure)
    return figure
