"""The step for any blocks: the loss as they write it, its gradient by autograd."""

from collections.abc import Callable

import torch
from torch import Tensor

from ssl_landscape.experiment.networks import Network
from ssl_landscape.experiment.sgd import Descent


class AutogradStep:
    """Loss, gradient by autograd, descent."""

    grad_mode = torch.no_grad  # turned off again for the loss alone

    def __init__(
        self,
        networks: list[Network],
        descents: list[Descent],
        update: Callable,
        loss: Callable,
        options: dict,
    ) -> None:
        """Bind the blocks of a run.

        Args:
            networks: online and target, or the one network.
            descents: one a network.
            update: a block of ``blocks.updates``.
            loss: a block of ``blocks.losses``.
            options: the loss's options.
        """
        self.networks, self.descents = networks, descents
        self.update, self.loss, self.options = update, loss, options

    def __call__(self, first: Tensor, second: Tensor, number: int) -> Tensor:
        """Train on the two views of a batch, (n, p) each; return the loss."""
        with torch.enable_grad():
            value, learner = self.update(self.networks, first, second, number, self._loss)
            gradients = torch.autograd.grad(value, learner.parameters, materialize_grads=True)
        self.descents[self.networks.index(learner)].step(list(gradients))
        return value.detach()

    def _loss(self, first: Tensor, second: Tensor) -> Tensor:
        return self.loss(first, second, **self.options)
