"""The figure of Theorem 1: both landscapes, and what lies at their minima."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from ssl_landscape.theory.measurement import Measurement, largest
from ssl_landscape.theory.pictures.style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    finish,
    legend_below,
    panels,
)

READING_LOOKS = {
    "printed": ("the proof's loss (A.17)", BLUE, "o", "solid"),
    "limit_distinct": ("Eq. 9, negatives of other latents", GREEN, "s", (0, (4, 2))),
    "limit": ("Eq. 9, negatives of any latent", RED, "^", (0, (1.2, 1.2))),
}


def draw(measured: Measurement) -> Figure:
    """Draw the figure."""
    q, curves = measured.quantities, measured.curves
    title = "Theorem 1: where the non-contrastive (NCL) and the contrastive loss (CL) are minimal"
    figure, axes = panels(2, 3, title)
    _landscape(axes[0], curves["landscape"], "non_contrastive")
    _landscape(axes[1], curves["landscape"], "contrastive")
    finish(
        axes[0],
        "a",
        "Non-contrastive loss, d = 2",
        "angle of column 1 (°)",
        "angle of column 2 (°)",
    )
    finish(
        axes[1], "b", "Contrastive loss, d = 2", "angle of column 1 (°)", "angle of column 2 (°)"
    )
    _minima(axes[2], curves["clouds"])
    _outside(axes[3], curves["clouds"])
    _paths(axes[4], curves["paths"], q["readings"][0]["d"])
    _readings(axes[5], q["readings"])
    return figure


def _landscape(axis: Axes, values: dict[str, Any], key: str) -> None:
    angles = values["angles"]
    filled = axis.contourf(angles, angles, values[key].T, levels=15, cmap="viridis")
    bar = axis.figure.colorbar(filled, ax=axis, shrink=0.9)
    bar.set_label("loss less its minimum")
    bar.locator = MaxNLocator(6)
    bar.update_ticks()
    axis.add_patch(
        Rectangle((0, 0), 90, 90, fill=False, edgecolor="white", linewidth=1.6, label="U≥")
    )
    axis.plot(
        [0, 90],
        [90, 0],
        linestyle="none",
        marker="*",
        markersize=10,
        markerfacecolor="white",
        markeredgecolor="black",
        label="permutation",
    )
    axis.set_xticks(range(-180, 181, 90))
    axis.set_yticks(range(-180, 181, 90))
    legend_below(axis)


def _minima(axis: Axes, clouds: dict[int, Any]) -> None:
    looks = zip(("o", "s", "^", "D", "v"), (BLUE, ORANGE, GREEN, PURPLE, SKY), strict=True)
    for (d, cloud), (marker, colour) in zip(clouds.items(), looks, strict=False):
        shown = slice(0, 150)
        axis.scatter(
            cloud["distance"][shown],
            cloud["cosine"][shown],
            s=7,
            marker=marker,
            color=colour,
            alpha=0.6,
            linewidths=0,
            label=f"d = {d}",
        )
    axis.plot(0, 0, "*", color=BLACK, markersize=10, linestyle="none", label="permutation")
    axis.axhline(1, color="0.4", linewidth=0.8, linestyle="dashed")
    axis.text(0.02, 1.02, "collapsed: all columns equal", fontsize=6.5, color="0.3")
    axis.set_ylim(-0.05, 1.12)
    axis.legend(loc="lower right", handletextpad=0.2)
    finish(
        axis,
        "c",
        "Random W in U≥, minima all",
        "distance to the nearest permutation",
        "mean cosine between columns",
    )


def _outside(axis: Axes, clouds: dict[int, Any]) -> None:
    d = max(clouds)
    cloud, shown = clouds[d], slice(0, 400)
    axis.scatter(
        cloud["outside_distance"][shown],
        cloud["outside_excess"][shown],
        s=8,
        marker="^",
        color=ORANGE,
        linewidths=0,
        label="W in U with a negative entry",
    )
    axis.scatter(
        cloud["distance"][shown],
        np.zeros_like(cloud["distance"][shown]),
        s=8,
        marker="o",
        color=BLUE,
        linewidths=0,
        label="W in U≥ (all at the minimum)",
    )
    axis.set_ylim(top=1.3 * cloud["outside_excess"][shown].max())
    axis.legend(loc="upper left", handletextpad=0.2)
    finish(
        axis,
        "d",
        f"Non-contrastive loss, d = {d}",
        "distance to the nearest permutation",
        "loss less its minimum",
    )


def _paths(axis: Axes, paths: dict[str, Any], d: int) -> None:
    looks = zip(("solid", (0, (4, 2)), (0, (1.2, 1.2))), (BLUE, SKY, PURPLE), strict=True)
    for (name, values), (style, colour) in zip(paths.items(), looks, strict=False):
        share = np.linspace(0, 1, len(values["contrastive"]))
        axis.plot(
            share, values["contrastive"], color=colour, linestyle=style, label=f"CL, to {name}"
        )
    flat = max((values["non_contrastive"] for values in paths.values()), key=largest)
    axis.plot(
        np.linspace(0, 1, len(flat)),
        flat,
        color=ORANGE,
        linewidth=2.2,
        label=f"NCL, all three paths: at most {largest(flat):.1g}",
    )
    axis.set_ylim(top=1.9 * max(values["contrastive"].max() for values in paths.values()))
    axis.legend(loc="upper left")
    finish(
        axis,
        "e",
        f"Paths inside U≥, d = {d}",
        "share of the path, from a permutation",
        "loss less its minimum",
    )


def _readings(axis: Axes, readings: list[dict[str, Any]]) -> None:
    for name, (label, colour, marker, style) in READING_LOOKS.items():
        found = [part for part in readings if part["reading"] == name]
        axis.plot(
            [part["tau"] for part in found],
            [part["lowest_end_less_permutation"] for part in found],
            color=colour,
            marker=marker,
            markersize=4,
            linestyle=style,
            label=label,
        )
    limit, d = readings[0]["threshold"], readings[0]["d"]
    axis.axvline(limit, color="0.4", linewidth=0.8, linestyle="dashed")
    axis.set_xscale("log")
    axis.set_xticks([0.25, 0.5, 1, 2, 5, 10], ["0.25", "0.5", "1", "2", "5", "10"])
    axis.minorticks_off()
    axis.text(
        limit * 0.93,
        axis.get_ylim()[0] * 0.45,
        "log((d-α)/(1-α))",
        fontsize=6.5,
        rotation=90,
        ha="right",
        va="center",
        color="0.3",
    )
    low = axis.get_ylim()[0]
    axis.set_ylim(low, -0.6 * low)
    axis.legend(loc="upper left")
    finish(
        axis,
        "f",
        f"Are permutations lowest? d = {d}",
        "τ (multiplies the similarity in Eq. 9)",
        "lowest loss found less permutations'",
    )
