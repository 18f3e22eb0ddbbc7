"""Row normalisation of the encoder after every step (Theorem 3; Figures 7, 13, 14)."""

from torch import Tensor


def rows(weight: Tensor) -> None:
    """Scale each row (each neuron) of ``weight``, (m, p), to unit L2 norm, in place."""
    weight.div_(weight.norm(dim=1, keepdim=True).clamp_(min=1e-12))
