"""L2 normalisation of representations (footnote 3)."""

import torch
from torch import Tensor

EPSILON = 1e-12


def normalise_rows(representations: Tensor) -> Tensor:
    """Return u / |u| for every row u of (n, m).

    A row without direction (|u| < 1e-12, such as a fully masked sample without bias) becomes 0 and
    has gradient 0; dividing it by a small constant would multiply its gradient by 1e12.
    """
    norms = torch.linalg.vector_norm(representations, dim=1, keepdim=True)  # (n, 1)
    has_direction = norms >= EPSILON
    directions = representations / torch.where(has_direction, norms, 1)
    return torch.where(has_direction, directions, 0)
