"""Stochastic gradient descent, and the normalisation of the weights after each step."""

import torch
from torch import Tensor

from ssl_landscape.experiment.networks import Network
from ssl_landscape.experiment.registry import find_block


class SGD:
    """SGD of one network with optional momentum, weight decay and normalised weights."""

    def __init__(self, network: Network, spec: dict) -> None:
        """Prepare to train ``network`` with the learning rate and the like of ``spec``."""
        self.weight = network.weight
        self.parameters: list[Tensor] = list(network.parameters())
        self.learning_rate = spec["learning_rate"]
        self.momentum, self.weight_decay = spec["momentum"], spec["weight_decay"]
        self.velocity = [torch.zeros_like(p) for p in self.parameters] if self.momentum else []
        self.normalise = find_block("weight_normalisation", spec["weight_normalisation"])

    def step(self, gradients: list[Tensor]) -> None:
        """Move the parameters against ``gradients``, which are in the parameters' order.

        Call it without gradient tracking.
        """
        if self.weight_decay:
            gradients = [
                g.add(p, alpha=self.weight_decay)
                for g, p in zip(gradients, self.parameters, strict=True)
            ]
        if self.velocity:
            for v, g in zip(self.velocity, gradients, strict=True):
                v.mul_(self.momentum).add_(g)
            gradients = self.velocity
        torch._foreach_sub_(self.parameters, gradients, alpha=self.learning_rate)
        self.normalise(self.weight)
