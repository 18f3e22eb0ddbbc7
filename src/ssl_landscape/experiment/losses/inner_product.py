"""Inner-product loss of the theory (Eq. 6; linear networks Eq. 7; with a predictor Eq. 8)."""

import torch
from torch import Tensor

from ssl_landscape.experiment.losses._normalise import cosines_and_gradient, normalise_rows


def inner_product(first: Tensor, second: Tensor, *, normalise: bool = False) -> Tensor:
    """2 - 2 E <u, v>: Eq. 6 as it stands, unnormalised.

    Args:
        first: the learner's representations (after the predictor: Eq. 8), (n, m).
        second: the other network's, already without gradient, (n, m).
        normalise: divide each representation by its L2 norm first (footnote 3: the experiments).
    """
    if normalise:
        first, second = normalise_rows(first), normalise_rows(second)
    return 2 - 2 * (first * second).sum(dim=1).mean()


def gradient_of_first(
    first: Tensor, second: Tensor, out: Tensor, scratch: Tensor, *, normalise: bool = False
) -> Tensor:
    """Put the gradient of the loss in ``first`` into ``out``, and return the loss."""
    n = len(first)
    if normalise:
        products, _ = cosines_and_gradient(first, second, -2 / n, out, scratch)
    else:
        products = torch.dot(first.view(-1), second.view(-1)).mul_(-2 / n)
        torch.mul(second, -2 / n, out=out)
    return products.add_(2)
