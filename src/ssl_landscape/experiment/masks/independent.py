"""Independent masks (Eq. 3)."""

import torch
from torch import Tensor

from ssl_landscape.experiment.masks._bits import bernoulli


def independent(samples: Tensor, keep: float, generator: torch.Generator) -> Tensor:
    """Return a1 = D1 x and a2 = D2 x, D1 and D2 diagonal with i.i.d. Bernoulli(keep) entries.

    Args:
        samples: x, (n, p).
        keep: the probability that an entry is kept, 1 - the mask probability.
        generator: the stream of masks, on the samples' device.

    Returns:
        Two views, (2, n, p).
    """
    return bernoulli((2, *samples.shape), keep, generator) * samples
