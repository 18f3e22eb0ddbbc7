"""The figure of Theorem 3: contraction to the identity, and where it ends."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from ssl_landscape.theory.pictures import style
from ssl_landscape.theory.pictures.style import COLOURS, finish, points

TITLE = "Theorem 3: alternating optimisation with normalised rows, from warm starts"
HUES = ("blue", "sky", "green", "purple", "orange", "red")
LOOKS = tuple((COLOURS[hue], marker) for hue, marker in zip(HUES, "os^DvP", strict=True))
WHITE: dict[str, Any] = {"color": "white", "linewidth": 1.6}
# Visible on the map's dark and light colours alike.
STROKE = withStroke(linewidth=3, foreground="black")
BORDER = {**WHITE, "color": COLOURS["red"], "linestyle": "dashed", "path_effects": [STROKE]}


def draw(quantities: dict[str, Any], curves: dict[str, Any]) -> Figure:
    """Draw the figure."""
    figure, axes = style.panels(2, 3, TITLE)
    _contraction(axes[0], quantities["cases"], curves["cases"])
    _end(axes[1], quantities["cases"], curves["cases"])
    _samples(axes[2], quantities)
    maps = curves["maps"]
    _map(axes[3], maps["radius"], _radius_lines, -8, "log")
    _map(axes[4], maps["sparsity"], _sparsity_lines, -8, "linear")
    _map(axes[5], maps["noise"], _noise_lines, -2, "log")
    finish(axes[3], "d", "Warmth of the start and bias", "radius of the start, max|Δ|", "bias b")
    finish(axes[4], "e", "Inside the assumed radius", "Pr(z ≠ 0), κ", "bias b")
    finish(axes[5], "f", "With noise, on a sample", "noise σ₀", "bias b")
    return figure


def _contraction(axis: Axes, cases: list[dict[str, Any]], curves: dict[int, Any]) -> None:
    for (number, curve), (colour, marker) in zip(curves.items(), LOOKS, strict=False):
        a, sizes = cases[number]["a_at_identity"], curve["off_diagonal"]
        halves = np.arange(len(sizes))
        points(axis, halves, sizes, marker, 3, color=colour, label=f"a = {a:.3g}")
        predicted = sizes[0] * a**halves
        axis.plot(halves, np.where(predicted < 1, predicted, np.nan), color=colour, linewidth=0.8)
    axis.plot([], [], color="0.3", linewidth=0.8, label="predicted")
    axis.set(yscale="log", ylim=(1e-16, 1e7), yticks=[1e-16, 1e-12, 1e-8, 1e-4, 1])
    axis.legend(loc="upper center", ncols=3, columnspacing=0.8, handletextpad=0.1, handlelength=1.5)
    x, y = "updates to convergence (two a round)", r"largest off-diagonal $|W_{ij}|$"
    finish(axis, "a", "Starts inside all assumptions", x, y)


def _end(axis: Axes, cases: list[dict[str, Any]], curves: dict[int, Any]) -> None:
    """Show where the case with the largest a ends."""
    number = max(curves, key=lambda n: (cases[n]["a_at_identity"] >= 1, -n))
    case, weights = cases[number], curves[number]["final"]
    axis.imshow(weights, cmap="PuOr", vmin=-1.3, vmax=1.3)
    for (row, column), value in np.ndenumerate(weights):
        axis.text(column, row, f"{round(value, 2) + 0:.2f}", ha="center", va="center", fontsize=7)
    numbers = [str(number + 1) for number in range(len(weights))]
    axis.set_xticks(range(len(weights)), numbers)
    axis.set_yticks(range(len(weights)), numbers)
    title = f"$W^o$ where a run with a = {case['a_at_identity']:.3g} ends"
    finish(axis, "b", title, "column j", "neuron i")


def _samples(axis: Axes, q: dict[str, Any]) -> None:
    for entry, (colour, marker) in zip(q["sample_slopes"], LOOKS[::2], strict=False):
        part = [e for e in q["samples"] if e["noise"] == entry["noise"]]
        sizes = np.array([e["samples"] for e in part])
        means = np.array([np.mean(e["final_distances"]) for e in part])
        label = f"σ₀ = {entry['noise']:g} (slope {entry['slope']:.2f})"
        axis.plot(sizes, means, color=colour, marker=marker, markersize=4, label=label)
        for e in part:
            ends = e["final_distances"]
            points(axis, [e["samples"]] * len(ends), ends, "_", 6, color=colour)
    reference = means[-1] * (sizes / sizes[-1]) ** -0.5
    axis.plot(sizes, reference, color="0.3", linestyle="dotted", label="slope -1/2")
    axis.set(xscale="log", yscale="log")
    axis.set_ylim(top=8)
    axis.legend(loc="upper right")
    finish(axis, "c", "Sampled data: runs and their mean", "samples", "max|W - I| at the end")


def _map(axis: Axes, found: dict[str, Any], lines: Callable, floor: int, scale: str) -> None:
    values = np.log10(np.clip(found["distance"], 10.0**floor, 1))
    look: dict[str, Any] = {"cmap": "viridis", "shading": "nearest", "rasterized": True}
    shown = axis.pcolormesh(found["x"], found["y"], values, vmin=floor, vmax=0, **look)
    bar = style.colour_bar(axis, shown, "median max|W - I| at the end")
    ticks = np.linspace(floor, 0, 5).tolist()
    labels = [f"{10**tick:.1g}" for tick in ticks]
    bar.set_ticks(ticks, labels=[f"≤ {labels[0]}", *labels[1:]])
    axis.set_xscale(scale)
    limits = axis.get_xlim(), axis.get_ylim()
    lines(axis, found)
    axis.set(xlim=limits[0], ylim=limits[1])
    style.legend_below(axis)


def _radius_lines(axis: Axes, found: dict[str, Any]) -> None:
    d, x = found["d"], np.geomspace(found["x"][0], found["x"][-1], 200)
    x = x[x <= 1 / (10 * d)]
    low, high = (d - 1) * x, 1 - (d - 1) * x
    edge = np.concatenate([low, high[::-1], low[:1]])
    axis.plot(np.concatenate([x, x[::-1], x[:1]]), edge, **WHITE, label="assumptions 2 and 4 hold")
    axis.axhline(1 - found["keep"] ** 2 * found["kappa"], **BORDER, label="a = 1")


def _sparsity_lines(axis: Axes, found: dict[str, Any]) -> None:
    worst, x = (found["d"] - 1) * found["radius"], np.array(axis.get_xlim())
    axis.plot(x, [worst, worst], **WHITE, label="assumptions hold between")
    axis.plot(x, [1 - worst, 1 - worst], **WHITE)
    axis.plot(x, 1 - found["keep"] ** 2 * x, **BORDER, label="a = 1")


def _noise_lines(axis: Axes, found: dict[str, Any]) -> None:
    variance = np.array(found["x"]) ** 2
    level = 1 + variance - found["keep"] ** 2 * (found["kappa"] + variance)
    axis.plot(found["x"], level, **BORDER, label="a = 1")
