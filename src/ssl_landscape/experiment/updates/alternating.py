"""Alternating updates of an online and a target network (Eqs. 4, 5)."""

from collections.abc import Callable

import torch
from torch import Tensor

from ssl_landscape.experiment.fast.layers import Branch
from ssl_landscape.experiment.networks import Network

networks_needed = 2
roles = [(0, 1), (1, 0)]
both_learn = False  # whether the second view has a gradient
closed_form_gradient = "gradient_of_first"


def alternating(
    networks: list[Network], first: Tensor, second: Tensor, step: int, loss: Callable
) -> tuple[Tensor, Network]:
    """Let one network learn from the other, in turn from batch to batch.

    Even steps minimise L(W_o, W_t) over the online network (and the predictor), odd steps
    L(W_t, W_o) over the target network; the other one is behind the stop-gradient.

    Args:
        networks: online and target.
        first: the learner's view, (batch, p).
        second: the other network's view, (batch, p).
        step: number of the step since the start, from 0.
        loss: f(prediction, representation) -> scalar.

    Returns:
        The loss and the network that learns from it.
    """
    learner, teacher = networks if step % 2 == 0 else reversed(networks)
    with torch.no_grad():  # the stop-gradient: no graph at all for this branch
        representation = teacher.represent(second)
    return loss(learner.predict(learner.represent(first)), representation), learner


def closed_form(
    branches: list[Branch], views: tuple[Tensor, Tensor], gradient: Callable
) -> tuple[Tensor, list[Tensor]]:
    """Do the same without autograd; return the loss and its gradients."""
    learner, teacher = branches
    representation = teacher.represent(views[1])
    prediction = learner.predict(learner.represent(views[0]))
    # The gradient goes over the representation, which is not used again.
    loss = gradient(prediction, representation, representation, learner.scratch)
    return loss, learner.backward(representation)
