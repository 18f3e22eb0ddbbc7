"""Stage 3: a model's runs aggregated, so that a figure or table needs only its own models."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.io.files import read_spec, write_parquet, write_text
from ssl_landscape.io.tabular import read_curve

COSINES = ("max_max_cosine", "median_max_cosine", "min_max_cosine")
QUANTITIES = ("loss", *COSINES)


def aggregate(
    runs: list[tuple[str, int]], curves: list[Path], curves_path: Path, final_path: Path
) -> None:
    """Aggregate the curves of a model's runs.

    ``curves_path`` (Parquet): one row a (sparsity, epoch, quantity) with mean, minimum and maximum
    over the runs and their number. ``final_path`` (CSV): one row a run with its last epoch.

    Args:
        runs: (sparsity, seed) of each run.
        curves: each run's ``curve.parquet``, in the same order.
        curves_path: output.
        final_path: output.
    """
    frames: dict[str, list[pd.DataFrame]] = {}
    final = []
    for (sparsity, seed), path in zip(runs, curves, strict=True):
        frame = read_curve(path, QUANTITIES)
        _check_run(path, sparsity, seed)
        frames.setdefault(sparsity, []).append(frame)
        final.append({"sparsity": sparsity, "seed": seed, **frame.iloc[-1].to_dict()})
    rows = pd.concat([_over_runs(sparsity, group) for sparsity, group in frames.items()])
    write_parquet(curves_path, pa.Table.from_pandas(rows, preserve_index=False))
    finals = pd.DataFrame(final).astype({"epoch": int})
    write_text(final_path, finals.to_csv(index=False, lineterminator="\n"))


def _check_run(path: Path, sparsity: str, seed: int) -> None:
    spec = read_spec(path)
    of = spec.get("sparsity", sparsity), spec.get("seed", seed)
    if of != (sparsity, seed):
        raise UserError(
            f"{path}: is the curve of sparsity {of[0]}, seed {of[1]}, not of {sparsity}, {seed}; "
            f"{AGAIN}"
        )


def _over_runs(sparsity: str, frames: list[pd.DataFrame]) -> pd.DataFrame:
    epochs = frames[0]["epoch"]
    if any(len(frame) != len(epochs) for frame in frames):
        raise UserError(f"sparsity {sparsity}: the runs' curves differ in length; rerun the model")
    parts = []
    for quantity in QUANTITIES:
        values = np.stack([frame[quantity].to_numpy(np.float64) for frame in frames])
        parts.append(
            pd.DataFrame(
                {
                    "sparsity": sparsity,
                    "quantity": quantity,
                    "epoch": epochs,
                    "mean": values.mean(axis=0),
                    "min": values.min(axis=0),
                    "max": values.max(axis=0),
                    "runs": np.int32(len(frames)),
                }
            )
        )
    return pd.concat(parts)
