"""Training many runs of a model at once on a GPU, as part of the job that has them all."""

import functools
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from ssl_landscape.errors import DivergedError
from ssl_landscape.experiment.data import read_dataset
from ssl_landscape.experiment.many_runs import train_together
from ssl_landscape.experiment.training import Result
from ssl_landscape.pipeline.cuda_graph import CapturedRuns
from ssl_landscape.pipeline.fingerprint import modules
from ssl_landscape.pipeline.train_job import choose_device, write_results

log = logging.getLogger(__name__)
_ROOTS = ("experiment.many_runs:train_together", "pipeline.cuda_graph:CapturedRuns")


def train_at_once(
    specs: Sequence[dict[str, Any]], inputs: Sequence[list[Path]], device: str
) -> list[Callable[..., dict[str, Any]]]:
    """Train runs that differ in sparsity and seed alone.

    A run that is killed starts again: these take minutes, and no checkpoint is written.

    Args:
        specs: the resolved specs.
        inputs: of each run, the dataset's ``samples.parquet`` and ``dictionary.parquet``.
        device: ``auto``, ``cpu`` or ``cuda``.

    Returns:
        For each run what ``train_run`` is to a run by itself; empty where runs are trained one by
        one: on the CPU, or a single one.

    Raises:
        UserError: a dataset or the device is not usable.
    """
    chosen = choose_device(device)
    if not is_gpu(chosen) or len(specs) < 2:
        return []
    torch.set_num_threads(1)
    samples, dictionaries = zip(*(read_dataset(*files) for files in inputs), strict=True)
    log.info("%s: %d runs at once on %s", specs[0]["model"], len(specs), chosen)
    start = time.monotonic()
    results = train_together(specs, samples, dictionaries, chosen, CapturedRuns)
    seconds = time.monotonic() - start
    facts = {
        "device": torch.cuda.get_device_name(chosen),
        "threads": 1,
        "at_once": {"runs": len(specs), "seconds": round(seconds, 3), "modules": modules(*_ROOTS)},
    }
    return [functools.partial(_write, result, facts) for result in results]


def is_gpu(device: torch.device) -> bool:
    """Return whether a device gains from many runs at once."""
    return device.type == "cuda"


def _write(
    result: Result | DivergedError,
    facts: dict[str, Any],
    spec: dict[str, Any],
    inputs: list[Path],
    outputs: list[Path],
    *,
    before_writing: Callable[[], None],
    **_: Any,
) -> dict[str, Any]:
    """Write a run's files and return its facts, or raise its error."""
    if isinstance(result, DivergedError):
        raise result
    before_writing()
    write_results(result, spec, outputs)
    ends = {name: float(values[-1]) for name, values in result.curve.items()}
    return facts | {"final": {name: value for name, value in ends.items() if name != "epoch"}}
