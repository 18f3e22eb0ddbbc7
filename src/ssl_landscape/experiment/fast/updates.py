"""Updates without autograd: each returns the loss and the gradients of the learner's parameters.

They are called with the passes of the first view's network, which learns, and of the second view's,
with both views, (p, n) each, and with the loss.
"""

from collections.abc import Callable

import numpy as np

from ssl_landscape.experiment.fast.kernels import Array
from ssl_landscape.experiment.fast.layers import Layers

Outcome = tuple[float, list[Array]]

# The networks of both views in each step of a period.
ROLES = {"alternating": ((0, 1), (1, 0)), "shared": ((0, 0),), "symmetrised": ((0, 0),)}


def alternating(learner: Layers, teacher: Layers, views: Array, loss: Callable) -> Outcome:
    """Let one network learn from the other, in turn (Eqs. 4, 5)."""
    target = teacher.represent(views[1])
    prediction = learner.predict(learner.represent(views[0]))
    # The gradient overwrites the target, which is not needed any more.
    value = loss(prediction, target, target)
    return value, learner.backward(target)


def shared(first: Layers, second: Layers, views: Array, loss: Callable) -> Outcome:
    """Both views through the same weights, gradient through both (Eq. 9)."""
    z1, z2 = first.represent(views[0]), second.represent(views[1])
    both = np.hstack([first.predict(z1), second.predict(z2)])  # (m, 2n)
    gradient = np.empty_like(both)
    value = loss(both, gradient)
    g1, g2 = map(np.ascontiguousarray, np.hsplit(gradient, 2))
    return value, _sums(first.backward(g1), second.backward(g2))


def symmetrised(first: Layers, second: Layers, views: Array, loss: Callable) -> Outcome:
    """Both views in both roles, with stop-gradient (SimSiam)."""
    z1, z2 = first.represent(views[0]), second.represent(views[1])
    p1, p2 = first.predict(z1), second.predict(z2)
    g1, g2 = np.empty_like(p1), np.empty_like(p2)
    value = (loss(p1, z2, g1) + loss(p2, z1, g2)) / 2
    sums = _sums(first.backward(g1), second.backward(g2))
    return value, [np.multiply(gradient, 0.5, out=gradient) for gradient in sums]


def _sums(first: list[Array], second: list[Array]) -> list[Array]:
    return [np.add(one, other, out=one) for one, other in zip(first, second, strict=True)]
