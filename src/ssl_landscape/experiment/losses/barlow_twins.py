"""Barlow Twins: each neuron alike in both views, and different neurons uncorrelated."""

import torch
from torch import Tensor
from torch.nn.functional import batch_norm


def barlow_twins(first: Tensor, second: Tensor, *, redundancy: float = 0.005) -> Tensor:
    """Return sum_i (1 - C_ii)^2 + lambda sum over i != j of C_ij^2 (Zbontar et al., 2021, Eq. 1).

    C_ij is the correlation, over the batch, of neuron i in the first views with neuron j in the
    second views (Eq. 2). As in their released code a variance is that of the batch plus 1e-5, so
    that a neuron that is constant has correlation 0 with all.

    Args:
        first: representations of the first views, (n, m).
        second: representations of the second views, (n, m).
        redundancy: lambda, the weight of the correlations between different neurons.
    """
    first, second = (
        batch_norm(view, None, None, training=True, eps=1e-5) for view in (first, second)
    )
    correlations = first.T @ second / len(first)  # (m, m)
    identity = torch.eye(len(correlations), dtype=first.dtype, device=first.device)
    weights = redundancy + (1 - redundancy) * identity
    return (weights * (correlations - identity) ** 2).sum()
