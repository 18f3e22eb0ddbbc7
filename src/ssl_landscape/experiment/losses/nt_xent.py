"""NT-Xent: normalised-temperature cross entropy over the 2B views of a batch (Eq. 9)."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from ssl_landscape.experiment.losses._normalise import normalise_rows


def nt_xent(first: Tensor, second: Tensor, *, temperature: float) -> Tensor:
    """Return the cross entropy of finding a view's partner among the batch's 2B - 1 other views.

    L = -(1/2B) sum_i log(exp(<u_i, u_i'> / t) / sum_{k != i} exp(<u_i, u_k> / t)), u normalised
    (Eq. 9 with cosine similarity; Chen et al., 2020).

    Args:
        first: representations of the first views, (B, m).
        second: representations of the second views, (B, m).
        temperature: t > 0.
    """
    views = normalise_rows(torch.cat([first, second]))  # (2B, m)
    itself = torch.eye(len(views), dtype=torch.bool, device=views.device)
    similarities = (views @ views.T / temperature).masked_fill(itself, -torch.inf)  # (2B, 2B)
    partners = torch.arange(len(views), device=views.device).roll(len(first))
    return cross_entropy(similarities, partners)
