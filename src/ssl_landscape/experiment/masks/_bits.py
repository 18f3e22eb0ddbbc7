"""Random masks from a generator of their own, a few random bits an entry."""

import functools
import math

import torch
from torch import Tensor

from ssl_landscape.experiment.fast.workspace import Workspace


def bernoulli(
    shape: tuple[int, ...],
    keep: float,
    generator: torch.Generator,
    workspace: Workspace | None = None,
) -> Tensor:
    """Draw a mask whose entries are 1 with probability ``keep``, else 0.

    A keep probability of 1/2 takes one random bit an entry; any other compares 16-bit integers
    with a threshold, which is exact to 2^-17 < 1e-5. The generator decides the device.

    Returns:
        uint8 tensor of ``shape``; its memory is used again by the next call of the same size, and
        by others who use the workspace.
    """
    return _Draw.of_shape(shape, keep, generator.device, workspace)(generator)


class _Draw:
    """A mask's memory, and how it is filled."""

    def __init__(
        self,
        shape: tuple[int, ...],
        keep: float,
        device: torch.device,
        workspace: Workspace | None,
    ) -> None:
        new = (workspace or Workspace(device)).fork().new
        count = math.prod(shape)
        self.fair = keep == 0.5
        self.words = new(-(-count // (64 if self.fair else 4)), dtype=torch.int64)
        if self.fair:  # one byte of the words becomes eight bytes of the mask
            self.octets, self.table = self.words.view(torch.uint8), _eight_bytes(device)
            self.indices = new(len(self.octets), dtype=torch.int32)
            self.spread = new(len(self.octets), dtype=torch.int64)
            self.mask = self.spread.view(torch.uint8)[:count].view(shape)
        else:
            self.integers = self.words.view(torch.int16)[:count]
            self.threshold = round(keep * 2**16) - 2**15
            self.kept = new(count, dtype=torch.bool)
            self.mask = self.kept.view(torch.uint8).view(shape)

    def __call__(self, generator: torch.Generator) -> Tensor:
        """Draw the mask anew."""
        _fill_with_random_bits(self.words, generator)
        if self.fair:
            torch.index_select(self.table, 0, self.indices.copy_(self.octets), out=self.spread)
        else:
            torch.lt(self.integers, self.threshold, out=self.kept)
        return self.mask

    @staticmethod
    @functools.lru_cache(maxsize=4)
    def of_shape(
        shape: tuple[int, ...], keep: float, device: torch.device, workspace: Workspace | None
    ) -> "_Draw":
        with torch.inference_mode(mode=False):  # memory that may be written in any mode
            return _Draw(shape, keep, device, workspace)


def _fill_with_random_bits(words: Tensor, generator: torch.Generator) -> None:
    words.random_(-(2**63), None, generator=generator)


@functools.cache
def _eight_bytes(device: torch.device) -> Tensor:
    """Table of the eight bits of each byte as eight bytes 0 or 1, which one int64 holds; (256,)."""
    values = torch.arange(256, device=device)[:, None]
    return (values >> torch.arange(8, device=device) & 1).byte().view(torch.int64).view(-1)
