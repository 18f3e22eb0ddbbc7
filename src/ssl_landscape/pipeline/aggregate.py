"""Stage 3: a model's runs aggregated, so that a figure or table needs only its own models."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from ssl_landscape.claims.cases import WEIGHTS
from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.experiment.max_cosine import METRICS
from ssl_landscape.io.files import read_spec, write_parquet, write_text
from ssl_landscape.io.tabular import read_curve
from ssl_landscape.pipeline.job_files import runs_in
from ssl_landscape.pipeline.tail import WATCHED, tail_of

QUANTITIES = ("loss", *METRICS)
STARTS = (*METRICS, *WEIGHTS)


def aggregate(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Aggregate the curves of a model's runs.

    Args:
        spec: ``runs``, pairs of a sparsity and its seeds as :func:`compact` writes them.
        inputs: each run's ``curve.parquet``, in the order of the spec.
        outputs: Parquet, one row per (sparsity, epoch, quantity) with mean, minimum and maximum
            over the runs, their number, and each run's value (``seed-<k>``); CSV, one row per run
            as :func:`collect_ends` writes it.

    Raises:
        UserError: a curve cannot be read, is another run's, or differs in length from the others.
    """
    frames: dict[str, dict[int, pd.DataFrame]] = {}
    ends = []
    for (sparsity, seed), path in zip(runs_in(spec["runs"]), inputs, strict=True):
        frame = _read_run(path, sparsity, seed)
        frames.setdefault(sparsity, {})[seed] = frame[["epoch", *QUANTITIES]]
        ends.append(_ends(sparsity, seed, frame))
    rows = pd.concat([_over_runs(sparsity, group) for sparsity, group in frames.items()])
    write_parquet(outputs[0], pa.Table.from_pandas(rows, preserve_index=False))
    _write_ends(outputs[1], ends)


def collect_ends(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Write both ends of a model's runs alone, without their curves.

    Args:
        spec: as for :func:`aggregate`.
        inputs: as for :func:`aggregate`.
        outputs: CSV, one row per run with its last epoch, the max-cosines and norms of W of its
            start (``start_...``), and median, minimum and maximum of the minimum max-cosine over
            its last epochs (``tail_...``).

    Raises:
        UserError: a curve cannot be read, or is another run's.
    """
    runs = zip(runs_in(spec["runs"]), inputs, strict=True)
    _write_ends(outputs[0], [_ends(*run, _read_run(path, *run)) for run, path in runs])


def _ends(sparsity: str, seed: int, frame: pd.DataFrame) -> dict[str, Any]:
    start = {f"start_{name}": frame[name].iloc[0] for name in STARTS}
    tail = tail_of(frame[WATCHED].to_numpy(np.float64))
    return {"sparsity": sparsity, "seed": seed, **frame.iloc[-1].to_dict(), **start, **tail}


def _write_ends(output: Path, ends: list[dict[str, Any]]) -> None:
    frame = pd.DataFrame(ends).astype({"epoch": int})
    write_text(output, frame.to_csv(index=False, lineterminator="\n"))


def _read_run(path: Path, sparsity: str, seed: int) -> pd.DataFrame:
    """Read the curve of a run, one row per epoch; a UserError if it is not this run's."""
    frame, spec = read_curve(path, (*QUANTITIES, *WEIGHTS)), read_spec(path)
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
