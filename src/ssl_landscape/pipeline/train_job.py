"""Stage 2 as a job: read a dataset, train, write the curve, the weights and the record."""

import hashlib
import json
import logging
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from ssl_landscape.errors import UserError
from ssl_landscape.experiment.checkpoint import Checkpoint
from ssl_landscape.experiment.data import read_checked
from ssl_landscape.experiment.training import Result, train
from ssl_landscape.io.files import as_column, replacing, write_parquet
from ssl_landscape.pipeline.code_roots import code_of
from ssl_landscape.provenance.failed_attempts import check_is_latest
from ssl_landscape.provenance.record import recording

log = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 60.0


def choose_device(wanted: str) -> torch.device:
    """Turn ``auto``, ``cpu`` or ``cuda`` into a device that is there.

    Raises:
        UserError: CUDA is asked for and missing.
    """
    available = torch.cuda.is_available()
    if wanted == "cuda" and not available:
        raise UserError("device: cuda was asked for, but torch finds no GPU; allowed: auto, cpu")
    return torch.device("cuda" if available and wanted != "cpu" else "cpu")


def execute_run(
    spec: dict,
    code: str | None,
    samples: Path,
    dictionary: Path,
    folder: Path,
    device: str,
    threads: int,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> None:
    """Train one run and write ``curve.parquet``, ``weights.safetensors`` and ``run.json``.

    Args:
        spec: the resolved spec of the run.
        code: fingerprint of the code that the run was planned with, if it was planned.
        samples: the dataset's samples.
        dictionary: the dataset's dictionary.
        folder: where the three files go; the record is written last.
        device: ``auto``, ``cpu`` or ``cuda``.
        threads: cores that torch may use.
        checkpoint_seconds: time between two checkpoints; shorter runs never write one.
    """
    inputs = [samples, dictionary]
    outputs = [folder / "curve.parquet", folder / "weights.safetensors"]
    record = folder / "run.json"
    with recording("train", spec, code, inputs, outputs, record) as facts:
        torch.set_num_threads(threads)
        chosen = choose_device(device)
        x, M = read_checked(samples, dictionary)
        title = f"{spec['model']} sparsity-{spec['sparsity']} seed-{spec['seed']}"
        log.info("%s: %d epochs on %s, %d thread(s)", title, spec["epochs"], chosen, threads)

        checkpoint = Checkpoint(
            folder / "checkpoint.safetensors",
            _identity(spec, x, M, _device_name(chosen), threads),
            checkpoint_seconds,
        )
        result = train(spec, x, M, chosen, _reporter(title, spec["epochs"]), checkpoint)

        check_is_latest(record)
        try:
            write_results(result, spec, folder)
        except SafetensorError as error:  # no OSError: the operating system's error is a text in it
            raise OSError(_errno(error), str(error), str(outputs[1])) from None
        curve = {name: values for name, values in result.curve.items() if name != "epoch"}
        final = {name: float(values[-1]) for name, values in curve.items()}
        facts |= {"device": _device_name(chosen), "threads": threads, "final": final}
        if checkpoint.resumed_at is not None:
            facts["resumed_after_epoch"] = checkpoint.resumed_at
    checkpoint.remove()


def write_results(result: Result, spec: dict, folder: Path) -> list[Path]:
    """Write ``curve.parquet`` and ``weights.safetensors``; return their paths."""
    curve, weights = folder / "curve.parquet", folder / "weights.safetensors"
    # The loss of epoch 0 (before training) is missing, not a number called NaN.
    columns = {name: as_column(values) for name, values in result.curve.items()}
    write_parquet(curve, pa.table(columns), spec)
    with replacing(weights) as temporary:
        save_file({name: t.contiguous() for name, t in result.weights.items()}, temporary)
    return [curve, weights]


def _identity(
    spec: dict, samples: np.ndarray, dictionary: np.ndarray, device: str, threads: int
) -> str:
    """Name a run by all that its numbers depend on, so that only itself goes on from its state."""
    settings = [spec, code_of("train", spec), torch.__version__, device, threads]
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for data in (samples, dictionary):
        digest.update(np.ascontiguousarray(data))
    return digest.hexdigest()


def _errno(error: SafetensorError) -> int:
    """Return the number of the operating system's error, or 0."""
    found = re.search(r"os error (\d+)", str(error))
    return int(found[1]) if found else 0


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def _reporter(title: str, epochs: int) -> Callable[[int, float, float], None]:
    """Show a bar to a person at a terminal; write ten lines to a log otherwise."""
    if sys.stderr.isatty():
        from tqdm import tqdm

        bar = tqdm(total=epochs, desc=title, unit=" epochs", dynamic_ncols=True)

        def show(epoch: int, loss: float, cosine: float) -> None:
            bar.set_postfix_str(f"loss {loss:.4f}, min max-cosine {cosine:.3f}", refresh=False)
            bar.update(epoch - bar.n)
            if epoch == epochs:
                bar.close()

        return show

    start, last = time.monotonic(), -1

    def write(epoch: int, loss: float, cosine: float) -> None:
        nonlocal last
        if epoch * 10 // epochs > last:
            last = epoch * 10 // epochs
            seconds = time.monotonic() - start
            shown = f"loss {loss:.4f}, " if epoch else ""  # no loss before training
            line = "epoch %d/%d, %smin max-cosine %.3f, %.1f s"
            log.info(line, epoch, epochs, shown, cosine, seconds)

    return write
