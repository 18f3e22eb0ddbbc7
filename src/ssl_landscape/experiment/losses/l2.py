"""L2 distance between representations (Eq. 4; with a predictor Eq. 5)."""

import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from ssl_landscape.experiment.losses._normalise import cosines_and_gradient, normalise_rows


def l2(first: Tensor, second: Tensor, *, normalise: bool = True) -> Tensor:
    """E |u - v|^2 of the L2-normalised representations u, v: Eq. 4.

    Args:
        first: the learner's representations (after the predictor: Eq. 5), (n, m).
        second: the other network's, already without gradient, (n, m).
        normalise: divide each representation by its L2 norm first; ``false`` is the loss under
            which NCL-linear's weights are driven to 0 (Table 2).
    """
    if normalise:
        first, second = normalise_rows(first), normalise_rows(second)
    return mse_loss(first, second, reduction="sum") / len(first)


def gradient_of_first(
    first: Tensor, second: Tensor, out: Tensor, scratch: Tensor, *, normalise: bool = True
) -> Tensor:
    """Put the gradient of the loss in ``first`` into ``out``, and return the loss."""
    n = len(first)
    if normalise:  # |u' - v'|^2 = |u'|^2 + |v'|^2 - 2 cos(u, v)
        cosines, directed = cosines_and_gradient(first, second, -2 / n, out, scratch)
        return cosines.add_(directed, alpha=1 / n)
    torch.sub(first, second, out=out)
    loss = torch.dot(out.view(-1), out.view(-1)) / n
    out.mul_(2 / n)
    return loss
