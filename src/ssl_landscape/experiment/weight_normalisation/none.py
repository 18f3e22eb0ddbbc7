"""No normalisation of the weights."""

from torch import Tensor


def none(weight: Tensor) -> None:
    """Leave ``weight`` as it is."""
