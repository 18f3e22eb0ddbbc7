"""Random masks from a generator of their own, a few random bits an entry."""

import functools
import math

import torch
from torch import Tensor


def bernoulli(shape: tuple[int, ...], keep: float, generator: torch.Generator) -> Tensor:
    """Draw a mask whose entries are 1 with probability ``keep``, else 0.

    A keep probability of 1/2 takes one random bit an entry; any other compares 16-bit integers
    with a threshold, which is exact to 2^-17 < 1e-5. The generator decides the device.

    Returns:
        uint8 tensor of ``shape``; its memory is used again by the next call of the same size.
    """
    count = math.prod(shape)
    draw = _Draw.of_size(count, keep == 0.5, generator.device)
    _fill_with_random_bits(draw.words, generator)
    if keep == 0.5:
        torch.index_select(_eight_bytes(generator.device), 0, draw.octets.int(), out=draw.spread)
    else:
        torch.lt(draw.integers, round(keep * 2**16) - 2**15, out=draw.kept)
    return draw.mask.view(shape)


def _fill_with_random_bits(words: Tensor, generator: torch.Generator) -> None:
    words.random_(-(2**63), None, generator=generator)


class _Draw:
    """The buffers of one size of mask: random words, and the mask made from them."""

    def __init__(self, count: int, fair: bool, device: torch.device) -> None:
        words = -(-count // 64) if fair else -(-count // 4)
        self.words = torch.empty(words, dtype=torch.int64, device=device)
        if fair:  # one byte of the words becomes eight bytes of the mask
            self.octets = self.words.view(torch.uint8)
            self.spread = torch.empty(len(self.octets), dtype=torch.int64, device=device)
            self.mask = self.spread.view(torch.uint8)[:count]
        else:
            self.integers = self.words.view(torch.int16)[:count]
            self.kept = torch.empty(count, dtype=torch.bool, device=device)
            self.mask = self.kept.view(torch.uint8)

    @staticmethod
    @functools.lru_cache(maxsize=4)
    def of_size(count: int, fair: bool, device: torch.device) -> "_Draw":
        return _Draw(count, fair, device)


@functools.cache
def _eight_bytes(device: torch.device) -> Tensor:
    """Table of the eight bits of each byte as eight bytes 0 or 1, which one int64 holds; (256,)."""
    values = torch.arange(256, device=device)[:, None]
    return (values >> torch.arange(8, device=device) & 1).byte().view(torch.int64).view(-1)
