"""Column normalisation of the encoder after every step (Figures 15, 16)."""

from torch import Tensor


def columns(weight: Tensor) -> None:
    """Scale each column of ``weight``, (m, p), to unit L2 norm, in place."""
    weight.div_(weight.norm(dim=0, keepdim=True).clamp_(min=1e-12))
