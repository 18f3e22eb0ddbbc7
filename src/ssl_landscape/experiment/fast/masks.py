"""Masks with the bits of the blocks'.

``draw`` draws the masks of some samples; ``apply`` writes the two views of a batch of them, given
the batch's masks and samples.
"""

import numpy as np
import torch

from ssl_landscape.experiment.fast.kernels import Array, compiled_exactly
from ssl_landscape.experiment.masks._bits import random_words, threshold


class _Masks:
    per_sample: int

    def __init__(self, keep: float, generator: torch.Generator) -> None:
        self.keep, self.generator = keep, generator

    def draw(self, n: int, p: int) -> Array:
        """Draw the masks of n samples of dimension p: (``per_sample``, n p) uint8."""
        count, is_fair = self.per_sample * n * p, self.keep == 0.5
        words = random_words(count, 64 if is_fair else 4, self.generator).numpy()
        if is_fair:
            masks = np.unpackbits(words.view(np.uint8), bitorder="little")
        else:
            masks = (words.view(np.int16) < threshold(self.keep)).view(np.uint8)
        return masks[:count].reshape(self.per_sample, n * p)


class independent(_Masks):
    """a1 = D1 x, a2 = D2 x (Eq. 3)."""

    per_sample = 2

    @staticmethod
    @compiled_exactly
    def apply(masks: Array, samples: Array, views: Array) -> None:
        """Write the views, (2, n p), of ``samples``, (n p), with ``masks``, (2, n p)."""
        for view in range(2):
            for i in range(len(samples)):
                views[view, i] = samples.dtype.type(masks[view, i]) * samples[i]


class dependent(_Masks):
    """a1 = 2 D x, a2 = 2 (I - D) x (Eq. 2)."""

    per_sample = 1

    @staticmethod
    @compiled_exactly
    def apply(masks: Array, samples: Array, views: Array) -> None:
        """Write the views, (2, n p), of ``samples``, (n p), with ``masks``, (1, n p)."""
        for i in range(len(samples)):
            doubled = samples[i] + samples[i]
            views[0, i] = samples.dtype.type(masks[0, i]) * doubled
            views[1, i] = doubled - views[0, i]
