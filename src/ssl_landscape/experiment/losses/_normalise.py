"""L2 normalisation of representations, and what the losses make of it."""

import functools

import torch
from torch import Tensor

_EPSILON = 1e-12
_SQUARED_EPSILON = _EPSILON**2


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
    first: Tensor, second: Tensor, scale: float, out: Tensor, scratch: Tensor
) -> tuple[Tensor, Tensor]:
    """``scale`` times the sum of the rows' cos(u, v), and the gradient of this in u.

    The gradient of cos(u, v) is (v' - cos u') / |u|, with u' = u / |u| and v' = v / |v|; worked out
    as (v - u <u, v> / |u|^2) / (|u| |v|).

    Args:
        first: u, (n, m).
        second: v, (n, m).
        scale: factor of the sum and of its gradient.
        out: where the gradient goes, (n, m); may be ``second``.
        scratch: memory to be overwritten, (n, m).

    Returns:
        The scaled sum, and how many u and v have a direction (2n as a rule).
    """
    rows = _Rows.of_batch(first.shape, first.dtype, first.device, scale)
    ones, factor = rows.ones, rows.factor
    # Faster than sums over short rows:
    torch.mv(torch.mul(first, first, out=scratch), ones, out=rows.first_square)
    torch.mv(torch.mul(second, second, out=scratch), ones, out=rows.second_square)
    torch.mv(torch.mul(first, second, out=scratch), ones, out=rows.product)
    # A square below the threshold becomes infinite, its inverse 0: without direction.
    torch.threshold(rows.squares, _SQUARED_EPSILON, torch.inf, out=rows.inverses).reciprocal_()
    torch.sqrt(rows.inverses, out=rows.roots)  # their product is finite where the inverses' is not
    torch.mul(rows.first_root, rows.second_root, out=factor).mul_(rows.scale)
    cosines = torch.dot(rows.product, factor)
    directed = torch.dot(rows.squares_in_line, rows.inverses_in_line)
    rows.product.mul_(rows.first_inverse)
    torch.addcmul(second, first, rows.product_column, value=-1, out=out).mul_(rows.factor_column)
    return cosines, directed


class _Rows:
    """Numbers a row of a batch, and views of them, made once: a step is short enough to notice."""

    def __init__(
        self, shape: torch.Size, dtype: torch.dtype, device: torch.device, scale: float
    ) -> None:
        make, (n, m) = functools.partial(torch.empty, dtype=dtype, device=device), shape
        # A Python number would be converted at every use, which takes as long as the operation.
        self.scale = torch.tensor(scale, dtype=dtype, device=device)
        self.ones = make(m).fill_(1)
        self.squares, self.inverses, self.roots = make(2, n), make(2, n), make(2, n)  # u's and v's
        self.first_square, self.second_square = self.squares
        self.first_inverse = self.inverses[0]
        self.first_root, self.second_root = self.roots
        self.squares_in_line, self.inverses_in_line = self.squares.view(-1), self.inverses.view(-1)
        self.product, self.factor = make(n), make(n)
        self.product_column, self.factor_column = self.product[:, None], self.factor[:, None]

    @staticmethod
    @functools.lru_cache(maxsize=4)
    def of_batch(
        shape: torch.Size, dtype: torch.dtype, device: torch.device, scale: float
    ) -> "_Rows":
        with torch.inference_mode(mode=False):  # memory that may be written in any mode
            return _Rows(shape, dtype, device, scale)


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
