"""Symmetric ReLU as the paper writes it (Eq. 14)."""

from collections.abc import Callable

import torch
from torch import Tensor


def symmetric_relu(linear: Tensor, bias: Tensor, normalise: Callable[[Tensor], Tensor]) -> Tensor:
    """SReLU_b(y) = ReLU(y - b) - ReLU(-y - b) with y = Wa (Eq. 14).

    For b = 0 it is the identity.

    Args:
        linear: Wa, (n, m).
        bias: the threshold b, (m,).
        normalise: batch norm, or the identity.
    """
    y = normalise(linear)
    return torch.relu(y - bias) - torch.relu(-y - bias)


class ClosedForm:
    """The same on a batch, y in hand, with buffers of its own and the gradient written out."""

    adds_bias = False  # y = Wa

    def __init__(self, like: Tensor) -> None:
        """Make buffers for batches like ``like``, (n, m)."""
        self.output, self.upper, self.lower, self.of_lower = (
            torch.empty_like(like) for _ in range(4)
        )

    def forward(self, y: Tensor, bias: Tensor) -> Tensor:
        """Map y (n, m) to the layer's output (n, m)."""
        torch.sub(y, bias, out=self.upper).relu_()
        torch.sub(-bias, y, out=self.lower).relu_()
        return torch.sub(self.upper, self.lower, out=self.output)

    def backward(self, gradient: Tensor, of_bias: Tensor) -> Tensor:
        """Turn the output's gradient into that of y, in place; put b's own share in ``of_bias``."""
        threshold = torch.ops.aten.threshold_backward
        threshold.grad_input(gradient, self.lower, 0, grad_input=self.of_lower)
        threshold.grad_input(gradient, self.upper, 0, grad_input=gradient)
        torch.sum(self.of_lower, 0, out=of_bias).sub_(gradient.sum(0))
        return gradient.add_(self.of_lower)
