"""NT-Xent: normalised-temperature cross entropy over the 2B views of a batch (Eq. 9)."""

import functools

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from ssl_landscape.experiment.losses._normalise import inverse_norms, normalise_rows

# The fast form below needs exp(1 / temperature) times the number of views within float32.
_LOWEST_TEMPERATURE = 1 / 75
_ROWS = 128  # a block of similarities that stays in a core's cache


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


def gradient_of_both(both: Tensor, out: Tensor, *, temperature: float) -> Tensor:
    """Put the gradient of the loss in both views into ``out``, and return the loss.

    Args:
        both: representations of first and second views, (2, B, m).
        out: (2, B, m).
        temperature: t > 0.
    """
    if temperature < _LOWEST_TEMPERATURE:
        with torch.inference_mode(mode=False), torch.enable_grad():
            leaf = both.clone().requires_grad_()
            loss = nt_xent(*leaf, temperature=temperature)
            (gradient,) = torch.autograd.grad(loss, leaf)
        out.copy_(gradient)
        return loss.detach()
    scales = inverse_norms(both.flatten(end_dim=1)).mul_(temperature**-0.5)
    views = both.flatten(end_dim=1) * scales
    gradient = out.flatten(end_dim=1)
    loss = _cross_entropy_of_pairs(views, gradient)
    # Through the normalisation: what points along a view is lost.
    along = torch.linalg.vecdot(gradient, views).unsqueeze(1).mul_(temperature)
    gradient.addcmul_(views, along, value=-1).mul_(scales)
    return loss


def _cross_entropy_of_pairs(views: Tensor, gradient: Tensor | None) -> Tensor:
    """Loss of scaled views v (2B, m), v_i and v_{i+B} partners; its gradient goes to ``gradient``.

    With E_ik = exp<v_i, v_k> off the diagonal and r = E 1, the loss is mean(log r_i - <v_i, v_i'>),
    and its gradient (1/2B) (S v - 2 v') with S_ik = E_ik (1/r_i + 1/r_k). Both matrices are
    symmetric: each block of rows is worked out from its diagonal on, and serves its mirror, too.
    """
    count = len(views)
    blocks = _blocks(count, views.dtype, views.device)
    sums = views.new_zeros(count)
    for block in blocks:
        torch.mm(views[block.rows], views[block.start :].t(), out=block.exponentials).exp_()
        block.diagonal.zero_()
        sums[block.rows] += block.exponentials.sum(dim=1)
        sums[block.stop :] += block.beyond.sum(dim=0)
    partners = views.roll(count // 2, dims=0)
    if gradient is not None:
        inverse = sums.reciprocal().div_(count)
        torch.mul(partners, -2 / count, out=gradient)
        for block in blocks:
            torch.add(inverse[block.rows, None], inverse[block.start :], out=block.symmetric)
            block.symmetric.mul_(block.exponentials)
            gradient[block.rows].addmm_(block.symmetric, views[block.start :])
            gradient[block.stop :].addmm_(block.mirror, views[block.rows])
    return (sums.log_().sum() - torch.dot(views.view(-1), partners.view(-1))) / count


class _Block:
    """Rows of the similarities from the diagonal on, and the memory that they use."""

    def __init__(self, start: int, stop: int, all_pairs: Tensor, memory: Tensor) -> None:
        size, count = stop - start, len(all_pairs)
        self.start, self.stop, self.rows = start, stop, slice(start, stop)
        self.exponentials = all_pairs[start:stop, start:]
        self.diagonal, self.beyond = self.exponentials.diagonal(), self.exponentials[:, size:]
        self.symmetric = memory[: size * (count - start)].view(size, count - start)
        self.mirror = self.symmetric[:, size:].t()


@functools.lru_cache(maxsize=2)
def _blocks(count: int, dtype: torch.dtype, device: torch.device) -> list[_Block]:
    # Memory is reused from step to step: fresh memory for 2B x 2B entries costs as much as exp.
    make = functools.partial(torch.empty, dtype=dtype, device=device)
    with torch.inference_mode(mode=False):  # memory that may be written in any mode
        all_pairs, memory = make(count, count), make(min(_ROWS, count) * count)
        starts = range(0, count, _ROWS)
        return [_Block(k, min(k + _ROWS, count), all_pairs, memory) for k in starts]


class _CrossEntropyOfPairs(torch.autograd.Function):
    """The closed form as one step of a gradient."""

    @staticmethod
    def forward(ctx, views: Tensor) -> Tensor:
        gradient = torch.empty_like(views) if ctx.needs_input_grad[0] else None
        loss = _cross_entropy_of_pairs(views, gradient)
        if gradient is not None:
            ctx.save_for_backward(gradient)
        return loss

    @staticmethod
    def backward(ctx, scale: Tensor) -> Tensor:
        (gradient,) = ctx.saved_tensors
        return gradient * scale
