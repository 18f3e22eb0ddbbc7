"""Symmetric ReLU as the paper writes it (Eq. 14)."""

from collections.abc import Callable

import torch
from torch import Tensor


def symmetric_relu(linear: Tensor, bias: Tensor, normalise: Callable[[Tensor], Tensor]) -> Tensor:
    """Return SReLU_b(y) = ReLU(y - b) - ReLU(-y - b) with y = Wa (Eq. 14).

    For b = 0 it is the identity.

    Args:
        linear: Wa, (n, m).
        bias: the threshold b, (m,).
        normalise: batch norm, or the identity.
    """
    y = normalise(linear)
    return torch.relu(y - bias) - torch.relu(-y - bias)
