"""Dependent masks (Eq. 2)."""

import torch
from torch import Tensor

from ssl_landscape.blocks.masks._bits import bernoulli


def dependent(samples: Tensor, keep: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Give a1 = 2 D x and a2 = 2 (I - D) x, D diagonal with i.i.d. Bernoulli(keep) entries.

    Args:
        samples: (n, p).
        keep: the probability that an entry is in the first view.
        generator: the stream of masks, on the samples' device.

    Returns:
        Two views, each (n, p), whose sum is 2 x.
    """
    doubled = 2 * samples
    first = doubled * bernoulli(samples.shape, keep, generator)
    return first, doubled - first
