"""The figure of Theorem 3: contraction to the identity, and where it ends."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from ssl_landscape.theory.measurement import Measurement
from ssl_landscape.theory.pictures.style import (
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

LOOKS = (
    (BLUE, "o"), (SKY, "s"), (GREEN, "^"), (PURPLE, "D"), (ORANGE, "v"), (RED, "P"),
)  # fmt: skip

# Seen on the map's dark and light colours alike.
BORDER = {
    "color": RED,
    "linewidth": 1.6,
    "linestyle": "dashed",
    "path_effects": [withStroke(linewidth=3, foreground="black")],
}


def draw(measured: Measurement) -> Figure:
    """Draw the figure."""
    q, curves = measured.quantities, measured.curves
    figure, axes = panels(
        2, 3, "Theorem 3: alternating optimisation with normalised rows, from warm starts"
    )
    _contraction(axes[0], q["cases"], curves["cases"])
    _end(axes[1], q["cases"], curves["cases"])
    _samples(axes[2], q)
    maps = curves["maps"]
    _map(axes[3], maps["radius"], True)
    _radius_lines(axes[3], maps["radius"])
    finish(axes[3], "d", "Warmth of the start and bias", "radius of the start, max|Δ|", "bias b")
    _map(axes[4], maps["sparsity"], False)
    _sparsity_lines(axes[4], maps["sparsity"])
    finish(axes[4], "e", "Inside the assumed radius", "Pr(z ≠ 0), κ", "bias b")
    _map(axes[5], maps["noise"], True, floor=-2)
    _noise_lines(axes[5], maps["noise"])
    finish(axes[5], "f", "With noise, on a sample", "noise σ₀", "bias b")
    return figure


def _contraction(axis: Axes, cases: list[dict[str, Any]], curves: dict[int, Any]) -> None:
    for (number, curve), (colour, marker) in zip(curves.items(), LOOKS, strict=False):
        a, sizes = cases[number]["a_at_identity"], curve["off_diagonal"]
        halves = np.arange(len(sizes))
        axis.plot(
            halves,
            sizes,
            color=colour,
            marker=marker,
            markersize=3,
            linestyle="none",
            label=f"a = {a:.3g}",
        )
        predicted = sizes[0] * a**halves
        axis.plot(halves, np.where(predicted < 1, predicted, np.nan), color=colour, linewidth=0.8)
    axis.plot([], [], color="0.3", linewidth=0.8, label="predicted")
    axis.set_yscale("log")
    axis.set_ylim(1e-16, 1e7)
    axis.set_yticks([1e-16, 1e-12, 1e-8, 1e-4, 1])
    axis.legend(loc="upper center", ncols=3, columnspacing=0.8, handletextpad=0.1, handlelength=1.5)
    finish(
        axis,
        "a",
        "Starts inside all assumptions",
        "updates to convergence (two a round)",
        r"largest off-diagonal $|W_{ij}|$",
    )


def _end(axis: Axes, cases: list[dict[str, Any]], curves: dict[int, Any]) -> None:
    """Show where the case with the largest a ends."""
    number = max(curves, key=lambda n: (cases[n]["a_at_identity"] >= 1, -n))
    case, weights = cases[number], curves[number]["final"]
    axis.imshow(weights, cmap="PuOr", vmin=-1.3, vmax=1.3)
    for (row, column), value in np.ndenumerate(weights):
        axis.text(column, row, f"{round(value, 2) + 0:.2f}", ha="center", va="center", fontsize=7)
    axis.set_xticks(range(len(weights)), range(1, len(weights) + 1))
    axis.set_yticks(range(len(weights)), range(1, len(weights) + 1))
    finish(
        axis,
        "b",
        f"$W^o$ where a run with a = {case['a_at_identity']:.3g} ends",
        "column j",
        "neuron i",
    )


def _samples(axis: Axes, q: dict[str, Any]) -> None:
    for entry, (colour, marker) in zip(q["sample_slopes"], LOOKS[::2], strict=False):
        part = [e for e in q["samples"] if e["noise"] == entry["noise"]]
        sizes = np.array([e["samples"] for e in part])
        means = np.array([np.mean(e["final_distances"]) for e in part])
        label = f"σ₀ = {entry['noise']:g} (slope {entry['slope']:.2f})"
        axis.plot(sizes, means, color=colour, marker=marker, markersize=4, label=label)
        for e in part:
            axis.plot(
                [e["samples"]] * len(e["final_distances"]),
                e["final_distances"],
                "_",
                color=colour,
                markersize=6,
            )
    reference = means[-1] * (sizes / sizes[-1]) ** -0.5
    axis.plot(sizes, reference, color="0.3", linestyle="dotted", label="slope -1/2")
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_ylim(top=8)
    axis.legend(loc="upper right")
    finish(axis, "c", "Sampled data: runs and their mean", "samples", "max|W - I| at the end")


def _map(axis: Axes, found: dict[str, Any], logarithmic: bool, floor: int = -8) -> None:
    values = np.log10(np.clip(found["distance"], 10.0**floor, 1))
    shown = axis.pcolormesh(
        found["x"],
        found["y"],
        values,
        cmap="viridis",
        vmin=floor,
        vmax=0,
        shading="nearest",
        rasterized=True,
    )
    bar = axis.figure.colorbar(shown, ax=axis, shrink=0.9)
    bar.set_label("median max|W - I| at the end")
    ticks = np.linspace(floor, 0, 5)
    labels = [f"{10**tick:.1g}" for tick in ticks]
    bar.set_ticks(ticks, labels=[f"≤ {labels[0]}", *labels[1:]])
    if logarithmic:
        axis.set_xscale("log")


def _radius_lines(axis: Axes, found: dict[str, Any]) -> None:
    d, x = found["d"], np.geomspace(found["x"][0], found["x"][-1], 200)
    limits = axis.get_xlim(), axis.get_ylim()
    inside = x <= 1 / (10 * d)
    low, high = (d - 1) * x[inside], 1 - (d - 1) * x[inside]
    edge = np.concatenate([low, high[::-1], low[:1]])
    around = np.concatenate([x[inside], x[inside][::-1], x[inside][:1]])
    axis.plot(around, edge, color="white", linewidth=1.6, label="assumptions 2 and 4 hold")
    level = 1 - found["keep"] ** 2 * found["kappa"]
    axis.axhline(level, **BORDER, label="a = 1")
    axis.set(xlim=limits[0], ylim=limits[1])
    legend_below(axis)


def _sparsity_lines(axis: Axes, found: dict[str, Any]) -> None:
    limits = axis.get_xlim(), axis.get_ylim()
    worst = (found["d"] - 1) * found["radius"]
    x = np.array(limits[0])
    axis.plot(x, [worst, worst], color="white", linewidth=1.6, label="assumptions hold between")
    axis.plot(x, [1 - worst, 1 - worst], color="white", linewidth=1.6)
    level = 1 - found["keep"] ** 2 * x
    axis.plot(x, level, **BORDER, label="a = 1")
    axis.set(xlim=limits[0], ylim=limits[1])
    legend_below(axis)


def _noise_lines(axis: Axes, found: dict[str, Any]) -> None:
    limits = axis.get_xlim(), axis.get_ylim()
    variance = np.array(found["x"]) ** 2
    level = 1 + variance - found["keep"] ** 2 * (found["kappa"] + variance)
    axis.plot(found["x"], level, **BORDER, label="a = 1")
    axis.set(xlim=limits[0], ylim=limits[1])
    legend_below(axis)
