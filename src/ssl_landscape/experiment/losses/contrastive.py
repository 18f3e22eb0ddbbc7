"""The contrastive loss of the theory (Eq. 9), with in-batch negatives."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from ssl_landscape.experiment.losses._normalise import normalise_rows


def contrastive(
    first: Tensor, second: Tensor, *, temperature: float, normalise: bool = True
) -> Tensor:
    """Return -E log(exp(s+ / t) / (exp(s+ / t) + sum over negatives of exp(s- / t))): Eq. 9.

    s = <u, v>; a sample's negatives are the second views of the batch's other samples. The paper's
    Eq. 9 multiplies by tau; its experiments, like NT-Xent, divide by the temperature t = 1/tau.

    Args:
        first: representations of the first views, (n, m).
        second: representations of the second views, (n, m).
        temperature: t > 0.
        normalise: divide each representation by its L2 norm first (footnote 3: the experiments).
    """
    if normalise:
        first, second = normalise_rows(first), normalise_rows(second)
    similarities = first @ second.T / temperature  # (n, n)
    return cross_entropy(similarities, torch.arange(len(first), device=first.device))
