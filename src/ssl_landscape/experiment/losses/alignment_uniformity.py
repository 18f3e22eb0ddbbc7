"""Alignment of the two views, and uniformity of each on the unit sphere."""

import math

import torch
from torch import Tensor

from ssl_landscape.experiment.losses._normalise import normalise_rows


def alignment_uniformity(
    first: Tensor, second: Tensor, *, alignment: float = 1.0, uniformity: float = 1.0
) -> Tensor:
    """Return a E |u - v|^2 + b (U(u) + U(v)) / 2 of the normalised u, v (Wang & Isola, 2020).

    U(u) = log E exp(-2 |u_i - u_k|^2) over the pairs i != k of the batch's samples: alpha and t of
    the paper are 2.

    Args:
        first: representations of the first views, (n, m).
        second: representations of the second views, (n, m).
        alignment: a, the weight of the first term.
        uniformity: b, the weight of the second term.
    """
    n = len(first)
    views = torch.stack([normalise_rows(first), normalise_rows(second)])  # (2, n, m)
    # exp(-2 |u_i - u_k|^2) = w_i exp(4 <u_i, u_k>) w_k: few operations on n x n numbers.
    weights = torch.exp(-2 * (views**2).sum(dim=2, keepdim=True))  # w, (2, n, 1)
    kernels = torch.exp(4 * views @ views.mT)  # (2, n, n)
    sums = (weights.mT @ kernels @ weights).flatten() - n  # without i = k, which gives 1 each
    aligned = ((views[0] - views[1]) ** 2).sum(dim=1).mean()
    return alignment * aligned + uniformity * (torch.log(sums).mean() - math.log(n * (n - 1)))
