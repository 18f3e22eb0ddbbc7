"""An epoch: the samples in a new order, their views, one step per batch."""

import functools

import numpy as np
import torch
from torch import Tensor

from ssl_landscape.experiment.fast.blocks import find
from ssl_landscape.experiment.fast.kernels import Array, array_of
from ssl_landscape.experiment.fast.layers import Layers
from ssl_landscape.experiment.networks import Network
from ssl_landscape.experiment.registry import options_of
from ssl_landscape.experiment.sgd import SGD
from ssl_landscape.experiment.training import group_batches


class Epoch:
    """Trains on all samples once, in batches."""

    def __init__(
        self,
        spec: dict,
        networks: list[Network],
        optimisers: list[SGD],
        x: Tensor,
        masks: torch.Generator,
    ) -> None:
        """Prepare epochs; the arguments are those of ``training.autograd_epoch``."""
        self.networks, self.optimisers, self.x = networks, optimisers, array_of(x)
        self.groups = group_batches(len(x), spec["batch_size"], spec["partial_batch"])
        self.steps = sum(len(group) for group in self.groups)
        self.masks = find("masks", spec["masks"]["scheme"])(spec["masks"]["keep"], masks)
        self.activation = find("activations", spec["activation"])
        self.update = find("updates", spec["update"]["name"])(**options_of(spec["update"]))
        loss = find("losses", spec["loss"]["name"])
        self.loss = functools.partial(loss, **options_of(spec["loss"]))
        # For each size of a batch: its samples and views, and the pair of networks of each step.
        self.memory: dict[int, tuple[Array, Array, list[tuple[Layers, Layers]]]] = {}

    def __call__(self, order: Tensor, epoch: int) -> Tensor:
        """Train on the samples in ``order``, (n,); return the losses, (steps,)."""
        chosen, losses = array_of(order), np.empty(self.steps, self.x.dtype)
        with np.errstate(all="ignore"):  # the curve finds what is not finite
            self._run(chosen, losses, epoch * self.steps)
        return torch.from_numpy(losses)

    def _run(self, chosen: Array, losses: Array, number: int) -> None:
        for group in self.groups:
            start, stop, p = group[0].start, group[-1].stop, self.x.shape[1]
            masks = self.masks.draw(stop - start, p)
            for batch in group:
                of_batch = masks[:, p * (batch.start - start) : p * (batch.stop - start)]
                losses[number % self.steps] = self.step(of_batch, chosen[batch], number)
                number += 1

    def step(self, masks: Array, chosen: Array, number: int) -> float:
        """Train on the samples ``chosen``, (n,), with their masks; return the loss."""
        samples, views, pairs = self.memory.get(len(chosen)) or self._prepare(len(chosen))
        np.take(self.x, chosen, axis=0, out=samples, mode="clip")
        self.masks.apply(masks, samples.reshape(-1), views.reshape(2, -1))
        phase = number % len(pairs)
        loss, learned = self.update.step(*pairs[phase], views.transpose(0, 2, 1), number, self.loss)
        for learner, gradients in zip(self.update.roles[phase], learned, strict=False):
            self.optimisers[learner].step([torch.from_numpy(gradient) for gradient in gradients])
        return loss

    def _prepare(self, n: int) -> tuple[Array, Array, list[tuple[Layers, Layers]]]:
        samples, views = (np.empty((*k, n, self.x.shape[1]), self.x.dtype) for k in ((), (2,)))
        pairs = []
        for first, second in self.update.roles:
            learner = Layers(self.networks[first], n, self.activation, True)
            other = Layers(self.networks[second], n, self.activation, self.update.both_learn)
            pairs.append((learner, other))
        self.memory[n] = samples, views, pairs
        return self.memory[n]
