"""Stage 3: a model's runs aggregated, so that a figure or table needs only its own models."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.experiment.max_cosine import METRICS
from ssl_landscape.io.files import read_spec, write_parquet, write_text
from ssl_landscape.io.tabular import read_curve
from ssl_landscape.pipeline.job_files import runs_in

QUANTITIES = ("loss", *METRICS)


def aggregate(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Aggregate the curves of a model's runs.

    Args:
        spec: ``runs``, pairs of a sparsity and its seeds as :func:`compact` writes them.
        inputs: each run's ``curve.parquet``, in the order of the spec.
        outputs: Parquet, one row per (sparsity, epoch, quantity) with mean, minimum and maximum
            over the runs, their number, and each run's value (``seed-<k>``); CSV, one row per run
            with its last epoch, and the max-cosines of its start (``start_...``).

    Raises:
        UserError: a curve cannot be read, is another run's, or differs in length from the others.
    """
    frames: dict[str, dict[int, pd.DataFrame]] = {}
    final = []
    for (sparsity, seed), path in zip(runs_in(spec["runs"]), inputs, strict=True):
        frame = read_run(path, sparsity, seed, QUANTITIES)
        frames.setdefault(sparsity, {})[seed] = frame
        start = {f"start_{metric}": frame[metric].iloc[0] for metric in METRICS}
        final.append({"sparsity": sparsity, "seed": seed, **frame.iloc[-1].to_dict(), **start})
    rows = pd.concat([_over_runs(sparsity, group) for sparsity, group in frames.items()])
    write_parquet(outputs[0], pa.Table.from_pandas(rows, preserve_index=False))
    finals = pd.DataFrame(final).astype({"epoch": int})
    write_text(outputs[1], finals.to_csv(index=False, lineterminator="\n"))


def read_run(path: Path, sparsity: str, seed: int, columns: Iterable[str]) -> pd.DataFrame:
    """Read the curve of a run, one row per epoch.

    Raises:
        UserError: it cannot be read, or is that of another sparsity or seed.
    """
    frame, spec = read_curve(path, columns), read_spec(path)
    of = spec.get("sparsity", sparsity), spec.get("seed", seed)
    if of != (sparsity, seed):
        raise UserError(
            f"{path}: is the curve of sparsity {of[0]}, seed {of[1]}, not of {sparsity}, {seed}; "
            f"{AGAIN}"
        )
    return frame


def _over_runs(sparsity: str, frames: dict[int, pd.DataFrame]) -> pd.DataFrame:
    epochs = next(iter(frames.values()))["epoch"]
    if any(len(frame) != len(epochs) for frame in frames.values()):
        raise UserError(f"sparsity {sparsity}: the runs' curves differ in length; rerun the model")
    parts = []
    for quantity in QUANTITIES:
        runs = {f"seed-{seed}": frame[quantity] for seed, frame in frames.items()}
        values = np.stack([run.to_numpy(np.float64) for run in runs.values()])
        part = pd.DataFrame({"sparsity": sparsity, "quantity": quantity, "epoch": epochs})
        part["mean"], part["min"], part["max"] = values.mean(0), values.min(0), values.max(0)
        parts.append(part.assign(runs=np.int32(len(frames)), **runs))
    return pd.concat(parts)
