"""Dependent masks (Eq. 2)."""

import torch
from torch import Tensor

from ssl_landscape.experiment.fast.workspace import Workspace
from ssl_landscape.experiment.masks._bits import bernoulli


def dependent(
    samples: Tensor,
    keep: float,
    generator: torch.Generator,
    out: Tensor | None = None,
    workspace: Workspace | None = None,
) -> Tensor:
    """Return a1 = 2 D x and a2 = 2 (I - D) x, D diagonal with i.i.d. Bernoulli(keep) entries.

    Args:
        samples: (n, p).
        keep: the probability that an entry is in the first view.
        generator: the stream of masks, on the samples' device.
        out: where to put the views; a new tensor if None.
        workspace: where to put the masks.

    Returns:
        Two views, (2, n, p), whose sum is 2 x.
    """
    views = samples.new_empty(2, *samples.shape) if out is None else out
    doubled = torch.mul(samples, 2, out=views[1])
    views[0].copy_(bernoulli(samples.shape, keep, generator, workspace)).mul_(doubled)
    doubled.sub_(views[0])
    return views
