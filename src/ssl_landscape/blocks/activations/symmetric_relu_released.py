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

    def __init__(self, like: Tensor) -> None:
        """Make buffers for batches like ``like``, (n, m)."""
        self.output, self.mirrored, self.lower = (torch.empty_like(like) for _ in range(3))
        self.minus_two = like.new_tensor(-2)  # a Python number is converted at every use

    def forward(self, y: Tensor, bias: Tensor) -> Tensor:
        """Map y (n, m), which is overwritten, to the layer's output (n, m)."""
        torch.sub(bias + bias, y, out=self.mirrored).relu_()
        self.upper = y.relu_()
        return torch.sub(self.upper, self.mirrored, out=self.output)

    def backward(self, gradient: Tensor, of_bias: Tensor) -> Tensor:
        """Turn the output's gradient into that of y, in place; put b's own share in ``of_bias``."""
        threshold = torch.ops.aten.threshold_backward
        threshold.grad_input(gradient, self.mirrored, 0, grad_input=self.lower)
        threshold.grad_input(gradient, self.upper, 0, grad_input=gradient)
        torch.sum(self.lower, 0, out=of_bias).mul_(self.minus_two)
        return gradient.add_(self.lower)
