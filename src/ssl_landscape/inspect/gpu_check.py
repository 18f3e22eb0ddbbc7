"""Is training on a GPU right, repeatable, and worth it? Some models, compared with the CPU."""

import functools
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
from ssl_landscape.experiment import fast, many_runs, training
from ssl_landscape.experiment.curve import CHUNK
from ssl_landscape.experiment.data import generate
from ssl_landscape.experiment.many_runs import run_as_it_is
from ssl_landscape.experiment.networks import Network
from ssl_landscape.experiment.sgd import SGD
from ssl_landscape.experiment.training import Result
from ssl_landscape.pipeline.cuda_graph import CapturedRuns, capture_epochs

Case = tuple[str, dict[str, Any], dict[str, Any]]  # label, specs of a run and of its dataset

MODELS = (
    *("ncl-basic", "ncl-basic-2l", "ncl-warm-start-predictor", "ncl-row-normalised"),
    *("simplified-simsiam", "cl-basic", "ncl-basic.moving-average.decay-0.99"),
)
COMPARED, TIMED = 30, 600  # epochs
AT_ONCE = (5, 20)  # runs
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
            f"Differences: the largest ones of losses and max-cosines up to epoch {COMPARED}, "
            f"right if at most {TOLERANCE:g}: between the device and the CPU, with the same data, "
            f"weights, order and masks; between CUDA graphs and single operations; between "
            f"{AT_ONCE[0]} runs at once and one. Repeats: two runs have the same bytes. Times are "
            f"in ms per step and run over {TIMED - CHUNK} epochs: the CPU's, the device's one "
            f"operation at a time, as CUDA graphs, and as graphs of several runs at once. Memory: "
            f"the most that tensors took on the device, with {AT_ONCE[-1]} runs.",
            "",
            f"Devices seen by a job with `CUDA_VISIBLE_DEVICES=0`: {_devices_seen('0')}; with an "
            f"empty one: {_devices_seen('')}.",
            "",
            *(f"- {key}: {value}" for key, value in machine().items()),
            "",
        ]
    )


def _check(label: str, spec: dict, dataset: dict, device: torch.device) -> dict[str, str]:
    check = _Case(spec, dataset, device)
    own = functools.partial(check.train_alone, COMPARED)
    on_cpu, single = own(fast.train, CPU), own(training.train, device)
    with_masks = own(training.train, device, epoch_with_masks_of_cpu)
    one, two = (own(training.train, device, capture_epochs) for _ in range(2))
    together = check.train_together(COMPARED, AT_ONCE[0])[0]
    differences = _apart(with_masks, on_cpu), _apart(one, single), _apart(together, one)
    verdict = "right" if max(differences) <= TOLERANCE else "WRONG"
    repeats = all(torch.equal(one.weights[name], two.weights[name]) for name in one.weights)
    timed = functools.partial(check.train_alone, TIMED)
    times = {
        "CPU": check.ms_per_step(timed, fast.train, CPU),
        "one by one": check.ms_per_step(timed, training.train, device),
        "graph": check.ms_per_step(timed, training.train, device, capture_epochs),
    }
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    for count in AT_ONCE:
        at_once = functools.partial(check.train_together, TIMED)
        times[f"{count} at once"] = check.ms_per_step(at_once, count, runs=count)
    most = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else 0
    return {
        "model": label,
        "differences": f"{', '.join(f'{value:.0e}' for value in differences)} ({verdict})",
        "repeats": "yes" if repeats else "NO",
        **times,
        "memory": f"{most / 2**20:.0f} MiB",
    }


class _Case:
    """A model, trained in several ways."""

    def __init__(self, spec: dict, dataset: dict, device: torch.device) -> None:
        self.spec, self.device = spec, device
        seeds = range(spec["seed"], spec["seed"] + max(AT_ONCE))
        self.seeds = [{"seed": seed} for seed in seeds]
        self.data = [generate(dataset | own)[::2] for own in self.seeds]  # samples, dictionary
        self.times: list[float] = []  # when every part of a curve was done

    def _note(self, *_: Any) -> None:
        self.times.append(time.perf_counter())

    def train_alone(
        self, epochs: int, train: Callable[..., Result], where: torch.device, *how: Any
    ) -> Result:
        run = self.spec | {"epochs": epochs}, *self.data[0], where
        return train(*run, self._note, None, *how)

    def train_together(self, epochs: int, count: int) -> list[Any]:
        specs = [self.spec | own | {"epochs": epochs} for own in self.seeds[:count]]
        wrap = CapturedRuns if self.device.type == "cuda" else run_as_it_is
        samples, dictionaries = zip(*self.data[:count], strict=True)
        run = specs, samples, dictionaries, self.device, wrap, self._note
        return many_runs.train_together(*run)

    def ms_per_step(self, train: Callable[..., Any], *how: Any, runs: int = 1) -> str:
        self.times = []
        train(*how)
        parts = self.times[-TIMED // CHUNK :]  # the first one has the start in it
        n = len(self.data[0][0])
        groups = training.group_batches(n, self.spec["batch_size"], self.spec["partial_batch"])
        steps = (len(parts) - 1) * CHUNK * sum(map(len, groups))
        return f"{1e3 * (parts[-1] - parts[0]) / steps / runs:.3f}"


def _apart(found: Result, expected: Result) -> float:
    a, b = (
        np.array([np.nan_to_num(values) for values in result.curve.values()])  # epoch 0: no loss
        for result in (found, expected)
    )
    return float(np.abs(a - b).max())


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
