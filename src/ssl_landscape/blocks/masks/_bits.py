"""Random masks from a generator of their own, a few random bits an entry."""

import functools

import torch
from torch import Tensor


def bernoulli(shape: torch.Size, keep: float, generator: torch.Generator) -> Tensor:
    """Draw a mask whose entries are 1.0 with probability ``keep``, else 0.0.

    A keep probability of 1/2 takes one random bit an entry; any other compares 16-bit integers
    with a threshold, which is exact to 2^-17 < 1e-5. The generator decides the device.

    Returns:
        float32 tensor of ``shape``.
    """
    if keep == 0.5:
        return _fair_bits(shape.numel(), generator).view(shape)
    integers = _random_bytes(2 * shape.numel(), generator).view(torch.int16)[: shape.numel()]
    threshold = round(keep * 2**16) - 2**15
    return (integers < threshold).float().view(shape)


def _random_bytes(count: int, generator: torch.Generator) -> Tensor:
    words = torch.empty(-(-count // 8), dtype=torch.int64, device=generator.device)
    return words.random_(-(2**63), None, generator=generator).view(torch.uint8)


def _fair_bits(count: int, generator: torch.Generator) -> Tensor:
    octets = _random_bytes(-(-count // 8), generator)
    return _bits_of_octets(octets.device).index_select(0, octets.int()).view(-1)[:count]


@functools.cache
def _bits_of_octets(device: torch.device) -> Tensor:
    """Table of the eight bits of each byte, (256, 8) of 0.0 and 1.0."""
    values = torch.arange(256, device=device)[:, None]
    return (values >> torch.arange(8, device=device) & 1).float()
