"""Symmetric ReLU in the form of the authors' released code."""

from collections.abc import Callable

import torch
from torch import Tensor


def symmetric_relu_released(
    linear: Tensor, bias: Tensor, normalise: Callable[[Tensor], Tensor]
) -> Tensor:
    """ReLU(y) - ReLU(2b - y) with y = Wa + b, batch-normalised where there is batch norm.

    Without batch norm it is Eq. 14 with the threshold -b. With batch norm, b no longer shifts y.

    Args:
        linear: Wa, (n, m).
        bias: b, (m,).
        normalise: batch norm, or the identity.
    """
    y = normalise(linear + bias)
    return torch.relu(y) - torch.relu(2 * bias - y)


class ClosedForm:
    """The same on a batch, y in hand, with buffers of its own and the gradient written out."""

    adds_bias = True  # y = Wa + b

    def __init__(self, scratch: Tensor) -> None:
        """Make buffers for batches like ``scratch``, (n, m), which is for use within a call."""
        self.scratch, self.output = scratch, torch.empty_like(scratch)
        self.minus_two = scratch.new_tensor(-2)  # a Python number is converted at every use

    def forward(self, y: Tensor, bias: Tensor) -> Tensor:
        """Map y (n, m), which has to stay until ``backward``, to the layer's output (n, m)."""
        self.y, self.twice = y, bias + bias
        mirrored = torch.sub(self.twice, y, out=self.scratch).relu_()
        return torch.clamp_min(y, 0, out=self.output).sub_(mirrored)

    def backward(self, gradient: Tensor, of_bias: Tensor) -> Tensor:
        """Turn the output's gradient into that of y, in place; put b's own share in ``of_bias``."""
        threshold = torch.ops.aten.threshold_backward
        mirrored = torch.sub(self.twice, self.y, out=self.scratch)
        lower = threshold.grad_input(gradient, mirrored, 0, grad_input=mirrored)
        torch.sum(lower, 0, out=of_bias).mul_(self.minus_two)
        return threshold.grad_input(gradient, self.y, 0, grad_input=gradient).add_(lower)
