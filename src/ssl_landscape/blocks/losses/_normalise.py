"""L2 normalisation of representations, and what the losses make of it."""

import functools

import torch
from torch import Tensor
from torch.nn.functional import threshold

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


def cosines_and_gradient(
    first: Tensor, second: Tensor, scale: float, out: Tensor
) -> tuple[Tensor, Tensor]:
    """Sum of the rows' cos(u, v), and the gradient of ``scale`` times this sum in u.

    The gradient of cos(u, v) is (v' - cos u') / |u|, with u' = u / |u| and v' = v / |v|.

    Args:
        first: u, (n, m).
        second: v, (n, m).
        scale: factor of the gradient.
        out: where the gradient goes, (n, m).

    Returns:
        The sum of the cosines, and how many u and v have a direction (2n as a rule).
    """
    squares, inverses = zip(*map(_squares_and_inverses, (first, second)), strict=True)
    products = torch.linalg.vecdot(first, second)  # (n,)
    both = (inverses[0] * inverses[1]).sqrt_()
    cosines = torch.dot(products, both)
    both.mul_(_constant(scale, both.dtype, both.device))
    torch.mul(second, both.unsqueeze(1), out=out)
    out.addcmul_(first, both.mul_(products).mul_(inverses[0]).unsqueeze(1), value=-1)
    directed = torch.dot(squares[0], inverses[0]) + torch.dot(squares[1], inverses[1])
    return cosines, directed


def _squares_and_inverses(rows: Tensor) -> tuple[Tensor, Tensor]:
    """|u|^2 and 1 / |u|^2 (0 for a row without direction), each (n,)."""
    squares = torch.linalg.vecdot(rows, rows)
    return squares, threshold(squares, _EPSILON**2, torch.inf).reciprocal_()


@functools.lru_cache(maxsize=16)
def _constant(value: float, dtype: torch.dtype, device: torch.device) -> Tensor:
    # A Python number would be converted at every use, which takes as long as the operation.
    return torch.tensor(value, dtype=dtype, device=device)


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
