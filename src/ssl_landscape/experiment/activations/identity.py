"""No activation: the linear encoder."""

from collections.abc import Callable

from torch import Tensor

from ssl_landscape.experiment.fast.workspace import Place


def identity(linear: Tensor, bias: Tensor, normalise: Callable[[Tensor], Tensor]) -> Tensor:
    """h(a) = Wa + b, batch-normalised where the encoder has batch norm.

    Args:
        linear: Wa, (n, m).
        bias: b, (m,).
        normalise: batch norm, or the identity.
    """
    return normalise(linear + bias)


class ClosedForm:
    """The same on a batch, y in hand."""

    adds_bias = True  # y = Wa + b

    def __init__(self, place: Place, bias: Tensor) -> None:
        """Need no memory."""

    def forward(self, y: Tensor) -> Tensor:
        """Return y (n, m) back."""
        return y

    def backward(self, gradient: Tensor, of_bias: Tensor) -> Tensor:
        """Return the gradient back; b has no share beside y's."""
        of_bias.zero_()
        return gradient
