"""Random masks, drawn from a generator of their own with as few random bits as possible."""

import math

import torch
from torch import Tensor

LOWEST = -(2**63)  # of the random 64-bit integers


def bernoulli(shape: tuple[int, ...], keep: float, generator: torch.Generator) -> Tensor:
    """Draw a mask whose entries are 1 with probability ``keep``, else 0.

    A keep probability of 1/2 takes one random bit per entry; any other compares 16-bit integers
    with a threshold, which is exact to 2^-17 < 1e-5. The generator decides the device.

    Returns:
        Tensor of ``shape``: uint8 or bool.
    """
    count = math.prod(shape)
    if keep == 0.5:
        octets = random_words(count, 64, generator).view(torch.uint8)
        places = torch.arange(8, device=octets.device)
        bits = octets[:, None] >> places & 1  # (octets, 8)
        return bits.byte().flatten()[:count].view(shape)
    integers = random_words(count, 4, generator).view(torch.int16)[:count]
    return (integers < threshold(keep)).view(shape)


def threshold(keep: float) -> int:
    """Return the 16-bit integer below which a random one lies with probability ``keep``."""
    return round(keep * 2**16) - 2**15


def random_words(count: int, per_word: int, generator: torch.Generator) -> Tensor:
    """Draw 64 random bits for every ``per_word`` of ``count`` entries, as int64."""
    words = torch.empty(-(-count // per_word), dtype=torch.int64, device=generator.device)
    return words.random_(LOWEST, None, generator=generator)
