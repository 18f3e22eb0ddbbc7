"""Activations with their gradients written out, on y = Wa, or Wa + b if ``adds_bias``.

``forward`` maps y (n, m), which must stay until ``backward``, to the layer's output (n, m).
``backward`` turns the output's gradient into that of y, in place, and writes to ``of_bias`` the
part of b's gradient that does not pass through y.
"""

import math

import torch
from torch import Tensor

from ssl_landscape.experiment.fast.workspace import Place

_where_above = torch.ops.aten.threshold_backward.grad_input
_where_between = torch.ops.aten.hardtanh_backward.grad_input


class identity:
    """y."""

    adds_bias = True

    def __init__(self, place: Place, bias: Tensor) -> None:
        pass

    def forward(self, y: Tensor) -> Tensor:
        """Return y."""
        return y

    def backward(self, gradient: Tensor, of_bias: Tensor) -> Tensor:
        """Return the gradient."""
        of_bias.zero_()
        return gradient


class relu:
    """ReLU(y)."""

    adds_bias = True

    def __init__(self, place: Place, bias: Tensor) -> None:
        self.output = place.over()

    def forward(self, y: Tensor) -> Tensor:
        """Return ReLU(y)."""
        return torch.clamp_min(y, 0, out=y if self.output is None else self.output)

    def backward(self, gradient: Tensor, of_bias: Tensor) -> Tensor:
        """Keep the gradient where the output is positive."""
        of_bias.zero_()
        return _where_above(gradient, self.output, 0, grad_input=gradient)


class symmetric_relu:
    """ReLU(y - b) - ReLU(-y - b) (Eq. 14)."""

    adds_bias = False

    def __init__(self, place: Place, bias: Tensor) -> None:
        self.bias = bias
        self.scratch, self.output, self.lower = place.scratch, place.over(), place.kept()

    def forward(self, y: Tensor) -> Tensor:
        """Return both branches' difference."""
        self.y = y
        torch.sub(-self.bias, y, out=self.lower).relu_()
        output = y if self.output is None else self.output
        return torch.sub(y, self.bias, out=output).relu_().sub_(self.lower)

    def backward(self, gradient: Tensor, of_bias: Tensor) -> Tensor:
        """Keep the gradient above b and below -b; b's own is lower minus upper branch."""
        upper = torch.sub(self.y, self.bias, out=self.scratch)
        of_upper = _where_above(gradient, upper, 0, grad_input=self.scratch)
        _where_above(gradient, self.lower, 0, grad_input=gradient)
        torch.sum(gradient, 0, out=of_bias).sub_(of_upper.sum(0))
        return gradient.add_(of_upper)


class symmetric_relu_released:
    """ReLU(y) - ReLU(2b - y)."""

    adds_bias = True

    def __init__(self, place: Place, bias: Tensor) -> None:
        self.bias, self.scratch, self.transposed = bias, place.scratch, place.scratch.t()
        self.output, self.mirrored = place.over(), place.kept()
        self.minus_twos = self.scratch.new_full((len(self.scratch),), -2)

    def forward(self, y: Tensor) -> Tensor:
        """Return both branches' difference."""
        self.y = y
        torch.sub(y, self.bias, alpha=2, out=self.mirrored).clamp_max_(0)  # -ReLU(2b - y)
        output = y if self.output is None else self.output
        return torch.clamp_min(y, 0, out=output).add_(self.mirrored)

    def backward(self, gradient: Tensor, of_bias: Tensor) -> Tensor:
        """Add the gradients of both branches; b's own is -2 times the lower branch's."""
        lower = _where_between(gradient, self.mirrored, -math.inf, 0, grad_input=self.scratch)
        torch.mv(self.transposed, self.minus_twos, out=of_bias)
        return _where_above(gradient, self.y, 0, grad_input=gradient).add_(lower)
