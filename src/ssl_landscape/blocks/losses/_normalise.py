"""L2 normalisation of representations, as one step of the gradient."""

import torch
from torch import Tensor

_EPSILON = 1e-12


def normalise_rows(representations: Tensor) -> Tensor:
    """u / |u| for every row of (n, m).

    A row without direction (|u| < 1e-12, say a fully masked sample without bias) stays 0 and has
    gradient 0, where dividing by a small constant would multiply the gradient by 1e12.
    """
    return _NormaliseRows.apply(representations)


def inverse_norms(rows: Tensor) -> Tensor:
    """1 / |u| for every row of (n, m), and 0 for a row without direction; (n, 1)."""
    norms = torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    return norms.reciprocal().masked_fill_(norms < _EPSILON, 0)


class _NormaliseRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx, rows: Tensor) -> Tensor:
        scales = inverse_norms(rows)
        directions = rows * scales
        ctx.save_for_backward(directions, scales)
        return directions

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        directions, scales = ctx.saved_tensors
        along = (gradient * directions).sum(dim=1, keepdim=True)
        return torch.addcmul(gradient, directions, along, value=-1).mul_(scales)
