"""The figure of Theorem 1: both landscapes, and what lies at their minima."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from ssl_landscape.theory.measurement import largest
from ssl_landscape.theory.pictures import style
from ssl_landscape.theory.pictures.style import COLOURS, DOTTED, THIN, finish, note, points

READING_LOOKS = {
    "printed": ("the proof's loss (A.17)", "blue", "o", "solid"),
    "limit_distinct": ("Eq. 9, negatives of other latents", "green", "s", (0, (4, 2))),
    "limit": ("Eq. 9, negatives of any latent", "red", "^", DOTTED),
}
CLOUD_LOOKS = tuple(zip("os^Dv", ("blue", "orange", "green", "purple", "sky"), strict=True))
PATH_LOOKS = (("blue", "solid"), ("sky", (0, (4, 2))), ("purple", DOTTED))
DISTANCE, EXCESS = "distance to the nearest permutation", "loss less its minimum"


def draw(quantities: dict[str, Any], curves: dict[str, Any]) -> Figure:
    """Draw the figure."""
    title = "Theorem 1: where the non-contrastive (NCL) and the contrastive loss (CL) are minimal"
    figure, axes = style.panels(2, 3, title)
    _landscape(axes[0], curves["landscape"], "non_contrastive", "a")
    _landscape(axes[1], curves["landscape"], "contrastive", "b")
    _minima(axes[2], curves["clouds"])
    _outside(axes[3], curves["clouds"])
    _paths(axes[4], curves["paths"], quantities["readings"][0]["d"])
    _readings(axes[5], quantities["readings"])
    return figure


def _landscape(axis: Axes, values: dict[str, Any], key: str, letter: str) -> None:
    angles = values["angles"]
    filled = axis.contourf(angles, angles, values[key].T, levels=15, cmap="viridis")
    bar = style.colour_bar(axis, filled, EXCESS)
    bar.locator = MaxNLocator(6)
    bar.update_ticks()
    axis.add_patch(Rectangle((0, 0), 90, 90, fill=False, ec="white", lw=1.6, label="U≥"))
    star = {"markerfacecolor": "white", "markeredgecolor": "black"}
    points(axis, [0, 90], [90, 0], "*", 10, **star, label="permutation")
    axis.set(xticks=range(-180, 181, 90), yticks=range(-180, 181, 90))
    style.legend_below(axis)
    title, angle = f"{key.replace('_', '-').capitalize()} loss, d = 2", "angle of column {} (°)"
    finish(axis, letter, title, angle.format(1), angle.format(2))


def _minima(axis: Axes, clouds: dict[int, Any]) -> None:
    for (d, cloud), (marker, name) in zip(clouds.items(), CLOUD_LOOKS, strict=False):
        x, y = cloud["distance"][:150], cloud["cosine"][:150]
        look: dict[str, Any] = {"marker": marker, "color": COLOURS[name], "label": f"d = {d}"}
        axis.scatter(x, y, s=7, alpha=0.6, linewidths=0, **look)
    points(axis, 0, 0, "*", 10, color=COLOURS["black"], label="permutation")
    axis.axhline(1, **THIN)
    note(axis, 0.02, 1.02, "collapsed: all columns equal")
    axis.set_ylim(-0.05, 1.12)
    axis.legend(loc="lower right", handletextpad=0.2)
    finish(axis, "c", "Random W in U≥, minima all", DISTANCE, "mean cosine between columns")


def _outside(axis: Axes, clouds: dict[int, Any]) -> None:
    d = max(clouds)
    names = ("outside_distance", "outside_excess", "distance")
    outside, excess, inside = (clouds[d][name][:400] for name in names)
    look: dict[str, Any] = {"s": 8, "linewidths": 0}
    label = "W in U with a negative entry"
    axis.scatter(outside, excess, marker="^", color=COLOURS["orange"], label=label, **look)
    label = "W in U≥ (all at the minimum)"
    axis.scatter(inside, 0 * inside, marker="o", color=COLOURS["blue"], label=label, **look)
    axis.set_ylim(top=1.3 * excess.max())
    axis.legend(loc="upper left", handletextpad=0.2)
    finish(axis, "d", f"Non-contrastive loss, d = {d}", DISTANCE, EXCESS)


def _paths(axis: Axes, paths: dict[str, Any], d: int) -> None:
    flat = max((values["non_contrastive"] for values in paths.values()), key=largest)
    share = np.linspace(0, 1, len(flat))
    for (name, values), (colour, dashes) in zip(paths.items(), PATH_LOOKS, strict=False):
        look = {"c": COLOURS[colour], "ls": dashes, "label": f"CL, to {name}"}
        axis.plot(share, values["contrastive"], **look)
    label = f"NCL, all three paths: at most {largest(flat):.1g}"
    axis.plot(share, flat, c=COLOURS["orange"], lw=2.2, label=label)
    axis.set_ylim(top=1.9 * max(values["contrastive"].max() for values in paths.values()))
    axis.legend(loc="upper left")
    finish(axis, "e", f"Paths inside U≥, d = {d}", "share of the path, from a permutation", EXCESS)


def _readings(axis: Axes, readings: list[dict[str, Any]]) -> None:
    for name, (label, colour, marker, dashes) in READING_LOOKS.items():
        found = [part for part in readings if part["reading"] == name]
        taus = [part["tau"] for part in found]
        lowest = [part["lowest_end_less_permutation"] for part in found]
        axis.plot(taus, lowest, c=COLOURS[colour], marker=marker, ms=4, ls=dashes, label=label)
    limit, d = readings[0]["threshold"], readings[0]["d"]
    axis.axvline(limit, **THIN)
    axis.set_xscale("log")
    axis.set_xticks([0.25, 0.5, 1, 2, 5, 10], ["0.25", "0.5", "1", "2", "5", "10"])
    axis.minorticks_off()
    low = axis.get_ylim()[0]
    where = limit * 0.93, low * 0.45
    note(axis, *where, "log((d-α)/(1-α))", rotation=90, ha="right", va="center")
    axis.set_ylim(low, -0.6 * low)
    axis.legend(loc="upper left")
    x, y = "τ (multiplies the similarity in Eq. 9)", "lowest loss found less permutations'"
    finish(axis, "f", f"Are permutations lowest? d = {d}", x, y)
