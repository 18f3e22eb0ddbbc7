"""Independent masks (Eq. 3)."""

import torch
from torch import Tensor

from ssl_landscape.experiment.fast.workspace import Workspace
from ssl_landscape.experiment.masks._bits import bernoulli


def independent(
    samples: Tensor,
    keep: float,
    generator: torch.Generator,
    out: Tensor | None = None,
    workspace: Workspace | None = None,
) -> Tensor:
    """Return a1 = D1 x and a2 = D2 x, D1 and D2 diagonal with i.i.d. Bernoulli(keep) entries.

    Args:
        samples: (n, p).
        keep: the probability that an entry is kept, 1 - the mask probability.
        generator: the stream of masks, on the samples' device.
        out: where to put the views; a new tensor if None.
        workspace: where to put the masks.

    Returns:
        Two views, (2, n, p).
    """
    views = samples.new_empty(2, *samples.shape) if out is None else out
    return views.copy_(bernoulli(views.shape, keep, generator, workspace)).mul_(samples)
