"""VICReg: invariance between the views, variance of and covariance between the neurons."""

import torch
from torch import Tensor
from torch.nn.functional import relu


def vicreg(
    first: Tensor,
    second: Tensor,
    *,
    invariance: float = 25.0,
    variance: float = 25.0,
    covariance: float = 1.0,
) -> Tensor:
    """Return lambda s(Z, Z') + mu (v(Z) + v(Z')) + nu (c(Z) + c(Z')) (Bardes et al., 2022, Eq. 6).

    With the batch's covariance C(Z) = 1/(n-1) sum_i (z_i - mean) (z_i - mean)^T (Eq. 3):
    v(Z) = 1/m sum_j max(0, 1 - sqrt(C_jj + 1e-4)) (Eqs. 1, 2), c(Z) = 1/m sum over j != k of C_jk^2
    (Eq. 4), s = 1/(nm) sum_i |z_i - z'_i|^2. Their Eq. 5 has no 1/m in s, but their pseudocode and
    released code do, to which the published weights belong.

    Args:
        first: Z, representations of the first views, (n, m).
        second: Z', representations of the second views, (n, m).
        invariance: lambda, the weight of s.
        variance: mu, the weight of v.
        covariance: nu, the weight of c.
    """
    n, m = first.shape
    views = torch.stack([first, second])
    centred = views - views.mean(dim=1, keepdim=True)  # (2, n, m)
    covariances = centred.mT @ centred / (n - 1)  # (2, m, m)
    deviations = torch.sqrt(covariances.diagonal(dim1=1, dim2=2) + 1e-4)  # (2, m)
    itself = torch.eye(m, dtype=torch.bool, device=first.device)
    s = ((first - second) ** 2).mean()
    v = relu(1 - deviations).sum() / m
    c = (covariances.masked_fill(itself, 0) ** 2).sum() / m
    return invariance * s + variance * v + covariance * c
