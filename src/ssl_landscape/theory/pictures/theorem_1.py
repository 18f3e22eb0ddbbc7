"""The figure of Theorem 1: both landscapes, and what lies at their minima."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from ssl_landscape.theory.measurement import Measurement, largest
from ssl_landscape.theory.pictures.style import (
    COLOURS,
    DOTTED,
    finish,
    legend_below,
    level,
    note,
    panels,
    points,
)

READING_LOOKS = {
    "printed": ("the proof's loss (A.17)", COLOURS["blue"], "o", "solid"),
    "limit_distinct": ("Eq. 9, negatives of other latents", COLOURS["green"], "s", (0, (4, 2))),
    "limit": ("Eq. 9, negatives of any latent", COLOURS["red"], "^", DOTTED),
}
CLOUD_LOOKS = tuple(zip("os^Dv", ("blue", "orange", "green", "purple", "sky"), strict=True))
PATH_LOOKS = (
    (COLOURS["blue"], "solid"),
    (COLOURS["sky"], (0, (4, 2))),
    (COLOURS["purple"], DOTTED),
)
DISTANCE, EXCESS = "distance to the nearest permutation", "loss less its minimum"


def draw(measured: Measurement) -> Figure:
    """Draw the figure."""
    q, curves = measured.quantities, measured.curves
    title = "Theorem 1: where the non-contrastive (NCL) and the contrastive loss (CL) are minimal"
    figure, axes = panels(2, 3, title)
    _landscape(axes[0], curves["landscape"], "non_contrastive", "a")
    _landscape(axes[1], curves["landscape"], "contrastive", "b")
    _minima(axes[2], curves["clouds"])
    _outside(axes[3], curves["clouds"])
    _paths(axes[4], curves["paths"], q["readings"][0]["d"])
    _readings(axes[5], q["readings"])
    return figure


def _landscape(axis: Axes, values: dict[str, Any], key: str, letter: str) -> None:
    angles = values["angles"]
    filled = axis.contourf(angles, angles, values[key].T, levels=15, cmap="viridis")
    bar = axis.figure.colorbar(filled, ax=axis, shrink=0.9)
    bar.set_label(EXCESS)
    bar.locator = MaxNLocator(6)
    bar.update_ticks()
    quadrant = Rectangle((0, 0), 90, 90, fill=False, ec="white", lw=1.6, label="U≥")
    axis.add_patch(quadrant)
    star = {"markerfacecolor": "white", "markeredgecolor": "black"}
    points(axis, [0, 90], [90, 0], "*", 10, **star, label="permutation")
    axis.set_xticks(range(-180, 181, 90))
    axis.set_yticks(range(-180, 181, 90))
    legend_below(axis)
    title = f"{key.replace('_', '-').capitalize()} loss, d = 2"
    finish(axis, letter, title, "angle of column 1 (°)", "angle of column 2 (°)")


def _minima(axis: Axes, clouds: dict[int, Any]) -> None:
    for (d, cloud), (marker, name) in zip(clouds.items(), CLOUD_LOOKS, strict=False):
        x, y = cloud["distance"][:150], cloud["cosine"][:150]
        look: dict[str, Any] = {"marker": marker, "color": COLOURS[name], "label": f"d = {d}"}
        axis.scatter(x, y, s=7, alpha=0.6, linewidths=0, **look)
    points(axis, 0, 0, "*", 10, color=COLOURS["black"], label="permutation")
    level(axis, 1)
    note(axis, 0.02, 1.02, "collapsed: all columns equal")
    axis.set_ylim(-0.05, 1.12)
    axis.legend(loc="lower right", handletextpad=0.2)
    finish(axis, "c", "Random W in U≥, minima all", DISTANCE, "mean cosine between columns")


def _outside(axis: Axes, clouds: dict[int, Any]) -> None:
    d = max(clouds)
    names = ("outside_distance", "outside_excess", "distance")
    outside, excess, inside = (clouds[d][name][:400] for name in names)
    for x, y, marker, colour, label in (
        (outside, excess, "^", COLOURS["orange"], "W in U with a negative entry"),
        (inside, np.zeros_like(inside), "o", COLOURS["blue"], "W in U≥ (all at the minimum)"),
    ):
        axis.scatter(x, y, s=8, marker=marker, color=colour, linewidths=0, label=label)
    axis.set_ylim(top=1.3 * excess.max())
    axis.legend(loc="upper left", handletextpad=0.2)
    finish(axis, "d", f"Non-contrastive loss, d = {d}", DISTANCE, EXCESS)


def _paths(axis: Axes, paths: dict[str, Any], d: int) -> None:
    for (name, values), (colour, dashes) in zip(paths.items(), PATH_LOOKS, strict=False):
        share = np.linspace(0, 1, len(values["contrastive"]))
        axis.plot(share, values["contrastive"], c=colour, ls=dashes, label=f"CL, to {name}")
    flat = max((values["non_contrastive"] for values in paths.values()), key=largest)
    label = f"NCL, all three paths: at most {largest(flat):.1g}"
    axis.plot(np.linspace(0, 1, len(flat)), flat, c=COLOURS["orange"], lw=2.2, label=label)
    axis.set_ylim(top=1.9 * max(values["contrastive"].max() for values in paths.values()))
    axis.legend(loc="upper left")
    finish(axis, "e", f"Paths inside U≥, d = {d}", "share of the path, from a permutation", EXCESS)


def _readings(axis: Axes, readings: list[dict[str, Any]]) -> None:
    for name, (label, colour, marker, dashes) in READING_LOOKS.items():
        found = [part for part in readings if part["reading"] == name]
        taus = [part["tau"] for part in found]
        lowest = [part["lowest_end_less_permutation"] for part in found]
        axis.plot(taus, lowest, c=colour, marker=marker, ms=4, ls=dashes, label=label)
    limit, d = readings[0]["threshold"], readings[0]["d"]
    axis.axvline(limit, color="0.4", linewidth=0.8, linestyle="dashed")
    axis.set_xscale("log")
    axis.set_xticks([0.25, 0.5, 1, 2, 5, 10], ["0.25", "0.5", "1", "2", "5", "10"])
    axis.minorticks_off()
    low = axis.get_ylim()[0]
    place: dict[str, Any] = {"rotation": 90, "ha": "right", "va": "center"}
    note(axis, limit * 0.93, low * 0.45, "log((d-α)/(1-α))", **place)
    axis.set_ylim(low, -0.6 * low)
    axis.legend(loc="upper left")
    x, y = "τ (multiplies the similarity in Eq. 9)", "lowest loss found less permutations'"
    finish(axis, "f", f"Are permutations lowest? d = {d}", x, y)
