"""ReLU."""

from collections.abc import Callable

import torch
from torch import Tensor

from ssl_landscape.experiment.fast.workspace import Place

_threshold_backward = torch.ops.aten.threshold_backward.grad_input


def relu(linear: Tensor, bias: Tensor, normalise: Callable[[Tensor], Tensor]) -> Tensor:
    """h(a) = ReLU(Wa + b) (section 4.1).

    Args:
        linear: Wa, (n, m).
        bias: b, (m,).
        normalise: batch norm, or the identity.
    """
    return torch.relu(normalise(linear + bias))


class ClosedForm:
    """The same on a batch, y in hand, with memory of its own and the gradient written out."""

    adds_bias = True  # y = Wa + b

    def __init__(self, place: Place, bias: Tensor) -> None:
        """Take memory from ``place``."""
        self.output = place.over()

    def forward(self, y: Tensor) -> Tensor:
        """Map y (n, m) to the layer's output (n, m)."""
        return torch.clamp_min(y, 0, out=y if self.output is None else self.output)

    def backward(self, gradient: Tensor, of_bias: Tensor) -> Tensor:
        """Turn the output's gradient into that of y, in place; b has no share beside y's."""
        of_bias.zero_()
        return _threshold_backward(gradient, self.output, 0, grad_input=gradient)
