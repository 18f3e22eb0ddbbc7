"""One training run, from the initial weights to the final ones.

A run is (model, sparsity, seed). Its resolved spec names every building block; the loop below is
the same for all of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ssl_landscape.experiment.checkpoint import Checkpoint, RunState
from ssl_landscape.experiment.curve import Curve, diverged
from ssl_landscape.experiment.networks import Network, build_networks
from ssl_landscape.experiment.registry import find_block, find_with_options, network_names
from ssl_landscape.experiment.seeds import derive_seed
from ssl_landscape.experiment.sgd import SGD

MASKED_AT_ONCE = 2048  # samples whose masks are drawn in one go, unless a batch is larger

RunEpoch = Callable[[Tensor, int], Tensor]  # order of the samples (n,), epoch -> losses (steps,)


@dataclass
class Result:
    """The outcome of a run: one row per epoch, and the tensors before and after."""

    curve: dict[str, np.ndarray]  # column -> (epochs + 1,)
    weights: dict[str, Tensor]  # "initial.online.encoder.0.weight", "final...", ...


def autograd_epoch(
    spec: dict, networks: list[Network], optimisers: list[SGD], x: Tensor, masks: torch.Generator
) -> RunEpoch:
    """Return the function that trains for one epoch, with gradients by autograd.

    Args:
        spec: the resolved spec of the run.
        networks: online and target, or the one network; they are changed in place.
        optimisers: one per network.
        x: samples, (n, p).
        masks: the stream of masks, on the device on which they are to be drawn.
    """
    update = find_with_options("updates", spec["update"])
    loss = find_with_options("losses", spec["loss"])
    mask = find_block("masks", spec["masks"]["scheme"])
    groups = group_batches(len(x), spec["batch_size"], spec["partial_batch"])
    steps = sum(len(group) for group in groups)

    def views_of_batches(order: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        for group in groups:
            start, stop = group[0].start, group[-1].stop
            samples = x[order[start:stop]].to(masks.device)
            views = mask(samples, spec["masks"]["keep"], masks).to(x.device)  # (2, n, p)
            for batch in group:
                first, second = views[:, batch.start - start : batch.stop - start]
                yield first, second

    def run_epoch(order: Tensor, epoch: int) -> Tensor:
        losses = []
        for number, (first, second) in enumerate(views_of_batches(order), start=epoch * steps):
            turns = update(networks, first, second, number, loss)
            gradients = [
                torch.autograd.grad(value, list(learner.parameters()), materialize_grads=True)
                for value, learner in turns
            ]
            with torch.no_grad():
                for (_, learner), of_parameters in zip(turns, gradients, strict=True):
                    optimisers[networks.index(learner)].step(list(of_parameters))
            losses.append(torch.stack([value.detach() for value, _ in turns]).mean())
        return torch.stack(losses)

    return run_epoch


def train(
    spec: dict,
    samples: np.ndarray,
    dictionary: np.ndarray,
    device: torch.device,
    progress: Callable[[int, float, float], None] = lambda epoch, loss, cosine: None,
    checkpoint: Checkpoint | None = None,
    make_epoch: Callable[..., RunEpoch] = autograd_epoch,
) -> Result:
    """Train the model of ``spec`` (section 4.2) in the samples' precision.

    Args:
        spec: the resolved spec of the run.
        samples: x, (n, p).
        dictionary: M, (p, d) float32; used for the metrics and a warm start only.
        device: where to train; data and initial weights are drawn on the CPU in any case.
        progress: called now and then with epoch, loss and minimum max-cosine.
        checkpoint: where the state of a long run is saved, and from where it resumes.
        make_epoch: what returns the function for an epoch, as :func:`autograd_epoch` does.

    Raises:
        DivergedError: a loss or weight is not finite; names model, sparsity, seed and epoch.
    """
    # One independent stream per purpose: more masks never shift the order of the batches.
    weights_stream = _stream(spec, "weights", torch.device("cpu"))
    order_stream = _stream(spec, "order", torch.device("cpu"))
    masks_stream = _stream(spec, "masks", device)

    x, M = torch.from_numpy(samples).to(device), torch.from_numpy(dictionary)
    names = network_names(spec["update"]["name"])
    networks = build_networks(spec, len(names), M, weights_stream)
    initial = _snapshot("initial", names, networks)
    for network in networks:
        network.to(x)  # its device and precision
    optimisers = [SGD(network, spec) for network in networks]

    curve = Curve(spec, networks, M.to(x), progress)
    run_epoch = make_epoch(spec, networks, optimisers, x, masks_stream)
    state = RunState(networks, optimisers, [order_stream, masks_stream], curve)
    first = state.resume(checkpoint) if checkpoint else 0
    for epoch in range(first, spec["epochs"]):
        losses = run_epoch(torch.randperm(len(x), generator=order_stream), epoch)
        curve.end_epoch(losses)
        if checkpoint and curve.is_settled and checkpoint.is_due():
            state.save(checkpoint)
    columns = curve.finish()

    final = _snapshot("final", names, networks)
    if not all(tensor.isfinite().all() for tensor in final.values()):
        raise diverged(spec, "weights", spec["epochs"])
    return Result(columns, initial | final)


def group_batches(n: int, size: int, partial: str) -> list[list[slice]]:
    """Cut an epoch's order of n samples into batches, grouped by whose masks are drawn together.

    ``partial`` says what becomes of an incomplete last batch: ``keep`` or ``drop``.
    """
    end = n - n % size if partial == "drop" else n
    groups: list[list[slice]] = []
    for start in range(0, end, size):
        batch = slice(start, min(start + size, n))
        if groups and batch.stop - groups[-1][0].start <= MASKED_AT_ONCE:
            groups[-1].append(batch)
        else:
            groups.append([batch])
    return groups


def _stream(spec: dict, purpose: str, device: torch.device) -> torch.Generator:
    seed = derive_seed(spec["model"], spec["sparsity"], spec["seed"], purpose)
    return torch.Generator(device).manual_seed(seed)


def _snapshot(moment: str, names: tuple[str, ...], networks: list[Network]) -> dict[str, Tensor]:
    return {
        f"{moment}.{name}.{key}": tensor.detach().cpu().clone()
        for name, network in zip(names, networks, strict=True)
        for key, tensor in network.named_parameters()
    }
