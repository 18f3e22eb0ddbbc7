"""No activation: the linear encoder."""

from collections.abc import Callable

from torch import Tensor


def identity(linear: Tensor, bias: Tensor, normalise: Callable[[Tensor], Tensor]) -> Tensor:
    """Return h(a) = Wa + b, batch-normalised where the encoder has batch norm.

    Args:
        linear: Wa, (n, m).
        bias: b, (m,).
        normalise: batch norm, or the identity.
    """
    return normalise(linear + bias)
