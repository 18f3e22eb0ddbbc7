"""One network, both views in both roles, with stop-gradient (SimSiam)."""

from collections.abc import Callable

import torch
from torch import Tensor

from ssl_landscape.experiment.fast.layers import Branch
from ssl_landscape.experiment.networks import Network

networks_needed = 1
roles = [(0, 0)]
both_learn = True  # whether the second view has a gradient
closed_form_gradient = "gradient_of_first"


def symmetrised(
    networks: list[Network], first: Tensor, second: Tensor, step: int, loss: Callable
) -> tuple[Tensor, Network]:
    """L(p1, SG(z2)) / 2 + L(p2, SG(z1)) / 2 with z = h(a), p = predictor(z) (Chen & He, 2021).

    Args:
        networks: the one network.
        first: first views, (batch, p).
        second: second views, (batch, p).
        step: not used.
        loss: f(prediction, representation) -> scalar.

    Returns:
        The loss and the network.
    """
    (network,) = networks
    z1, z2 = network.represent(first), network.represent(second)
    forth = loss(network.predict(z1), z2.detach())
    back = loss(network.predict(z2), z1.detach())
    return (forth + back) / 2, network


def closed_form(
    branches: list[Branch], views: tuple[Tensor, Tensor], gradient: Callable
) -> tuple[Tensor, list[Tensor]]:
    """Do the same without autograd; return the loss and its gradients."""
    representations = [branch.represent(view) for branch, view in zip(branches, views, strict=True)]
    predictions = [
        branch.predict(own) for branch, own in zip(branches, representations, strict=True)
    ]
    gradients = [torch.empty_like(prediction) for prediction in predictions]
    losses = [
        gradient(prediction, other, out, branches[0].scratch)
        for prediction, other, out in zip(
            predictions, reversed(representations), gradients, strict=True
        )
    ]
    forth, back = (
        branch.backward(of_prediction)
        for branch, of_prediction in zip(branches, gradients, strict=True)
    )
    halves = [one.add_(other).div_(2) for one, other in zip(forth, back, strict=True)]
    return (losses[0] + losses[1]) / 2, halves
