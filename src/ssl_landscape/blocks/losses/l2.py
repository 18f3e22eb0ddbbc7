"""Squared distance between representations (Eq. 4; with a predictor Eq. 5)."""

import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from ssl_landscape.blocks.losses._normalise import inverse_norms, normalise_rows


def l2(first: Tensor, second: Tensor, *, normalise: bool = True) -> Tensor:
    """E |u - v|^2 of the L2-normalised representations u, v: Eq. 4.

    Args:
        first: the learner's representations (after the predictor: Eq. 5), (n, m).
        second: the other network's, already without gradient, (n, m).
        normalise: divide each representation by its L2 norm first; ``false`` is the loss under
            which NCL-linear's weights are driven to 0 (Table 2).
    """
    if not normalise:
        return mse_loss(first, second, reduction="sum") / len(first)
    if second.requires_grad:
        return mse_loss(normalise_rows(first), normalise_rows(second), reduction="sum") / len(first)
    return _DistanceOfDirections.apply(first, second)


class _DistanceOfDirections(torch.autograd.Function):
    """E |u/|u| - v/|v||^2 with v fixed; gradient 2/n (w - <w, u'> u') / |u|, w = u' - v'."""

    @staticmethod
    def forward(ctx, first: Tensor, second: Tensor) -> Tensor:
        scales = inverse_norms(first)
        directions = first * scales
        difference = torch.addcmul(directions, second, inverse_norms(second), value=-1)
        ctx.save_for_backward(directions, scales, difference)
        return torch.dot(difference.view(-1), difference.view(-1)) / len(first)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        directions, scales, difference = ctx.saved_tensors
        along = (difference * directions).sum(dim=1, keepdim=True)
        projected = torch.addcmul(difference, directions, along, value=-1)
        return projected.mul_(scales * (2 / len(scales) * gradient)), None
