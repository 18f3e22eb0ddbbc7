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

from ssl_landscape.experiment.checkpoint import Checkpoint, RunState
from ssl_landscape.experiment.curve import History, diverged
from ssl_landscape.experiment.fast import make_step
from ssl_landscape.experiment.fast.cuda_graph import CapturedEpoch
from ssl_landscape.experiment.fast.epoch import Epoch, cut_batches
from ssl_landscape.experiment.fast.workspace import Workspace
from ssl_landscape.experiment.networks import Network, build_networks
from ssl_landscape.experiment.registry import find_block, update_networks, update_period
from ssl_landscape.experiment.seeds import derive_seed

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
    checkpoint: Checkpoint | None = None,
) -> Result:
    """Train the model of ``spec`` (section 4.2).

    Args:
        spec: the resolved spec of the run.
        samples: x, (n, p) float32.
        dictionary: M, (p, d) float32; used for the metrics and a warm start only.
        device: where to train; data and initial weights are drawn on the CPU in any case.
        progress: called now and then with epoch, loss and minimum max-cosine.
        checkpoint: where a long run is saved now and then, and goes on from.

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

    workspace = Workspace(device)
    step = make_step(spec, networks, workspace)
    with step.grad_mode():
        history = History(spec, networks, M.to(device), progress)
        batches = cut_batches(len(x), spec["batch_size"], spec["partial_batch"])
        run_epoch = Epoch(step, _augmentation(spec, masks_stream), x, batches, workspace)
        state = RunState(networks, step.descents, [order_stream, masks_stream], history, run_epoch)
        first = state.resume(checkpoint) if checkpoint else 0
        if device.type == "cuda":
            run_epoch = CapturedEpoch(run_epoch, update_period(spec["update"]), masks_stream)
        for _ in range(first, spec["epochs"]):
            run_epoch(torch.randperm(len(x), generator=order_stream))
            history.end_epoch(run_epoch.losses)
            if checkpoint and history.is_settled and checkpoint.is_due():
                state.save(checkpoint)
        curve = history.finish()
    final = _snapshot("final", networks)
    if not all(tensor.isfinite().all() for tensor in final.values()):
        raise diverged(spec, "weights", spec["epochs"])
    return Result(curve, initial | final)


def _stream(spec: dict, purpose: str, device: torch.device) -> torch.Generator:
    seed = derive_seed(spec["model"], spec["sparsity"], spec["seed"], purpose)
    return torch.Generator(device).manual_seed(seed)


def _augmentation(
    spec: dict, masks: torch.Generator
) -> Callable[[Tensor, Tensor, Workspace], Tensor]:
    """Return f(samples (n, p), place for the views (2, n, p), workspace)."""
    scheme, keep = find_block("masks", spec["masks"]["scheme"]), spec["masks"]["keep"]
    return lambda samples, views, workspace: scheme(samples, keep, masks, views, workspace)


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
