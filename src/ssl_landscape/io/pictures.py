"""A picture is drawn in memory, then written: a failed write leaves the drawing library whole."""

import io
from pathlib import Path

from matplotlib.figure import Figure

from ssl_landscape.io.files import replacing


def save_picture(figure: Figure, output: Path, metadata: dict[str, object]) -> None:
    """Save a figure; the suffix (.pdf, .png, .svg) decides the format.

    Matplotlib's writer of PDF, on a full disk, fails again while it closes the file, and keeps it
    open.
    """
    content = io.BytesIO()
    figure.savefig(content, format=output.suffix[1:], dpi=200, metadata=metadata)
    with replacing(output) as temporary:
        temporary.write_bytes(content.getvalue())
