"""Independent masks (Eq. 3)."""

import torch
from torch import Tensor

from ssl_landscape.blocks.masks._bits import bernoulli


def independent(samples: Tensor, keep: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Give a1 = D1 x and a2 = D2 x, D1 and D2 diagonal with i.i.d. Bernoulli(keep) entries.

    Args:
        samples: (n, p).
        keep: the probability that an entry is kept, 1 - the mask probability.
        generator: the stream of masks, on the samples' device.

    Returns:
        Two views, each (n, p).
    """
    masks = bernoulli(torch.Size((2, *samples.shape)), keep, generator)
    first, second = samples * masks
    return first, second
