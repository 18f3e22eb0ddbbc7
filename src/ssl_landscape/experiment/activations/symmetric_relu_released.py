"""Symmetric ReLU in the form of the authors' released code."""

from collections.abc import Callable

import torch
from torch import Tensor


def symmetric_relu_released(
    linear: Tensor, bias: Tensor, normalise: Callable[[Tensor], Tensor]
) -> Tensor:
    """Return ReLU(y) - ReLU(2b - y) with y = Wa + b, batch-normalised where there is batch norm.

    Without batch norm it is Eq. 14 with the threshold -b. With batch norm, b no longer shifts y.

    Args:
        linear: Wa, (n, m).
        bias: b, (m,).
        normalise: batch norm, or the identity.
    """
    y = normalise(linear + bias)
    return torch.relu(y) - torch.relu(2 * bias - y)
