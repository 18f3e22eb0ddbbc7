"""Symmetric ReLU in the form of the authors' released code."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ssl_landscape.experiment.fast.workspace import Place

_where_above = torch.ops.aten.threshold_backward.grad_input
_where_between = torch.ops.aten.hardtanh_backward.grad_input


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
    """The same on a batch, y in hand, with memory of its own and the gradient written out."""

    adds_bias = True  # y = Wa + b

    def __init__(self, place: Place, bias: Tensor) -> None:
        """Take memory from ``place``."""
        self.bias, self.scratch, self.transposed = bias, place.scratch, place.scratch.t()
        self.output, self.mirrored = place.over(), place.kept()
        self.minus_twos = self.scratch.new_full((len(self.scratch),), -2)

    def forward(self, y: Tensor) -> Tensor:
        """Map y (n, m), which has to stay until ``backward``, to the layer's output (n, m)."""
        self.y = y
        torch.sub(y, self.bias, alpha=2, out=self.mirrored).clamp_max_(0)  # -ReLU(2b - y)
        output = y if self.output is None else self.output
        return torch.clamp_min(y, 0, out=output).add_(self.mirrored)

    def backward(self, gradient: Tensor, of_bias: Tensor) -> Tensor:
        """Turn the output's gradient into that of y, in place; put b's own share in ``of_bias``."""
        lower = _where_between(gradient, self.mirrored, -math.inf, 0, grad_input=self.scratch)
        torch.mv(self.transposed, self.minus_twos, out=of_bias)
        return _where_above(gradient, self.y, 0, grad_input=gradient).add_(lower)
