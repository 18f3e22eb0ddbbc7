"""The curves of the figures as numbers: a small table, for readers who have not the runs."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from ssl_landscape.experiment.max_cosine import METRICS
from ssl_landscape.experiment.seeds import expand
from ssl_landscape.io.files import write_text
from ssl_landscape.io.tabular import read_frame

POINTS = 80  # epochs of a curve that are kept, evenly spaced, besides the start
QUANTITIES = ("loss", *METRICS)
OVER_RUNS = ("median", "lowest", "highest")
COLUMNS = [f"{quantity} {what}" for quantity in QUANTITIES for what in OVER_RUNS]


def write_curves(models: Mapping[str, str], metrics: list[Path], target: Path) -> None:
    """Write ``curves.csv``: a line per model, Pr(sparse) and epoch, with the runs' median and span.

    Args:
        models: model -> its seeds, as :func:`compact` writes them.
        metrics: ``metrics/<model>.parquet`` of each.
        target: the file to write.
    """
    frames = [pd.DataFrame(columns=["model", "sparsity", "epoch", *COLUMNS])]
    for (model, seeds), source in zip(models.items(), metrics, strict=True):
        runs = [f"seed-{seed}" for seed in expand(seeds)]
        frame = read_frame(source, ["epoch", *runs], ["sparsity", "quantity"])
        epochs = np.linspace(0, frame["epoch"].max(), POINTS + 1).round()
        kept = frame[frame["epoch"].isin(epochs) & frame["quantity"].isin(QUANTITIES)]
        values = kept[runs]
        over_runs = (values.median(axis=1), values.min(axis=1), values.max(axis=1))
        lines = kept[["sparsity", "epoch"]].assign(model=model)
        for quantity in QUANTITIES:
            for what, column in zip(OVER_RUNS, over_runs, strict=True):
                lines[f"{quantity} {what}"] = column.where(kept["quantity"] == quantity)
        frames.append(lines.groupby(["model", "sparsity", "epoch"], as_index=False).first())
    table = pd.concat([frame for frame in frames if len(frame)] or frames)
    text = table[frames[0].columns].to_csv(index=False, float_format="%.4g", lineterminator="\n")
    write_text(target, text)
