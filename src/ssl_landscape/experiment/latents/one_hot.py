"""One-hot latents (Figure 1; Theorem 1's uniform 1-sparse latents)."""

import numpy as np


def one_hot(n: int, d: int, sparsity: float, generator: np.random.Generator) -> np.ndarray:
    """Draw latents with one entry 1, in a uniformly random place; Pr(z_i != 0) is 1/d.

    Returns:
        (n, d) int8 array of {0, 1}.
    """
    latents = np.zeros((n, d), dtype=np.int8)
    latents[np.arange(n), generator.integers(d, size=n)] = 1
    return latents
