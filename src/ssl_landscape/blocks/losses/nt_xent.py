"""NT-Xent: normalised-temperature cross entropy over the 2B views of a batch (Eq. 9)."""

import functools

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from ssl_landscape.blocks.losses._normalise import normalise_rows

# The fast form below needs exp(1 / temperature) times the number of views within float32.
_LOWEST_TEMPERATURE = 1 / 75


def nt_xent(first: Tensor, second: Tensor, *, temperature: float) -> Tensor:
    """Cross entropy of finding a view's partner among the batch's 2B - 1 other views.

    L = -(1/2B) sum_i log(exp(<u_i, u_i'> / t) / sum_{k != i} exp(<u_i, u_k> / t)), u normalised
    (Eq. 9 with cosine similarity; Chen et al., 2020).

    Args:
        first: representations of the first views, (B, m).
        second: representations of the second views, (B, m).
        temperature: t > 0.
    """
    views = normalise_rows(torch.cat([first, second])) * temperature**-0.5  # (2B, m)
    if temperature >= _LOWEST_TEMPERATURE:
        return _CrossEntropyOfPairs.apply(views)
    similarities = (views @ views.T).fill_diagonal_(-torch.inf)
    return cross_entropy(
        similarities, torch.arange(len(views), device=views.device).roll(len(first))
    )


@functools.lru_cache(maxsize=2)
def _buffer(size: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.empty(size, size, dtype=dtype, device=device)


def _workspace(views: Tensor) -> Tensor:
    # Reused from step to step (fresh memory for 2B x 2B entries costs as much as their exp).
    return _buffer(len(views), views.dtype, views.device)


class _CrossEntropyOfPairs(torch.autograd.Function):
    """Loss of scaled views v (2B, m), v_i and v_{i+B} partners, with its closed-form gradient.

    With E_ik = exp<v_i, v_k> off the diagonal (symmetric) and r = E 1, the loss is
    mean(log r_i - <v_i, v_i'>), and its gradient (1/2B) (E v / r + E (v / r) - 2 v'), where
    one product with [v, v / r] gives both terms.
    """

    @staticmethod
    def forward(ctx, views: Tensor) -> Tensor:
        exponentials = torch.mm(views, views.T, out=_workspace(views)).exp_()  # (2B, 2B)
        exponentials.fill_diagonal_(0)
        sums = exponentials.sum(dim=1, keepdim=True)  # (2B, 1)
        partners = views.roll(len(views) // 2, dims=0)
        if ctx.needs_input_grad[0]:
            both = exponentials @ torch.cat([views, views / sums], dim=1)  # (2B, 2m)
            direct, crossed = both.chunk(2, dim=1)
            gradient = torch.addcdiv(crossed, direct, sums).sub_(partners, alpha=2)
            ctx.save_for_backward(gradient.div_(len(views)))
        return (sums.log().sum() - (views * partners).sum()) / len(views)

    @staticmethod
    def backward(ctx, scale: Tensor) -> Tensor:
        (gradient,) = ctx.saved_tensors
        return gradient * scale
