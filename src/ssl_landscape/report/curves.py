"""The curves of the figures as numbers: a small table, for readers who have not the runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ssl_landscape.experiment.max_cosine import METRICS
from ssl_landscape.experiment.seeds import expand
from ssl_landscape.io.files import write_text
from ssl_landscape.io.tabular import read_csv, read_frame

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


def read_curves(source: Path) -> dict[str, Any]:
    """Return model -> Pr(sparse) -> epochs, and of each quantity the median, lowest and highest.

    Raises:
        UserError: it is missing or not such a table.
    """
    frame = read_csv(source, ["epoch", *COLUMNS], ["model", "sparsity"], may_be_empty=True)
    found: dict[str, Any] = {}
    for (model, sparsity), lines in frame.groupby(["model", "sparsity"]):
        found.setdefault(model, {})[sparsity] = {
            "epoch": lines["epoch"].tolist(),
            **{q: [_or_none(lines[f"{q} {what}"]) for what in OVER_RUNS] for q in QUANTITIES},
        }
    return found


def _or_none(column: pd.Series) -> list[float | None]:
    """Return numbers, None for NaN: before training there is no loss."""
    return [None if pd.isna(value) else value for value in column]
