"""The figure of Theorem 2: which closed form holds, and where the weights go."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssl_landscape.theory.measurement import Measurement
from ssl_landscape.theory.pictures.style import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    RED,
    finish,
    panels,
)

ERROR_LOOKS = {
    "proof_formula_on_eq_13": ("C.25, descent on Eq. 13 as printed", RED, "solid"),
    "proof_formula_on_updates_in_turn": ("C.25, updates in turn", PURPLE, (0, (6, 1.5, 1.2, 1.5))),
    "main_text_formula_on_proof_update": ("main text's C2, proof's update", ORANGE, (0, (4, 2))),
    "corrected_formula_on_eq_13": ("C.25 with 1-η(1-λ) for λ, Eq. 13", GREEN, (0, (1.2, 1.2))),
    "proof_formula_on_proof_update": ("C.25, proof's update", BLUE, "solid"),
}
SCHEDULE_LOOKS = (
    (BLUE, "solid"),
    (ORANGE, (0, (5, 1.5))),
    (GREEN, (0, (1.2, 1.2))),
    (PURPLE, (0, (6, 1.5, 1.2, 1.5))),
)


def draw(measured: Measurement) -> Figure:
    """Draw the figure; curves of one step-size schedule, or of all for the first shape."""
    runs = measured.curves["runs"]
    first = next(iter(runs)).split()[0]
    same_shape = {name.split()[1]: run for name, run in runs.items() if name.startswith(first)}
    figure, axes = panels(1, 3, "Theorem 2: gradient descent of the dual linear network")
    _errors(axes[0], list(runs.values()))
    _line(axes[1], same_shape)
    _quality(axes[2], same_shape, first)
    return figure


def _errors(axis: Axes, runs: list[dict[str, Any]]) -> None:
    for name, (label, colour, style) in ERROR_LOOKS.items():
        # The worst run at each step; at the start every formula is exact.
        worst = np.max([run["errors"][name] for run in runs], axis=0)
        axis.plot(np.where(worst > 0, worst, np.nan), color=colour, linestyle=style, label=label)
    axis.set_yscale("log")
    axis.set_ylim(1e-17, 1e2)
    axis.set_yticks([1e-16, 1e-12, 1e-8, 1e-4, 1])
    axis.legend(loc="center right", bbox_to_anchor=(1, 0.52))
    finish(axis, "a", "Closed form against gradient descent", "step t", "largest relative error")


def _line(axis: Axes, runs: dict[str, Any]) -> None:
    for (name, run), (colour, style) in zip(runs.items(), SCHEDULE_LOOKS, strict=False):
        axis.plot(run["distance"], color=colour, linestyle=style, label=f"{name} steps")
        marks = np.arange(0, len(run["predicted"]), max(1, len(run["predicted"]) // 10))
        axis.plot(
            marks,
            run["predicted"][marks],
            linestyle="none",
            marker="x",
            color="black",
            markersize=4,
        )
    axis.plot([], [], linestyle="none", marker="x", color="black", markersize=4, label="predicted")
    axis.set_yscale("log")
    axis.legend(loc="lower left")
    finish(
        axis,
        "b",
        r"Distance to the line of $W_0^oM + W_0^tM$",
        "step t",
        "sine of the angle to the line",
    )


def _quality(axis: Axes, runs: dict[str, Any], shape: str) -> None:
    for (name, run), (colour, style) in zip(runs.items(), SCHEDULE_LOOKS, strict=False):
        axis.plot(run["quality"], color=colour, linestyle=style, label=f"{name} steps")
    axis.set_ylim(0, 1.02)
    axis.axhline(1, color="0.4", linewidth=0.8, linestyle="dashed")
    axis.text(2, 0.955, "dictionary recovered", fontsize=6.5, color="0.3", va="top")
    axis.legend(loc="lower right")
    m, p, d = shape.split("x")
    finish(
        axis,
        "c",
        f"What is learned: m = {m}, p = {p}, d = {d}",
        "step t",
        "minimum max-cosine",
    )
