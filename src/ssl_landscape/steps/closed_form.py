"""The fast step: every gradient written out, every large tensor in a buffer of its own."""

from collections.abc import Callable

import torch
from torch import Tensor

from ssl_landscape.networks import Network
from ssl_landscape.steps.branch import Branch
from ssl_landscape.steps.descent import Descent


class ClosedFormStep:
    """Views, loss, gradient in closed form, descent."""

    grad_mode = torch.inference_mode  # every operation costs less than under no_grad

    def __init__(
        self,
        networks: list[Network],
        descents: list[Descent],
        augment: Callable[[Tensor, Tensor], Tensor],
        activation: type,
        update: Callable,
        gradient: Callable,
        options: dict,
    ) -> None:
        """Bind the blocks of a run.

        Args:
            networks: online and target, or the one network.
            descents: one a network.
            augment: samples (n, p), place for the views (2, n, p) -> views.
            activation: ``ClosedForm`` of the activation's block.
            update: ``closed_form`` of the update's block.
            gradient: the loss's gradient in the form that the update wants.
            options: the loss's options.
        """
        self.networks, self.descents, self.augment = networks, descents, augment
        self.activation, self.update = activation, update
        self.gradient, self.options = gradient, options
        self.buffers: dict[int, tuple[Tensor, list[Branch]]] = {}  # by size of the batch

    def __call__(self, samples: Tensor, number: int) -> Tensor:
        """Train on one batch (n, p); return its loss."""
        views, branches = self._buffers(samples)
        self.augment(samples, views)
        loss, learner, gradients = self.update(
            self.networks, branches, views, number, self._gradient
        )
        self.descents[learner].step(gradients)
        return loss

    def _gradient(self, *tensors: Tensor) -> Tensor:
        return self.gradient(*tensors, **self.options)

    def _buffers(self, samples: Tensor) -> tuple[Tensor, list[Branch]]:
        if len(samples) not in self.buffers:
            views = samples.new_empty(2, *samples.shape)
            network = self.networks[-1]
            scratch = samples.new_empty(len(samples), len(network.weight))
            branches = [Branch(network, scratch, self.activation) for _ in views]
            self.buffers[len(samples)] = views, branches
        return self.buffers[len(samples)]
