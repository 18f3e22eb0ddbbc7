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
        out: where the gradient goes, (n, m); may be ``second``.

    Returns:
        The sum of the cosines, and how many u and v have a direction (2n as a rule).
    """
    sums = first.new_empty(3, len(first))  # |u|^2, |v|^2 and <u, v> of the rows
    products = torch.mul(first, first)
    _sum_rows(products, sums[0])
    _sum_rows(torch.mul(second, second, out=products), sums[1])
    _sum_rows(torch.mul(first, second, out=products), sums[2])
    squares, of_both = sums[:2], sums[2]
    inverses = threshold(squares, _EPSILON**2, torch.inf).reciprocal_()  # 0: without direction
    both = (inverses[0] * inverses[1]).sqrt_()
    cosines = torch.dot(of_both, both)
    directed = torch.dot(squares.view(-1), inverses.view(-1))
    both.mul_(_constant(scale, both.dtype, both.device))
    torch.mul(second, both.unsqueeze(1), out=out)
    out.addcmul_(first, both.mul_(of_both).mul_(inverses[0]).unsqueeze(1), value=-1)
    return cosines, directed


def _sum_rows(rows: Tensor, out: Tensor) -> None:
    # A product with ones is faster than a sum over short rows.
    torch.mv(rows, _ones(rows.shape[1], rows.dtype, rows.device), out=out)


@functools.lru_cache(maxsize=4)
def _ones(count: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.ones(count, dtype=dtype, device=device)


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
