"""Updates without autograd: each step returns the loss, and per learner its parameters' gradients.

``roles`` are the networks of both views in each step of a period; the first one learns, the second
one too if ``both_learn``. ``step`` is called with the passes of both views' networks, with both
views, (p, n) each, with the number of the step, and with the loss.
"""

from collections.abc import Callable

import numpy as np

from ssl_landscape.experiment.fast.kernels import Array
from ssl_landscape.experiment.fast.layers import Layers
from ssl_landscape.experiment.updates.moving_average import follow

Outcome = tuple[float, list[list[Array]]]


class alternating:
    """One network learns from the other, in turn (Eqs. 4, 5)."""

    roles, both_learn = ((0, 1), (1, 0)), False

    @staticmethod
    def step(
        learner: Layers, teacher: Layers, views: Array, number: int, loss: Callable
    ) -> Outcome:
        """Let the first network learn from the second."""
        target = teacher.represent(views[1])
        prediction = learner.predict(learner.represent(views[0]))
        # The gradient overwrites the target, which is not needed any more.
        value = loss(prediction, target, target)
        return value, [learner.backward(target)]


class simultaneous:
    """Each network learns from the other, from the same weights and views."""

    roles, both_learn = ((0, 1),), True

    @staticmethod
    def step(online: Layers, target: Layers, views: Array, number: int, loss: Callable) -> Outcome:
        """Let both networks learn."""
        value, g1, g2 = _crosswise(online, target, views, loss)
        return value, [online.backward(g1), target.backward(g2)]


class moving_average:
    """The target follows the online network as a moving average (BYOL)."""

    roles, both_learn = ((0, 1),), False

    def __init__(self, decay: float) -> None:
        self.decay = decay

    def step(
        self, online: Layers, target: Layers, views: Array, number: int, loss: Callable
    ) -> Outcome:
        """Let the online network learn from the target."""
        follow(online.network, target.network, number, self.decay)
        return alternating.step(online, target, views, number, loss)


class shared:
    """Both views through the same weights, gradient through both (Eq. 9)."""

    roles, both_learn = ((0, 0),), True

    @staticmethod
    def step(first: Layers, second: Layers, views: Array, number: int, loss: Callable) -> Outcome:
        """Let the network learn from both passes."""
        z1, z2 = first.represent(views[0]), second.represent(views[1])
        both = np.hstack([first.predict(z1), second.predict(z2)])  # (m, 2n)
        gradient = np.empty_like(both)
        value = loss(both, gradient)
        g1, g2 = map(np.ascontiguousarray, np.hsplit(gradient, 2))
        return value, [_sums(first.backward(g1), second.backward(g2))]


class symmetrised:
    """Both views in both roles, with stop-gradient (SimSiam)."""

    roles, both_learn = ((0, 0),), True

    @staticmethod
    def step(first: Layers, second: Layers, views: Array, number: int, loss: Callable) -> Outcome:
        """Let the network learn from both passes."""
        value, g1, g2 = _crosswise(first, second, views, loss)
        sums = _sums(first.backward(g1), second.backward(g2))
        return value, [[np.multiply(gradient, 0.5, out=gradient) for gradient in sums]]


def _crosswise(
    first: Layers, second: Layers, views: Array, loss: Callable
) -> tuple[float, Array, Array]:
    """Return the mean of L(p1, z2) and L(p2, z1), and the gradient of each in its p."""
    z1, z2 = first.represent(views[0]), second.represent(views[1])
    p1, p2 = first.predict(z1), second.predict(z2)
    g1, g2 = np.empty_like(p1), np.empty_like(p2)
    value = (loss(p1, z2, g1) + loss(p2, z1, g2)) / 2
    return value, g1, g2


def _sums(first: list[Array], second: list[Array]) -> list[Array]:
    return [np.add(one, other, out=one) for one, other in zip(first, second, strict=True)]
