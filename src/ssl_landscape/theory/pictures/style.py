"""What the theory's figures share: size, looks, letters on the panels."""

from typing import Any

import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import ArrayLike

from ssl_landscape.io.plot_style import COLOURS

DASHED, DOTTED, DASH_DOTTED = (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5))
LOOKS = tuple(
    {"color": COLOURS[colour], "linestyle": dashes}
    for colour, dashes in zip(
        ("blue", "orange", "green", "purple"), ("solid", DASHED, DOTTED, DASH_DOTTED), strict=True
    )
)
THIN: dict[str, Any] = {"color": "0.4", "linewidth": 0.8, "linestyle": "dashed"}


def panels(rows: int, columns: int, title: str) -> tuple[Figure, list[Axes]]:
    """Make a figure and its panels, in reading order."""
    # Not through pyplot: no window system, no global list of figures.
    layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08, hspace=0.04, wspace=0.03)
    figure = Figure(figsize=(3.5 * columns, 3.1 * rows), layout=layout)
    figure.suptitle(title, fontsize=10)
    # Rows apart: a colour bar in one takes no room from the other.
    parts = figure.subfigures(rows, 1, squeeze=False).flat
    return figure, [axis for part in parts for axis in part.subplots(1, columns)]


def finish(axis: Axes, letter: str, title: str, x: str, y: str) -> None:
    """Name a panel and its axes."""
    axis.set_title(f"({letter}) {title}", loc="left", fontsize=8.5)
    axis.set(xlabel=x, ylabel=y)
    sns.despine(ax=axis)


def points(axis: Axes, x: ArrayLike, y: ArrayLike, marker: str, size: float, **look: Any) -> None:
    """Draw markers without a line."""
    axis.plot(x, y, linestyle="none", marker=marker, markersize=size, **look)


def note(axis: Axes, x: float, y: float, text: str, **look: Any) -> None:
    """Write a small grey text into the panel."""
    axis.text(x, y, text, fontsize=6.5, color="0.3", **look)


def colour_bar(axis: Axes, shown: Any, label: str) -> Any:
    """Add a map's colour bar."""
    bar = axis.figure.colorbar(shown, ax=axis, shrink=0.9)
    bar.set_label(label)
    return bar


def legend_below(axis: Axes) -> None:
    """Put a map's legend below it, on a dark ground, since one of its lines is white."""
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (-0.02, -0.2), "ncols": 2}
    look: dict[str, Any] = {"facecolor": "0.35", "edgecolor": "0.35", "labelcolor": "white"}
    axis.legend(**place, columnspacing=1.2, **look)
