"""Masks in memory of their own: the same bits as the blocks', drawn anew in place.

Each is called with samples (n, p) and writes two views of them to ``out``, (2, n, p).
"""

import math

import torch
from torch import Tensor

from ssl_landscape.experiment.fast.workspace import Workspace
from ssl_landscape.experiment.masks._bits import LOWEST, threshold


class independent:
    """a1 = D1 x, a2 = D2 x (Eq. 3)."""

    def __init__(self, keep: float, generator: torch.Generator, workspace: Workspace) -> None:
        self.draw = _Draws(keep, generator, workspace)

    def __call__(self, samples: Tensor, out: Tensor) -> None:
        """Write the views to ``out``."""
        out.copy_(self.draw(out.shape)).mul_(samples)


class dependent:
    """a1 = 2 D x, a2 = 2 (I - D) x (Eq. 2)."""

    def __init__(self, keep: float, generator: torch.Generator, workspace: Workspace) -> None:
        self.draw = _Draws(keep, generator, workspace)

    def __call__(self, samples: Tensor, out: Tensor) -> None:
        """Write the views to ``out``."""
        doubled = torch.mul(samples, 2, out=out[1])
        out[0].copy_(self.draw(samples.shape)).mul_(doubled)
        doubled.sub_(out[0])


class _Draws:
    """Draws masks of any shape, (uint8); each is overwritten by the next of its shape."""

    def __init__(self, keep: float, generator: torch.Generator, workspace: Workspace) -> None:
        self.keep, self.generator, self.workspace = keep, generator, workspace
        self.of_shape: dict[torch.Size, _Mask] = {}
        # The eight bits of each byte as eight bytes 0 or 1, which one int64 holds; (256,).
        values = torch.arange(256, device=generator.device)[:, None]
        bits = values >> torch.arange(8, device=generator.device) & 1
        self.table = bits.byte().view(torch.int64).view(-1)

    def __call__(self, shape: torch.Size) -> Tensor:
        """Draw the mask of this shape."""
        mask = self.of_shape.get(shape)
        if mask is None:
            mask = self.of_shape[shape] = _Mask(shape, self.keep, self.table, self.workspace)
        return mask.draw(self.generator)


class _Mask:
    def __init__(self, shape: torch.Size, keep: float, table: Tensor, workspace: Workspace) -> None:
        new, count = workspace.fork().new, math.prod(shape)
        self.fair = keep == 0.5
        self.words = new(-(-count // (64 if self.fair else 4)), dtype=torch.int64)
        if self.fair:  # one byte of the words becomes eight bytes of the mask
            self.octets, self.table = self.words.view(torch.uint8), table
            self.indices = new(len(self.octets), dtype=torch.int32)
            self.spread = new(len(self.octets), dtype=torch.int64)
            self.mask = self.spread.view(torch.uint8)[:count].view(shape)
        else:
            self.integers = self.words.view(torch.int16)[:count]
            self.threshold = threshold(keep)
            self.kept = new(count, dtype=torch.bool)
            self.mask = self.kept.view(torch.uint8).view(shape)

    def draw(self, generator: torch.Generator) -> Tensor:
        self.words.random_(LOWEST, None, generator=generator)
        if self.fair:
            torch.index_select(self.table, 0, self.indices.copy_(self.octets), out=self.spread)
        else:
            torch.lt(self.integers, self.threshold, out=self.kept)
        return self.mask
