"""ReLU."""

from collections.abc import Callable

import torch
from torch import Tensor


def relu(linear: Tensor, bias: Tensor, normalise: Callable[[Tensor], Tensor]) -> Tensor:
    """Return h(a) = ReLU(Wa + b) (section 4.1).

    Args:
        linear: Wa, (n, m).
        bias: b, (m,).
        normalise: batch norm, or the identity.
    """
    return torch.relu(normalise(linear + bias))
