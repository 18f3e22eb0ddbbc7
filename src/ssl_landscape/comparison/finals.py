"""``finals.csv``: both ends of every run in one file, for readers who have no runs."""

from pathlib import Path

import pandas as pd

from ssl_landscape.io.files import write_text
from ssl_landscape.pipeline.tables import read_finals


def write_finals(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Write the final metrics of all models below each other.

    Args:
        spec: models.
        inputs: ``metrics/<model>.final.csv`` of the spec's models, in its order.
        outputs: the ``.csv`` to write.

    Raises:
        UserError: an input cannot be read.
    """
    frames = [read_finals(path) for path in inputs]
    for frame, model in zip(frames, spec["models"], strict=True):
        frame.insert(0, "model", model)
    found = pd.concat(frames) if frames else pd.DataFrame(columns=["model"])
    write_text(outputs[0], found.to_csv(index=False, lineterminator="\n"))
