"""Many runs at once, for a GPU: each parameter stacked over the runs, one operation for all.

The runs' initial weights, orders, masks and curves are those that each run has by itself: nothing
of a run depends on which others are trained beside it, but for the rounding of batched products.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from ssl_landscape.errors import DivergedError
from ssl_landscape.experiment.curve import CHUNK, Curve, diverged
from ssl_landscape.experiment.networks import Network, build_networks
from ssl_landscape.experiment.registry import find_block, find_with_options, network_names
from ssl_landscape.experiment.seeds import derive_seed
from ssl_landscape.experiment.sgd import SGD
from ssl_landscape.experiment.training import Result, RunEpoch, group_batches

# Of an epoch (orders (runs, n), epoch -> losses (steps, runs)), n, the epochs until the networks'
# roles repeat, and the streams of masks: what runs it, as a CUDA graph, say.
Wrap = Callable[[RunEpoch, int, int, list[torch.Generator]], RunEpoch]


class OneRun:
    """What a run has of its own."""

    def __init__(self, spec: dict, dictionary: np.ndarray, x: Tensor) -> None:
        """Draw the initial weights, as a run by itself does; x tells device and precision."""
        self.spec, self.M, device = spec, torch.from_numpy(dictionary), x.device
        self.names = network_names(spec["update"]["name"])
        self.order, self.masks = self._stream("order"), self._stream("masks", device)
        self.networks = build_networks(spec, len(self.names), self.M, self._stream("weights"))
        self.initial = self.snapshot("initial")
        self.error: DivergedError | None = None
        for network in self.networks:
            network.to(x)

    def _stream(self, purpose: str, device: torch.device | str = "cpu") -> torch.Generator:
        spec = self.spec
        seed = derive_seed(spec["model"], spec["sparsity"], spec["seed"], purpose)
        return torch.Generator(device).manual_seed(seed)

    def snapshot(self, moment: str) -> dict[str, Tensor]:
        """Copy the parameters, as ``<moment>.<network>.<parameter>``."""
        return {
            f"{moment}.{name}.{key}": tensor.detach().cpu().clone()
            for name, network in zip(self.names, self.networks, strict=True)
            for key, tensor in network.named_parameters()
        }

    def start_curve(self) -> None:
        """Watch the networks, which lie where they are trained by now."""
        M = self.M.to(self.networks[0].weight)
        self.curve = Curve(self.spec, self.networks, M, lambda *_: None)

    def extend_curve(self, losses: list[Tensor], weights: list[Tensor]) -> None:
        """Add epochs: the losses of all, the networks' W after all but the last, which are here."""
        self.curve.losses += losses[:-1]
        self.curve.weights += weights
        try:
            self.curve.end_epoch(losses[-1][None])
        except DivergedError as error:
            self.error = error

    def finish(self) -> Result | DivergedError:
        """Return the run's outcome."""
        try:
            curve, final = self.curve.finish() if not self.error else {}, self.snapshot("final")
        except DivergedError as error:
            self.error = error
        if self.error:
            return self.error
        if not all(tensor.isfinite().all() for tensor in final.values()):
            return diverged(self.spec, "weights", self.spec["epochs"])
        return Result(curve, self.initial | final)


class Stacked:
    """The online networks of all runs, or the target ones, as :class:`SGD` takes a network."""

    def __init__(self, parameters: list[Tensor]) -> None:
        """Take the parameters, (runs, ...) each, of which the encoder's W is the first."""
        self._parameters, self.weight = parameters, parameters[0]

    def parameters(self) -> list[Tensor]:
        """Return them in the network's order."""
        return self._parameters


class Step(nn.Module):
    """The losses of one run's step, as a function of its parameters."""

    def __init__(self, spec: dict, networks: list[Network]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)  # lend their structure, and what is not trained
        self.update = find_with_options("updates", spec["update"])
        self.loss = find_with_options("losses", spec["loss"])
        self.learners: list[int] = []  # in the step before

    def forward(self, first: Tensor, second: Tensor, number: int) -> tuple[Tensor, ...]:
        """Return the loss of each network that learns."""
        networks = list(self.networks)
        turns = self.update(networks, first, second, number, self.loss)
        self.learners = [networks.index(learner) for _, learner in turns]
        return tuple(value for value, _ in turns)


class EpochOfRuns:
    """Trains all runs for one epoch, with gradients by autograd."""

    def __init__(self, spec: dict, runs: list[OneRun], x: Tensor) -> None:
        """Stack the runs' parameters; their own become views of the stacked ones.

        Args:
            spec: the resolved spec of one of the runs.
            runs: all of them.
            x: samples, (runs, n, p).
        """
        self.x, self.streams = x, [run.masks for run in runs]
        self.keep, self.mask = spec["masks"]["keep"], find_block("masks", spec["masks"]["scheme"])
        self.groups = group_batches(x.shape[1], spec["batch_size"], spec["partial_batch"])
        self.steps = sum(map(len, self.groups))
        self.numbers = torch.arange(len(runs), device=x.device)[:, None]
        self.step = Step(spec, runs[0].networks)
        structures = [nn.ModuleList(run.networks) for run in runs]
        of_runs = [dict(structure.named_parameters()) for structure in structures]
        self.parameters = {name: _stack([own[name] for own in of_runs]) for name in of_runs[0]}
        names = {parameter: name for name, parameter in of_runs[0].items()}
        self.stacks = [
            Stacked([self.parameters[names[parameter]] for parameter in network.parameters()])
            for network in runs[0].networks
        ]
        self.optimisers = [_sgd(stack, spec) for stack in self.stacks]

    def __call__(self, orders: Tensor, epoch: int) -> Tensor:
        """Train on the samples in ``orders``, (runs, n); return the losses, (steps, runs)."""
        losses: list[Tensor] = []
        for group in self.groups:
            start, stop = group[0].start, group[-1].stop
            samples = self.x[self.numbers, orders[:, start:stop]]  # (runs, batch, p)
            each = zip(samples, self.streams, strict=True)
            views = torch.stack([self.mask(own, self.keep, stream) for own, stream in each])
            for batch in group:
                first, second = views[:, :, batch.start - start : batch.stop - start].unbind(1)
                losses.append(self._step(first, second, epoch * self.steps + len(losses)))
        return torch.stack(losses)

    def _step(self, first: Tensor, second: Tensor, number: int) -> Tensor:
        def losses_of_one(parameters: dict[str, Tensor], *views: Tensor) -> tuple[Tensor, ...]:
            for value in parameters.values():
                value._is_param = True  # type: ignore[attr-defined]  # what an nn.Parameter has
            own = {f"networks.{name}": value for name, value in parameters.items()}
            # A predictor that two networks share is one module: it need not be tied.
            return functional_call(self.step, own, (*views, number), tie_weights=False)

        values = torch.vmap(losses_of_one)(self.parameters, first, second)  # (runs,) each
        gradients = [  # no run enters another's loss: the sum has the gradient of each
            torch.autograd.grad(
                value.sum(), self.stacks[learner].parameters(), materialize_grads=True
            )
            for value, learner in zip(values, self.step.learners, strict=True)
        ]
        with torch.no_grad():
            for learner, of_parameters in zip(self.step.learners, gradients, strict=True):
                self.optimisers[learner].step(list(of_parameters))
        return torch.stack([value.detach() for value in values]).mean(0)


def _stack(parameters: list[Tensor]) -> Tensor:
    stacked = torch.stack([parameter.detach() for parameter in parameters])
    for parameter, own in zip(parameters, stacked.unbind(), strict=True):
        parameter.data = own
    return stacked.requires_grad_()


def _sgd(stack: Stacked, spec: dict) -> SGD:
    optimiser = SGD(stack, spec)  # type: ignore[arg-type]
    normalise = optimiser.normalise
    optimiser.normalise = lambda weight: [normalise(own) for own in weight.unbind()]
    return optimiser


def run_as_it_is(
    run_epoch: RunEpoch, n: int, period: int, streams: list[torch.Generator]
) -> RunEpoch:
    """Return ``run_epoch``: no graph."""
    return run_epoch


def train_together(
    specs: Sequence[dict],
    samples: Sequence[np.ndarray],
    dictionaries: Sequence[np.ndarray],
    device: torch.device,
    wrap: Wrap = run_as_it_is,
    progress: Callable[[int], None] = lambda epoch: None,
) -> list[Result | DivergedError]:
    """Train runs of one model at once, each as :func:`training.train` does by itself.

    Args:
        specs: the resolved specs; they differ in sparsity and seed alone.
        samples: x of each run, (n, p).
        dictionaries: M of each run, (p, d) float32.
        device: where to train.
        wrap: makes of an epoch what runs it.
        progress: called with the number of epochs now and then.

    Returns:
        The result of each run, or the error of one that diverged.
    """
    x = torch.stack([torch.from_numpy(own) for own in samples]).to(device)
    runs = [OneRun(*own, x) for own in zip(specs, dictionaries, strict=True)]
    epochs = EpochOfRuns(specs[0], runs, x)
    for run in runs:
        run.start_curve()
    n, period = x.shape[1], len(runs[0].networks)
    run_epoch = wrap(epochs, n, period, epochs.streams)
    losses: list[Tensor] = []  # (runs,), of the epochs since the last part of the curves
    weights: list[list[Tensor]] = []  # (runs, m, p) of each network, likewise
    for epoch in range(specs[0]["epochs"]):
        orders = torch.stack([torch.randperm(n, generator=run.order) for run in runs])
        losses.append(run_epoch(orders.to(device), epoch).mean(0))
        if len(losses) == CHUNK or epoch == specs[0]["epochs"] - 1:
            for r, run in enumerate(runs):
                if not run.error:
                    kept = [stacked[r] for of_epoch in weights for stacked in of_epoch]
                    run.extend_curve([of_epoch[r] for of_epoch in losses], kept)
            losses, weights = [], []
            progress(epoch + 1)
        else:
            weights.append([stack.weight.detach().clone() for stack in epochs.stacks])
    return [run.finish() for run in runs]
