"""Stage 2: one training run, read from top to bottom.

A run is (model, sparsity, seed). Its resolved spec names every building block; the loop below is
the same for all of them.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ssl_landscape.blocks import update_networks, update_period
from ssl_landscape.history import History, diverged
from ssl_landscape.networks import Network, build_networks
from ssl_landscape.seeds import derive_seed
from ssl_landscape.steps import Step, make_step
from ssl_landscape.steps.capture import CapturedEpoch

log = logging.getLogger(__name__)


@dataclass
class Result:
    """What a run leaves: one row an epoch, and the tensors before and after."""

    curve: dict[str, np.ndarray]  # column -> (epochs + 1,)
    weights: dict[str, Tensor]  # "initial.online.encoder.0.weight", "final...", ...


def train(
    spec: dict,
    samples: np.ndarray,
    dictionary: np.ndarray,
    device: torch.device,
    progress: Callable[[int, float, float], None] = lambda epoch, loss, cosine: None,
) -> Result:
    """Train the model of ``spec`` (section 4.2).

    Args:
        spec: the resolved spec of the run.
        samples: x, (n, p) float32.
        dictionary: M, (p, d) float32; used for the metrics and a warm start only.
        device: where to train; data and initial weights are drawn on the CPU in any case.
        progress: called now and then with epoch, loss and minimum max-cosine.

    Raises:
        DivergedError: a loss or weight is not finite; names model, sparsity, seed and epoch.
    """
    # One independent stream a purpose: more masks never shift the batch order.
    weights_stream = _stream(spec, "weights", torch.device("cpu"))
    order_stream = _stream(spec, "order", torch.device("cpu"))
    masks_stream = _stream(spec, "masks", device)

    x = torch.from_numpy(samples).to(device)
    M = torch.from_numpy(dictionary)
    networks = build_networks(spec, update_networks(spec["update"]), M, weights_stream)
    initial = _snapshot("initial", networks)
    _move(networks, device)

    step = make_step(spec, networks, masks_stream)
    with step.grad_mode():
        batches = _batches(len(x), spec["batch_size"], spec["partial_batch"])
        history = History(spec, networks, M.to(device), progress)
        run_epoch = Epoch(step, x, batches)
        if device.type == "cuda":
            run_epoch = CapturedEpoch(run_epoch, update_period(spec["update"]), masks_stream)
        for _ in range(spec["epochs"]):
            run_epoch(torch.randperm(len(x), generator=order_stream))
            history.end_epoch(run_epoch.losses)
        curve = history.finish()
    final = _snapshot("final", networks)
    if not all(tensor.isfinite().all() for tensor in final.values()):
        raise diverged(spec, "weights", spec["epochs"])
    return Result(curve, initial | final)


class Epoch:
    """All samples once, in batches."""

    def __init__(self, step: Step, x: Tensor, batches: list[slice]) -> None:
        """Prepare epochs over ``x``, (n, p)."""
        self.step, self.x, self.steps_done = step, x, 0
        self.order = torch.zeros(len(x), dtype=torch.int64, device=x.device)
        self.losses = torch.zeros(len(batches), dtype=x.dtype, device=x.device)
        # Views made once: an epoch is short enough to notice.
        self.parts = [
            (self.order[batch], loss) for batch, loss in zip(batches, self.losses, strict=True)
        ]

    def __call__(self, order: Tensor) -> None:
        """Train on the samples in ``order``, (n,); leaves the steps' losses in ``losses``."""
        self.order.copy_(order)
        self.run()

    def run(self) -> None:
        """Train on the samples in the order that is set."""
        for chosen, loss in self.parts:
            loss.copy_(self.step(self.x.index_select(0, chosen), self.steps_done))
            self.steps_done += 1


def _stream(spec: dict, purpose: str, device: torch.device) -> torch.Generator:
    seed = derive_seed(spec["model"], spec["sparsity"], spec["seed"], purpose)
    return torch.Generator(device).manual_seed(seed)


def _batches(n: int, size: int, partial: str) -> list[slice]:
    stop = n - n % size if partial == "drop" else n
    return [slice(start, min(start + size, n)) for start in range(0, stop, size)]


def _snapshot(moment: str, networks: list[Network]) -> dict[str, Tensor]:
    names = ("online", "target") if len(networks) == 2 else ("encoder",)
    return {
        f"{moment}.{name}.{key}": tensor.detach().cpu().clone()
        for name, network in zip(names, networks, strict=True)
        for key, tensor in network.named_tensors()
    }


def _move(networks: list[Network], device: torch.device) -> None:
    for network in networks:
        for tensor in network.parameters:
            tensor.data = tensor.data.to(device)
