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

    def __init__(self, scratch: Tensor) -> None:
        """Make buffers for batches like ``scratch``, (n, m), which is for use within a call."""
        self.scratch, self.output = scratch, torch.empty_like(scratch)

    def forward(self, y: Tensor, bias: Tensor) -> Tensor:
        """Map y (n, m), which has to stay until ``backward``, to the layer's output (n, m)."""
        self.y, self.bias = y, bias
        lower = torch.sub(-bias, y, out=self.scratch).relu_()
        return torch.sub(y, bias, out=self.output).relu_().sub_(lower)

    def backward(self, gradient: Tensor, of_bias: Tensor) -> Tensor:
        """Turn the output's gradient into that of y, in place; put b's own share in ``of_bias``."""
        threshold = torch.ops.aten.threshold_backward
        upper = torch.sub(self.y, self.bias, out=self.scratch)
        threshold.grad_input(gradient, upper, 0, grad_input=self.output)
        lower = torch.sub(-self.bias, self.y, out=self.scratch)
        threshold.grad_input(gradient, lower, 0, grad_input=gradient)
        torch.sum(gradient, 0, out=of_bias).sub_(self.output.sum(0))
        return gradient.add_(self.output)
