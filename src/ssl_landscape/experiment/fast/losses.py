"""Losses with their gradients in closed form.

A loss with the gradient of the ``first`` representations is called with (first, second, out,
scratch), of (n, m) each: it writes the gradient to ``out``, which may be ``second``, overwrites
``scratch`` and returns the loss. One with the gradient of ``both`` is called with (both, out), of
(2, n, m) each.
"""

import torch
from torch import Tensor

from ssl_landscape.experiment.losses._normalise import EPSILON
from ssl_landscape.experiment.losses.nt_xent import nt_xent as reference_nt_xent

# The closed form of NT-Xent needs exp(1 / temperature) times the number of views within float32.
_LOWEST_TEMPERATURE = 1 / 75
_ROWS = 128  # rows of similarities that stay in a core's cache


class l2:
    """E |u - v|^2 (Eq. 4)."""

    gradient_of = "first"

    def __init__(self, *, normalise: bool = True) -> None:
        self.cosines = _Cosines(-2) if normalise else None

    def __call__(self, first: Tensor, second: Tensor, out: Tensor, scratch: Tensor) -> Tensor:
        """Write the gradient to ``out``; return the loss."""
        n = len(first)
        if self.cosines:  # |u' - v'|^2 = |u'|^2 + |v'|^2 - 2 cos(u, v)
            cosines, directed = self.cosines(first, second, out, scratch)
            return cosines.add_(directed, alpha=1 / n)
        torch.sub(first, second, out=out)
        loss = torch.dot(out.view(-1), out.view(-1)) / n
        out.mul_(2 / n)
        return loss


class inner_product:
    """2 - 2 E <u, v> (Eq. 6)."""

    gradient_of = "first"

    def __init__(self, *, normalise: bool = False) -> None:
        self.cosines = _Cosines(-2) if normalise else None

    def __call__(self, first: Tensor, second: Tensor, out: Tensor, scratch: Tensor) -> Tensor:
        """Write the gradient to ``out``; return the loss."""
        if self.cosines:
            products, _ = self.cosines(first, second, out, scratch)
        else:
            products = torch.dot(first.view(-1), second.view(-1)).mul_(-2 / len(first))
            torch.mul(second, -2 / len(first), out=out)
        return products.add_(2)


class negative_cosine:
    """-E cos(u, v)."""

    gradient_of = "first"

    def __init__(self) -> None:
        self.cosines = _Cosines(-1)

    def __call__(self, first: Tensor, second: Tensor, out: Tensor, scratch: Tensor) -> Tensor:
        """Write the gradient to ``out``; return the loss."""
        return self.cosines(first, second, out, scratch)[0]


class nt_xent:
    """NT-Xent (Eq. 9)."""

    gradient_of = "both"

    def __init__(self, *, temperature: float) -> None:
        self.temperature = temperature
        self.blocks: dict[int, list[_Block]] = {}  # by the number of views

    def __call__(self, both: Tensor, out: Tensor) -> Tensor:
        """Write the gradient to ``out``; return the loss."""
        if self.temperature < _LOWEST_TEMPERATURE:
            return self._by_autograd(both, out)
        flat, gradient = both.flatten(end_dim=1), out.flatten(end_dim=1)  # (2B, m)
        norms = torch.linalg.vector_norm(flat, dim=1, keepdim=True)
        scales = norms.reciprocal().masked_fill_(norms < EPSILON, 0).mul_(self.temperature**-0.5)
        views = flat * scales
        loss = self._cross_entropy(views, gradient)
        # Through the normalisation: what points along a view is lost.
        along = torch.linalg.vecdot(gradient, views).unsqueeze(1).mul_(self.temperature)
        gradient.addcmul_(views, along, value=-1).mul_(scales)
        return loss

    def _by_autograd(self, both: Tensor, out: Tensor) -> Tensor:
        with torch.inference_mode(mode=False), torch.enable_grad():
            leaf = both.clone().requires_grad_()
            loss = reference_nt_xent(*leaf, temperature=self.temperature)
            (gradient,) = torch.autograd.grad(loss, leaf)
        out.copy_(gradient)
        return loss.detach()

    def _cross_entropy(self, views: Tensor, gradient: Tensor) -> Tensor:
        """Return the loss of scaled views v (2B, m), v_i and v_{i+B} partners, and its gradient.

        With E_ik = exp<v_i, v_k> off the diagonal and r = E 1, the loss is mean(log r_i -
        <v_i, v_i'>), and its gradient (1/2B) (S v - 2 v') with S_ik = E_ik (1/r_i + 1/r_k). Both
        matrices are symmetric: each block of rows is computed from its diagonal on, and serves as
        its mirror image, too.
        """
        count = len(views)
        blocks = self.blocks.get(count) or self._make_blocks(views)
        sums = views.new_zeros(count)
        for block in blocks:
            torch.mm(views[block.rows], views[block.start :].t(), out=block.exponentials).exp_()
            block.diagonal.zero_()
            sums[block.rows] += block.exponentials.sum(dim=1)
            sums[block.stop :] += block.beyond.sum(dim=0)
        partners = views.roll(count // 2, dims=0)
        inverse = sums.reciprocal().div_(count)
        torch.mul(partners, -2 / count, out=gradient)
        for block in blocks:
            torch.add(inverse[block.rows, None], inverse[block.start :], out=block.symmetric)
            block.symmetric.mul_(block.exponentials)
            gradient[block.rows].addmm_(block.symmetric, views[block.start :])
            gradient[block.stop :].addmm_(block.mirror, views[block.rows])
        return (sums.log_().sum() - torch.dot(views.view(-1), partners.view(-1))) / count

    def _make_blocks(self, views: Tensor) -> list["_Block"]:
        # Kept from step to step: fresh memory for 2B x 2B entries costs as much as exp.
        count = len(views)
        all_pairs, memory = views.new_empty(count, count), views.new_empty(min(_ROWS, count), count)
        starts = range(0, count, _ROWS)
        self.blocks[count] = [
            _Block(k, min(k + _ROWS, count), all_pairs, memory.view(-1)) for k in starts
        ]
        return self.blocks[count]


class _Block:
    """Rows of the similarities from the diagonal on, and the memory that they use."""

    def __init__(self, start: int, stop: int, all_pairs: Tensor, memory: Tensor) -> None:
        size, count = stop - start, len(all_pairs)
        self.start, self.stop, self.rows = start, stop, slice(start, stop)
        self.exponentials = all_pairs[start:stop, start:]
        self.diagonal, self.beyond = self.exponentials.diagonal(), self.exponentials[:, size:]
        self.symmetric = memory[: size * (count - start)].view(size, count - start)
        self.mirror = self.symmetric[:, size:].t()


class _Cosines:
    """``factor`` times the mean of the rows' cos(u, v), and its gradient in u.

    The gradient of cos(u, v) is (v' - cos u') / |u|, with u' = u / |u| and v' = v / |v|; computed
    as (v - u <u, v> / |u|^2) / (|u| |v|).
    """

    def __init__(self, factor: float) -> None:
        self.factor = factor
        self.rows: dict[int, _Rows] = {}  # by their number

    def __call__(
        self, first: Tensor, second: Tensor, out: Tensor, scratch: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Write the gradient to ``out``.

        Returns:
            The scaled mean, and how many u and v have a direction (usually 2n).
        """
        rows = self.rows.get(len(first))
        if rows is None:
            rows = self.rows[len(first)] = _Rows(first, self.factor / len(first))
        ones, factor = rows.ones, rows.factor
        # Faster than sums over short rows:
        torch.mv(torch.mul(first, first, out=scratch), ones, out=rows.first_square)
        torch.mv(torch.mul(second, second, out=scratch), ones, out=rows.second_square)
        torch.mv(torch.mul(first, second, out=scratch), ones, out=rows.product)
        # A square below the threshold becomes infinite, its inverse 0: without direction.
        torch.threshold(rows.squares, EPSILON**2, torch.inf, out=rows.inverses).reciprocal_()
        torch.sqrt(rows.inverses, out=rows.roots)  # their product is finite, unlike the inverses'
        torch.mul(rows.first_root, rows.second_root, out=factor).mul_(rows.scale)
        cosines = torch.dot(rows.product, factor)
        directed = torch.dot(rows.squares_in_line, rows.inverses_in_line)
        rows.product.mul_(rows.first_inverse)
        torch.addcmul(second, first, rows.product_column, value=-1, out=out).mul_(
            rows.factor_column
        )
        return cosines, directed


class _Rows:
    """One number per row of a batch, and views of them, made once: a step is that short."""

    def __init__(self, like: Tensor, scale: float) -> None:
        (n, m), make = like.shape, like.new_empty
        # A Python number would be converted at every use, which takes as long as the operation.
        self.scale = like.new_tensor(scale)
        self.ones = like.new_ones(m)
        self.squares, self.inverses, self.roots = make(2, n), make(2, n), make(2, n)  # u's and v's
        self.first_square, self.second_square = self.squares
        self.first_inverse = self.inverses[0]
        self.first_root, self.second_root = self.roots
        self.squares_in_line, self.inverses_in_line = self.squares.view(-1), self.inverses.view(-1)
        self.product, self.factor = make(n), make(n)
        self.product_column, self.factor_column = self.product[:, None], self.factor[:, None]
