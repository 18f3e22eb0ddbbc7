"""Symmetric ReLU as the paper writes it (Eq. 14)."""

from collections.abc import Callable

import torch
from torch import Tensor

from ssl_landscape.experiment.fast.workspace import Place

_threshold_backward = torch.ops.aten.threshold_backward.grad_input


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
    """The same on a batch, y in hand, with memory of its own and the gradient written out."""

    adds_bias = False  # y = Wa

    def __init__(self, place: Place, bias: Tensor) -> None:
        """Take memory from ``place``."""
        self.bias = bias
        self.scratch, self.output, self.lower = place.scratch, place.over(), place.kept()

    def forward(self, y: Tensor) -> Tensor:
        """Map y (n, m), which has to stay until ``backward``, to the layer's output (n, m)."""
        self.y = y
        torch.sub(-self.bias, y, out=self.lower).relu_()
        output = y if self.output is None else self.output
        return torch.sub(y, self.bias, out=output).relu_().sub_(self.lower)

    def backward(self, gradient: Tensor, of_bias: Tensor) -> Tensor:
        """Turn the output's gradient into that of y, in place; put b's own share in ``of_bias``."""
        upper = torch.sub(self.y, self.bias, out=self.scratch)
        of_upper = _threshold_backward(gradient, upper, 0, grad_input=self.scratch)
        _threshold_backward(gradient, self.lower, 0, grad_input=gradient)
        torch.sum(gradient, 0, out=of_bias).sub_(of_upper.sum(0))
        return gradient.add_(of_upper)
