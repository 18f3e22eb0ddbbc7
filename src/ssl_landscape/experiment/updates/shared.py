"""One network for both views, gradient through both (contrastive learning, Eq. 9)."""

from collections.abc import Callable

import torch
from torch import Tensor

from ssl_landscape.experiment.fast.layers import Branch
from ssl_landscape.experiment.networks import Network

networks_needed = 1
roles = [(0, 0)]
both_learn = True  # whether the second view has a gradient
closed_form_gradient = "gradient_of_both"


def shared(
    networks: list[Network], first: Tensor, second: Tensor, step: int, loss: Callable
) -> tuple[Tensor, Network]:
    """L(h(a1), h(a2)): both views through the same weights, no stop-gradient.

    Args:
        networks: the one network.
        first: first views, (batch, p).
        second: second views, (batch, p).
        step: not used.
        loss: f(representation, representation) -> scalar.

    Returns:
        The loss and the network.
    """
    (network,) = networks
    first, second = network.represent(first), network.represent(second)
    return loss(network.predict(first), network.predict(second)), network


def closed_form(
    branches: list[Branch], views: tuple[Tensor, Tensor], gradient: Callable
) -> tuple[Tensor, list[Tensor]]:
    """Do the same without autograd; return the loss and its gradients."""
    predictions = [
        branch.predict(branch.represent(view)) for branch, view in zip(branches, views, strict=True)
    ]
    both = torch.stack(predictions)
    of_both = torch.empty_like(both)
    loss = gradient(both, of_both)
    of_first, of_second = (
        branch.backward(of_view) for branch, of_view in zip(branches, of_both, strict=True)
    )
    return loss, [one.add_(other) for one, other in zip(of_first, of_second, strict=True)]
