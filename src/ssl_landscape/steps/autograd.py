"""The step for any blocks: the loss as they write it, its gradient by autograd."""

from collections.abc import Callable

import torch
from torch import Tensor

from ssl_landscape.networks import Network
from ssl_landscape.steps.descent import Descent


class AutogradStep:
    """Views, loss, gradient by autograd, descent."""

    grad_mode = torch.no_grad  # turned off again for the loss alone

    def __init__(
        self,
        networks: list[Network],
        descents: list[Descent],
        augment: Callable[[Tensor], Tensor],
        update: Callable,
        loss: Callable,
        options: dict,
    ) -> None:
        """Bind the blocks of a run.

        Args:
            networks: online and target, or the one network.
            descents: one a network.
            augment: samples (n, p) -> views (2, n, p).
            update: a block of ``blocks.updates``.
            loss: a block of ``blocks.losses``.
            options: the loss's options.
        """
        self.networks, self.descents, self.augment = networks, descents, augment
        self.update, self.loss, self.options = update, loss, options

    def __call__(self, samples: Tensor, number: int) -> Tensor:
        """Train on one batch (n, p); return its loss."""
        first, second = self.augment(samples)
        with torch.enable_grad():
            value, learner = self.update(self.networks, first, second, number, self._loss)
            gradients = torch.autograd.grad(value, learner.parameters, materialize_grads=True)
        self.descents[self.networks.index(learner)].step(gradients)
        return value.detach()

    def _loss(self, first: Tensor, second: Tensor) -> Tensor:
        return self.loss(first, second, **self.options)
