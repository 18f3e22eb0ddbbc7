"""The look that all figures share, and files whose bytes depend on nothing but the data."""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import seaborn as sns
from matplotlib.figure import Figure

from ssl_landscape.errors import UserError
from ssl_landscape.io.pictures import save_picture

# Okabe and Ito's colours, which the colour-blind can tell apart.
COLOURS = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "red": "#D55E00",
    "purple": "#CC79A7",
}
RC = {
    "svg.hashsalt": "ssl-landscape",  # else ids in the SVG are random
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.labelsize": 8,
    "lines.linewidth": 1.2,
}
# Dates and program versions out of the files: the same data gives the same bytes.
METADATA: dict[str, dict[str, object]] = {
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
}


def draw(plot: Callable[[], Figure], outputs: list[Path]) -> None:
    """Plot a figure in this style and save it to each output; the suffix decides the format.

    Raises:
        UserError: a suffix is not one of .pdf, .png and .svg.
    """
    for output in outputs:
        if output.suffix not in METADATA:
            formats = ", ".join(METADATA)
            raise UserError(f"{output}: unknown format {output.suffix!r}; choose from {formats}")
    with mpl.rc_context({**sns.axes_style("ticks"), **RC}):
        figure = plot()
        for output in outputs:
            save_picture(figure, output, METADATA[output.suffix])
