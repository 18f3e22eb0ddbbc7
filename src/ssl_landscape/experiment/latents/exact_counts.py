"""Latents with an exact number of non-zero entries (the released code's reading)."""

import math

import numpy as np


def exact_counts(n: int, d: int, sparsity: float, generator: np.random.Generator) -> np.ndarray:
    """Draw ``n`` latents with fixed counts of -1 and +1 in random places.

    ``ceil(d b / 2)`` entries are -1, and further entries are +1 until ``ceil(d b)`` are non-zero,
    at least one of them +1, where b = Pr(z_i != 0). For d = 10, b = 0.1 and b = 0.2 therefore
    give the same distribution.

    Returns:
        (n, d) int8 array of {-1, 0, 1}.
    """
    # Rounded first: ceil(10 * 0.3) would see 3.0000000000000004 for some products.
    negative = math.ceil(round(d * sparsity / 2, 9))
    nonzero = max(math.ceil(round(d * sparsity, 9)), negative + 1)
    row = np.zeros(d, dtype=np.int8)
    row[:negative] = -1
    row[negative:nonzero] = 1
    return generator.permuted(np.tile(row, (n, 1)), axis=1)
