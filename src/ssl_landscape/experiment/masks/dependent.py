"""Dependent masks (Eq. 2)."""

import torch
from torch import Tensor

from ssl_landscape.experiment.masks._bits import bernoulli


def dependent(samples: Tensor, keep: float, generator: torch.Generator) -> Tensor:
    """Return a1 = 2 D x and a2 = 2 (I - D) x, D diagonal with i.i.d. Bernoulli(keep) entries.

    Args:
        samples: x, (n, p).
        keep: the probability that an entry is in the first view.
        generator: the stream of masks, on the samples' device.

    Returns:
        Two views, (2, n, p), whose sum is 2 x.
    """
    first = bernoulli(samples.shape, keep, generator) * 2 * samples
    return torch.stack([first, 2 * samples - first])
