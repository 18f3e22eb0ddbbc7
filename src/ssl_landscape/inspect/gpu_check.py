"""Is training on a GPU right, repeatable, and worth it? Six models, compared with the CPU."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ssl_landscape.errors import UserError
from ssl_landscape.experiment import fast, training
from ssl_landscape.experiment.data import generate
from ssl_landscape.experiment.networks import Network
from ssl_landscape.experiment.sgd import SGD
from ssl_landscape.pipeline.cuda_graph import capture_epochs

Case = tuple[str, dict[str, Any], dict[str, Any]]  # label, specs of a run and of its dataset

MODELS = (
    *("ncl-basic", "ncl-basic-2l", "ncl-warm-start-predictor", "ncl-row-normalised"),
    *("simplified-simsiam", "cl-basic"),
)
COMPARED, TIMED = 30, 300  # epochs
TOLERANCE = 1e-3  # of losses and max-cosines, up to the last epoch that is compared
CPU = torch.device("cpu")
COUNT_DEVICES = "import torch; print(torch.cuda.device_count())"


def check_gpu(cases: list[Case], device: torch.device, machine: Callable[[], dict]) -> str:
    """Train each case on the CPU and on ``device``; return the report, in Markdown.

    ``machine`` is called at the end; the report lists what it tells of the machine.

    Raises:
        UserError: there is no such device.
    """
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UserError("torch finds no GPU (or is its CPU build): there is nothing to check")
    rows = [_check(*case, device) for case in cases]
    table = [dict(zip(rows[0], ["---"] * len(rows[0]), strict=True)), *rows]
    lines = [dict(zip(rows[0], rows[0], strict=True)), *table]
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    return "\n".join(
        [
            f"# Training on {name}",
            "",
            *("| " + " | ".join(line.values()) + " |" for line in lines),
            "",
            f"Difference: the largest one of losses and max-cosines up to epoch {COMPARED} between "
            f"the device and the CPU, with the same data, weights, order and masks; at most "
            f"{TOLERANCE:g} is right. Repeats: two runs have the same bytes. Times are in ms per "
            f"step over {TIMED} epochs: the CPU's, the device's one operation at a time, and as "
            f"CUDA graphs. Memory: the most that tensors took on the device.",
            "",
            f"Devices seen by a job with `CUDA_VISIBLE_DEVICES=0`: {_devices_seen('0')}; with an "
            f"empty one: {_devices_seen('')}.",
            "",
            *(f"- {key}: {value}" for key, value in machine().items()),
            "",
        ]
    )


def _check(label: str, spec: dict, dataset: dict, device: torch.device) -> dict[str, str]:
    samples, _, dictionary = generate(dataset)

    def train(train: Callable[..., training.Result], where: torch.device, epochs: int, *how: Any):
        run = spec | {"epochs": epochs}, samples, dictionary, where
        return train(*run, lambda *_: None, None, *how)

    def ms_per_step(*how: Any) -> str:
        start = time.perf_counter()
        train(*how[:2], TIMED, *how[2:])
        groups = training.group_batches(len(samples), spec["batch_size"], spec["partial_batch"])
        steps = TIMED * sum(map(len, groups))
        return f"{1e3 * (time.perf_counter() - start) / steps:.3f}"

    expected = train(fast.train, CPU, COMPARED).curve
    found = train(training.train, device, COMPARED, epoch_with_masks_of_cpu).curve
    apart = (np.nan_to_num(found[name]) - np.nan_to_num(expected[name]) for name in expected)
    difference = max(np.abs(values).max() for values in apart)  # epoch 0 has no loss
    one, two = (train(training.train, device, COMPARED, capture_epochs) for _ in range(2))
    repeats = all(torch.equal(one.weights[name], two.weights[name]) for name in one.weights)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    times = {
        "CPU": ms_per_step(fast.train, CPU),
        "one by one": ms_per_step(training.train, device),
        "graphs": ms_per_step(training.train, device, capture_epochs),
    }
    most = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else 0
    return {
        "model": label,
        "difference": f"{difference:.1e} ({'right' if difference <= TOLERANCE else 'WRONG'})",
        "repeats": "yes" if repeats else "NO",
        **times,
        "memory": f"{most / 2**20:.0f} MiB",
    }


def epoch_with_masks_of_cpu(
    spec: dict, networks: list[Network], optimisers: list[SGD], x: Tensor, masks: torch.Generator
) -> training.RunEpoch:
    """Return an epoch as ``training.autograd_epoch`` does, whose masks are those of the CPU."""
    stream = torch.Generator().manual_seed(masks.initial_seed())
    return training.autograd_epoch(spec, networks, optimisers, x, stream)


def _devices_seen(visible: str) -> str:
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": visible}
    command = [sys.executable, "-c", COUNT_DEVICES]
    return subprocess.run(command, env=environment, capture_output=True, text=True).stdout.strip()
