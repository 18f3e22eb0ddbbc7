"""Training as a job: read a dataset, train, write the curve and the weights."""

import hashlib
import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from safetensors.torch import save

from ssl_landscape.errors import UserError
from ssl_landscape.experiment import fast, training
from ssl_landscape.experiment.checkpoint import Checkpoint
from ssl_landscape.experiment.data import read_dataset
from ssl_landscape.io.files import as_column, replacing, write_parquet
from ssl_landscape.pipeline.code_roots import code_of
from ssl_landscape.pipeline.cuda_graph import capture_epochs

log = logging.getLogger(__name__)


def choose_device(wanted: str) -> torch.device:
    """Return the device that ``auto``, ``cpu`` or ``cuda`` stands for.

    Raises:
        UserError: CUDA is requested and missing.
    """
    available = torch.cuda.is_available()
    if wanted == "cuda" and not available:
        raise UserError("device: cuda was requested, but torch finds no GPU; choose from auto, cpu")
    return torch.device("cuda" if available and wanted != "cpu" else "cpu")


def train_run(
    spec: dict,
    inputs: list[Path],
    outputs: list[Path],
    *,
    threads: int = 1,
    device: str = "auto",
    checkpoint_seconds: float = 60.0,
    before_writing: Callable[[], None] = lambda: None,
) -> dict:
    """Train one run and write its curve and weights; after a kill, resume from its checkpoint.

    Args:
        spec: the resolved spec of the run.
        inputs: the dataset's ``samples.parquet`` and ``dictionary.parquet``.
        outputs: ``curve.parquet`` and ``weights.safetensors``.
        threads: cores that torch may use.
        device: ``auto``, ``cpu`` or ``cuda``.
        checkpoint_seconds: time between two checkpoints; shorter runs never write one.
        before_writing: called once training is done; an error from it leaves all files alone.

    Returns:
        Facts for the record: ``device``, ``threads``, ``final`` (the last row of the curve), and
        ``resumed_after_epoch`` if the run was resumed.

    Raises:
        UserError: the dataset or the device is not usable.
        DivergedError: a loss or weight is not finite.
        OSError: a file cannot be written.
    """
    torch.set_num_threads(threads)
    chosen = choose_device(device)
    device_name = torch.cuda.get_device_name(chosen) if chosen.type == "cuda" else "cpu"
    x, M = read_dataset(*inputs)
    title = f"{spec['model']} sparsity-{spec['sparsity']} seed-{spec['seed']}"
    log.info("%s: %d epochs on %s, %d thread(s)", title, spec["epochs"], chosen, threads)

    checkpoint = Checkpoint(
        outputs[0].with_name("checkpoint.safetensors"),
        _identity(spec, x, M, device_name, threads),
        checkpoint_seconds,
    )
    run = spec, x, M, chosen, _reporter(title, spec["epochs"]), checkpoint
    on_gpu = chosen.type == "cuda"
    result = training.train(*run, capture_epochs) if on_gpu else fast.train(*run)
    before_writing()
    write_results(result, spec, outputs)
    checkpoint.remove()

    final = {name: float(values[-1]) for name, values in result.curve.items() if name != "epoch"}
    facts = {"device": device_name, "threads": threads, "final": final}
    resumed = checkpoint.resumed_at
    return facts if resumed is None else facts | {"resumed_after_epoch": resumed}


def write_results(result: training.Result, spec: dict, outputs: list[Path]) -> None:
    """Write ``curve.parquet`` and ``weights.safetensors``."""
    curve, weights = outputs
    # The loss of epoch 0 (before training) is missing, not a number called NaN.
    columns = {name: as_column(values) for name, values in result.curve.items()}
    write_parquet(curve, pa.table(columns), spec)
    content = save({name: t.contiguous() for name, t in result.weights.items()})
    with replacing(weights) as temporary:
        temporary.write_bytes(content)


def _identity(
    spec: dict, samples: np.ndarray, dictionary: np.ndarray, device: str, threads: int
) -> str:
    """Return a hash of all that a run's numbers depend on, so that no other run resumes from it."""
    settings = [spec, code_of("train", spec), torch.__version__, device, threads]
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for data in (samples, dictionary):
        digest.update(data.tobytes())
    return digest.hexdigest()


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
