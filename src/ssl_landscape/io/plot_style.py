"""What all figures share: colours, sizes, and files whose bytes depend on the data alone."""

import contextlib
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import seaborn as sns
from matplotlib.figure import Figure

from ssl_landscape.io.files import replacing

# Okabe and Ito's colours, which colour-blind readers can tell apart.
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
_SETTINGS = {
    # The font that Matplotlib brings; seaborn would first take what else is installed.
    "font.family": "DejaVu Sans",
    "svg.hashsalt": "ssl-landscape",  # otherwise ids in the SVG are random
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.labelsize": 8,
    "lines.linewidth": 1.2,
}
# Without dates and program versions: equal data give equal bytes.
_METADATA: dict[str, dict[str, Any]] = {
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
}


@contextlib.contextmanager
def plot_style(changes: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Set how to draw and save in the block: Matplotlib's own defaults, ours, then ``changes``.

    Nothing that the user has set (matplotlibrc, style files, rcParams) holds in the block.
    """
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({**sns.axes_style("ticks"), **_SETTINGS, **(changes or {})})
        yield


def save_pictures(figure: Figure, outputs: list[Path]) -> None:
    """Save a figure under each name; the suffix (.pdf, .png, .svg) decides the format."""
    for output in outputs:
        # In memory first: on a full disk Matplotlib's PDF writer fails again while it closes the
        # file, and keeps it open.
        content = io.BytesIO()
        metadata = _METADATA[output.suffix]
        figure.savefig(content, format=output.suffix[1:], dpi=200, metadata=metadata)
        with replacing(output) as temporary:
            temporary.write_bytes(content.getvalue())
