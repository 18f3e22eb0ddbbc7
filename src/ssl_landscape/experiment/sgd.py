"""Stochastic gradient descent, and what is done to the weights after it."""

import torch
from torch import Tensor

from ssl_landscape.experiment.networks import Network
from ssl_landscape.experiment.registry import find_block


class Descent:
    """SGD of one network with optional momentum, weight decay and normalised weights."""

    def __init__(self, network: Network, spec: dict) -> None:
        """Start the descent of ``network`` with the rates of ``spec``."""
        self.weight, self.parameters = network.weight, network.parameters
        self.rate = spec["learning_rate"]
        self.momentum, self.decay = spec["momentum"], spec["weight_decay"]
        self.velocity = [torch.zeros_like(p) for p in self.parameters] if self.momentum else None
        self.project = find_block("weight_normalisation", spec["weight_normalisation"])

    def step(self, gradients: list[Tensor]) -> None:
        """Move the parameters one step down ``gradients``, which has their order.

        Call it without gradient tracking.
        """
        if self.decay:
            gradients = [
                g.add(p, alpha=self.decay) for g, p in zip(gradients, self.parameters, strict=True)
            ]
        if self.velocity:
            for v, g in zip(self.velocity, gradients, strict=True):
                v.mul_(self.momentum).add_(g)
            gradients = self.velocity
        torch._foreach_sub_(self.parameters, gradients, alpha=self.rate)
        self.project(self.weight)
