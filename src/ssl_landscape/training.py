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

from ssl_landscape.blocks import find_block, update_networks
from ssl_landscape.history import History, diverged
from ssl_landscape.networks import Network, build_networks
from ssl_landscape.seeds import derive_seed

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

    update = find_block("updates", spec["update"])
    augment = find_block("masks", spec["masks"]["scheme"])
    keep = spec["masks"]["keep"]
    loss = _bind_loss(spec["loss"])
    project = find_block("projections", spec["weight_normalisation"])
    optimisers = [_SGD(network, spec) for network in networks]
    batches = _batches(len(x), spec["batch_size"], spec["partial_batch"])
    history = History(spec, networks, M.to(device), len(batches), progress)

    step = 0
    for _ in range(spec["epochs"]):
        order = torch.randperm(len(x), generator=order_stream).to(device)
        for batch in batches:
            # Fresh masks every step.
            first, second = augment(x.index_select(0, order[batch]), keep, masks_stream)
            value, learner = update(networks, first, second, step, loss)
            optimisers[networks.index(learner)].step(value)
            project(learner.weight.detach())
            history.add_loss(value)
            step += 1
        history.end_epoch()
    curve, final = history.finish(), _snapshot("final", networks)
    if not all(tensor.isfinite().all() for tensor in final.values()):
        raise diverged(spec, "weights", spec["epochs"])
    return Result(curve, initial | final)


class _SGD:
    """Stochastic gradient descent with optional momentum and weight decay."""

    def __init__(self, network: Network, spec: dict) -> None:
        self.parameters = network.parameters
        self.rate = spec["learning_rate"]
        self.momentum, self.decay = spec["momentum"], spec["weight_decay"]
        self.velocity = [torch.zeros_like(p) for p in self.parameters] if self.momentum else None

    def step(self, loss: Tensor) -> None:
        """Move the network's parameters one step down the gradient of ``loss``."""
        gradients = torch.autograd.grad(loss, self.parameters, materialize_grads=True)
        with torch.no_grad():
            if self.decay:
                gradients = [
                    g.add(p, alpha=self.decay)
                    for g, p in zip(gradients, self.parameters, strict=True)
                ]
            if self.velocity:
                for v, g in zip(self.velocity, gradients, strict=True):
                    v.mul_(self.momentum).add_(g)
                gradients = self.velocity
            for parameter, gradient in zip(self.parameters, gradients, strict=True):
                parameter.sub_(gradient, alpha=self.rate)


def _stream(spec: dict, purpose: str, device: torch.device) -> torch.Generator:
    seed = derive_seed(spec["model"], spec["sparsity"], spec["seed"], purpose)
    return torch.Generator(device).manual_seed(seed)


def _batches(n: int, size: int, partial: str) -> list[slice]:
    stop = n - n % size if partial == "drop" else n
    return [slice(start, min(start + size, n)) for start in range(0, stop, size)]


def _bind_loss(entry: dict) -> Callable:
    loss = find_block("losses", entry["name"])
    options = {key: value for key, value in entry.items() if key != "name"}
    return lambda first, second: loss(first, second, **options)


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
