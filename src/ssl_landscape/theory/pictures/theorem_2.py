"""The figure of Theorem 2: which closed form holds, and where the weights go."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssl_landscape.theory.pictures import style
from ssl_landscape.theory.pictures.style import COLOURS, LOOKS, finish, points

ERROR_LOOKS = {
    "proof_formula_on_eq_13": ("C.25, descent on Eq. 13 as printed", "red", "solid"),
    "proof_formula_on_updates_in_turn": ("C.25, updates in turn", "purple", style.DASH_DOTTED),
    "main_text_formula_on_proof_update": ("main text's C2, proof's update", "orange", (0, (4, 2))),
    "corrected_formula_on_eq_13": ("C.25 with 1-η(1-λ) for λ, Eq. 13", "green", style.DOTTED),
    "proof_formula_on_proof_update": ("C.25, proof's update", "blue", "solid"),
}


def draw(quantities: dict[str, Any], curves: dict[str, Any]) -> Figure:
    """Draw the figure: errors of all runs, the rest for the first shape."""
    runs = curves["runs"]
    first = next(iter(runs)).split()[0]
    same_shape = {name.split()[1]: run for name, run in runs.items() if name.startswith(first)}
    figure, axes = style.panels(1, 3, "Theorem 2: gradient descent of the dual linear network")
    _errors(axes[0], list(runs.values()))
    _line(axes[1], same_shape)
    _quality(axes[2], same_shape, first)
    return figure


def _errors(axis: Axes, runs: list[dict[str, Any]]) -> None:
    for name, (label, colour, dashes) in ERROR_LOOKS.items():
        # The worst run at each step; at the start every formula is exact.
        worst = np.max([run["errors"][name] for run in runs], axis=0)
        shown = np.where(worst > 0, worst, np.nan)
        axis.plot(shown, color=COLOURS[colour], linestyle=dashes, label=label)
    axis.set(yscale="log", ylim=(1e-17, 1e2), yticks=[1e-16, 1e-12, 1e-8, 1e-4, 1])
    axis.legend(loc="center right", bbox_to_anchor=(1, 0.52))
    finish(axis, "a", "Closed form against gradient descent", "step t", "largest relative error")


def _line(axis: Axes, runs: dict[str, Any]) -> None:
    for (name, run), look in zip(runs.items(), LOOKS, strict=False):
        axis.plot(run["distance"], **look, label=f"{name} steps")
        marks = np.arange(0, len(run["predicted"]), max(1, len(run["predicted"]) // 10))
        points(axis, marks, run["predicted"][marks], "x", 4, color="black")
    points(axis, [], [], "x", 4, color="black", label="predicted")
    axis.set_yscale("log")
    axis.legend(loc="lower left")
    title, y = r"Distance to the line of $W_0^oM + W_0^tM$", "sine of the angle to the line"
    finish(axis, "b", title, "step t", y)


def _quality(axis: Axes, runs: dict[str, Any], shape: str) -> None:
    for (name, run), look in zip(runs.items(), LOOKS, strict=False):
        axis.plot(run["quality"], **look, label=f"{name} steps")
    axis.set_ylim(0, 1.02)
    axis.axhline(1, **style.THIN)
    style.note(axis, 2, 0.955, "dictionary recovered", va="top")
    axis.legend(loc="lower right")
    title = "What is learned: m = {}, p = {}, d = {}".format(*shape.split("x"))
    finish(axis, "c", title, "step t", "minimum max-cosine")
