"""What the theory's figures share: size, letters on the panels, files with fixed bytes."""

from pathlib import Path

import matplotlib as mpl
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssl_landscape.io.pictures import save_picture
from ssl_landscape.io.plot_style import COLOURS, METADATA, RC

BLUE, ORANGE, GREEN = COLOURS["blue"], COLOURS["orange"], COLOURS["green"]
PURPLE, BLACK, SKY = COLOURS["purple"], COLOURS["black"], COLOURS["sky"]
RED = COLOURS["red"]


def styled() -> mpl.rc_context:
    """Return the settings under which a figure is drawn and saved."""
    return mpl.rc_context({**sns.axes_style("ticks"), **RC, "legend.fontsize": 7})


def panels(rows: int, columns: int, title: str) -> tuple[Figure, list[Axes]]:
    """Make a figure with lettered panels, in reading order."""
    # Not through pyplot: no window system, no global list of figures.
    figure = Figure(figsize=(3.5 * columns, 3.1 * rows), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08, hspace=0.04, wspace=0.03)
    figure.suptitle(title, fontsize=10)
    # Rows apart: a colour bar in one takes no room from the other.
    parts = figure.subfigures(rows, 1, squeeze=False).flat
    return figure, [axis for part in parts for axis in part.subplots(1, columns)]


def finish(axis: Axes, letter: str, title: str, x: str, y: str) -> None:
    """Name a panel and its axes."""
    axis.set_title(f"({letter}) {title}", loc="left", fontsize=8.5)
    axis.set_xlabel(x)
    axis.set_ylabel(y)
    sns.despine(ax=axis)


def legend_below(axis: Axes) -> None:
    """Put a map's legend below it, dark, since one of its lines is white."""
    axis.legend(
        loc="upper left",
        bbox_to_anchor=(-0.02, -0.2),
        ncols=2,
        columnspacing=1.2,
        facecolor="0.35",
        edgecolor="0.35",
        labelcolor="white",
    )


def save(figure: Figure, outputs: list[Path]) -> None:
    """Save a figure; the suffix (.pdf, .png, .svg) decides the format."""
    for output in outputs:
        save_picture(figure, output, METADATA[output.suffix])
