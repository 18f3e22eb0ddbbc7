"""Latents with independent entries (section 4.2 taken literally)."""

import numpy as np


def independent(n: int, d: int, sparsity: float, generator: np.random.Generator) -> np.ndarray:
    """Draw entries i.i.d.: -1 and +1 with probability b/2 each, b = Pr(z_i != 0).

    All-zero latents are drawn again (section 4.2, footnote 4).

    Returns:
        (n, d) int8 array of {-1, 0, 1}.
    """
    probabilities = [sparsity / 2, 1 - sparsity, sparsity / 2]
    latents = generator.choice(np.array([-1, 0, 1], dtype=np.int8), size=(n, d), p=probabilities)
    while (empty := ~latents.any(axis=1)).any():
        shape = (int(empty.sum()), d)
        latents[empty] = generator.choice(
            np.array([-1, 0, 1], np.int8), size=shape, p=probabilities
        )
    return latents
