"""The figure of Theorem 2: which closed form holds, and where the weights go."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssl_landscape.theory.measurement import Measurement
from ssl_landscape.theory.pictures.style import (
    COLOURS,
    DASH_DOTTED,
    DOTTED,
    LOOKS,
    finish,
    level,
    note,
    panels,
    points,
)

ERROR_LOOKS = {
    "proof_formula_on_eq_13": ("C.25, descent on Eq. 13 as printed", COLOURS["red"], "solid"),
    "proof_formula_on_updates_in_turn": (
        "C.25, updates in turn", COLOURS["purple"], DASH_DOTTED,
    ),
    "main_text_formula_on_proof_update": (
        "main text's C2, proof's update", COLOURS["orange"], (0, (4, 2)),
    ),
    "corrected_formula_on_eq_13": ("C.25 with 1-η(1-λ) for λ, Eq. 13", COLOURS["green"], DOTTED),
    "proof_formula_on_proof_update": ("C.25, proof's update", COLOURS["blue"], "solid"),
}  # fmt: skip


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
    for name, (label, colour, dashes) in ERROR_LOOKS.items():
        # The worst run at each step; at the start every formula is exact.
        worst = np.max([run["errors"][name] for run in runs], axis=0)
        axis.plot(np.where(worst > 0, worst, np.nan), color=colour, linestyle=dashes, label=label)
    axis.set_yscale("log")
    axis.set_ylim(1e-17, 1e2)
    axis.set_yticks([1e-16, 1e-12, 1e-8, 1e-4, 1])
    axis.legend(loc="center right", bbox_to_anchor=(1, 0.52))
    finish(axis, "a", "Closed form against gradient descent", "step t", "largest relative error")


def _line(axis: Axes, runs: dict[str, Any]) -> None:
    for (name, run), (colour, dashes) in zip(runs.items(), LOOKS, strict=False):
        axis.plot(run["distance"], color=colour, linestyle=dashes, label=f"{name} steps")
        marks = np.arange(0, len(run["predicted"]), max(1, len(run["predicted"]) // 10))
        points(axis, marks, run["predicted"][marks], "x", 4, color="black")
    points(axis, [], [], "x", 4, color="black", label="predicted")
    axis.set_yscale("log")
    axis.legend(loc="lower left")
    title, y = r"Distance to the line of $W_0^oM + W_0^tM$", "sine of the angle to the line"
    finish(axis, "b", title, "step t", y)


def _quality(axis: Axes, runs: dict[str, Any], shape: str) -> None:
    for (name, run), (colour, dashes) in zip(runs.items(), LOOKS, strict=False):
        axis.plot(run["quality"], color=colour, linestyle=dashes, label=f"{name} steps")
    axis.set_ylim(0, 1.02)
    level(axis, 1)
    note(axis, 2, 0.955, "dictionary recovered", va="top")
    axis.legend(loc="lower right")
    m, p, d = shape.split("x")
    title = f"What is learned: m = {m}, p = {p}, d = {d}"
    finish(axis, "c", title, "step t", "minimum max-cosine")
