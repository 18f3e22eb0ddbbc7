"""Alternating updates of an online and a target network (Eqs. 4, 5)."""

from collections.abc import Callable

import torch
from torch import Tensor

from ssl_landscape.experiment.networks import Network

NETWORKS = ("online", "target")


def alternating(
    networks: list[Network], first: Tensor, second: Tensor, step: int, loss: Callable
) -> list[tuple[Tensor, Network]]:
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
        The loss, and the network that learns from it.
    """
    learner, teacher = networks if step % 2 == 0 else reversed(networks)
    with torch.no_grad():  # the stop-gradient
        target = teacher.represent(second)
    return [(loss(learner.predict(learner.represent(first)), target), learner)]
