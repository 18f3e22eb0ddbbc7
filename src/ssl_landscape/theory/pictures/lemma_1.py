"""The figure of Lemma 1: the limit, the rate against gamma, and starts outside the assumption."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssl_landscape.theory.pictures.style import COLOURS, LOOKS, THIN, finish, panels, points

TITLE = "Lemma 1: the proportional update with normalisation, its limit and its rate"


def draw(quantities: dict[str, Any], curves: dict[str, Any]) -> Figure:
    """Draw the figure."""
    figure, axes = panels(1, 3, TITLE)
    _sizes(axes[0], curves["cases"])
    _rates(axes[1], curves["cases"])
    _outside(axes[2], curves["outside"], quantities["outside"])
    return figure


def _sizes(axis: Axes, cases: dict[tuple, Any]) -> None:
    d = max(key[1] for key in cases)
    shown = {key[2]: case for key, case in cases.items() if key[:2] == ("lemma", d)}
    for (c, case), look in zip(shown.items(), LOOKS, strict=False):
        worst = np.maximum((case["size"] / case["size"][:, :1]).max(axis=0), 1e-17)
        steps = np.arange(len(worst))
        axis.plot(steps, worst, **look, label=f"c = {c:g}")
        axis.plot(steps, case["gamma"].max() ** steps, color=look["color"], linewidth=0.7)
    axis.plot([], [], color="0.3", linewidth=0.7, label=r"bound $\gamma^t$ (thin)")
    axis.set(yscale="log", ylim=(1e-17, 10), xlim=(0, min(200, len(worst) - 1)))
    axis.legend(loc="center right", bbox_to_anchor=(1, 0.36))
    title, y = f"Way to the limit, d = {d}, slowest start", r"max $|v_i - a v_1|$, start = 1"
    finish(axis, "a", title, "step t", y)


def _rates(axis: Axes, cases: dict[tuple, Any]) -> None:
    x = np.geomspace(0.03, 100, 100)
    axis.plot(x, 1 / np.sqrt(1 + x**2), **LOOKS[1], label="γ = 1/√(1 + c²‖w‖²) (D.31)")
    axis.plot(x, 1 / (1 + x), color=COLOURS["blue"], label="1/(1 + c‖w‖)")
    speed, ratio = (
        np.concatenate([case[k] for case in cases.values()]) for k in ("speed", "ratio")
    )
    hollow = {"markerfacecolor": "none", "color": "black", "markeredgewidth": 0.6}
    points(axis, speed, ratio, "o", 3, **hollow, label="measured, last step")
    axis.set(xscale="log", yscale="log")
    axis.legend(loc="lower left")
    finish(axis, "b", "Factor of one step near the limit", "c ‖w‖, w = (1, a, .., a)", "factor")


def _outside(axis: Axes, starts: dict[str, Any], found: dict[str, Any]) -> None:
    label = r"starts with $v_1 + a\,\Sigma v_i < 0$"
    points(axis, starts["cosine"], starts["growth"], "o", 4, color=COLOURS["purple"], label=label)
    axis.axhline(1, **THIN, label="no growth, as in D.31")
    axis.set_yscale("log")
    axis.legend(loc="upper right")
    share, d = 100 * found["share_that_converges"], found["d"]
    x, y = "cosine between start and limit", r"largest growth of $|v_i - a v_1|$"
    finish(axis, "c", f"Outside: {share:.0f} % converge (d = {d})", x, y)
