"""Updates without autograd: each returns the loss and the gradients of the learner's parameters.

``roles``: for each step of a period, the networks of the first view, which learns, and of the
second. ``both_learn``: whether a gradient goes back through the second view, too. ``gradient_of``:
the form of the loss that the update needs.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ssl_landscape.experiment.fast.layers import Layers

Pair = tuple[Layers, Layers]  # the networks of the two views
Views = tuple[Tensor, Tensor]


class alternating:
    """One network learns from the other, in turn (Eqs. 4, 5)."""

    roles = ((0, 1), (1, 0))
    both_learn = False
    gradient_of = "first"

    @staticmethod
    def step(pair: Pair, views: Views, loss: Callable) -> tuple[Tensor, list[Tensor]]:
        """Return the loss and its gradients."""
        learner, teacher = pair
        target = teacher.represent(views[1])
        prediction = learner.predict(learner.represent(views[0]))
        # The gradient overwrites the target, which is not needed any more.
        value = loss(prediction, target, target, learner.scratch)
        return value, learner.backward(target)


class shared:
    """Both views through the same weights, gradient through both (Eq. 9)."""

    roles = ((0, 0),)
    both_learn = True
    gradient_of = "both"

    @staticmethod
    def step(pair: Pair, views: Views, loss: Callable) -> tuple[Tensor, list[Tensor]]:
        """Return the loss and its gradients."""
        predictions = [
            layers.predict(layers.represent(view)) for layers, view in zip(pair, views, strict=True)
        ]
        both = torch.stack(predictions)
        gradient = torch.empty_like(both)
        value = loss(both, gradient)
        of_first, of_second = (
            layers.backward(part) for layers, part in zip(pair, gradient, strict=True)
        )
        return value, [one.add_(other) for one, other in zip(of_first, of_second, strict=True)]


class symmetrised:
    """Both views in both roles, with stop-gradient (SimSiam)."""

    roles = ((0, 0),)
    both_learn = True
    gradient_of = "first"

    @staticmethod
    def step(pair: Pair, views: Views, loss: Callable) -> tuple[Tensor, list[Tensor]]:
        """Return the loss and its gradients."""
        z1, z2 = (layers.represent(view) for layers, view in zip(pair, views, strict=True))
        p1, p2 = (layers.predict(z) for layers, z in zip(pair, (z1, z2), strict=True))
        g1, g2 = torch.empty_like(p1), torch.empty_like(p2)
        scratch = pair[0].scratch
        losses = loss(p1, z2, g1, scratch), loss(p2, z1, g2, scratch)
        of_first, of_second = pair[0].backward(g1), pair[1].backward(g2)
        halves = [one.add_(other).div_(2) for one, other in zip(of_first, of_second, strict=True)]
        return (losses[0] + losses[1]) / 2, halves
