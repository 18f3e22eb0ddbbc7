"""The max-cosines of an encoder that has learnt nothing: m random directions in R^p."""

import functools

import numpy as np

from ssl_landscape.experiment.max_cosine import METRICS
from ssl_landscape.experiment.seeds import derive_seed

DRAWS = 4000


@functools.cache
def chance_level(p: int, d: int, m: int) -> dict[str, float]:
    """Return the expected maximum, median and minimum max-cosine (Eq. 12) of random neurons.

    By a seeded Monte Carlo: m independent directions, uniform on the sphere in R^p, against d
    orthonormal columns. By symmetry these may be the first d axes, so that a neuron's cosines are
    the first d entries of a Gaussian vector over its length; of the other p - d entries only the
    sum of squares counts, which is chi-squared. The mean over 4000 draws, by the curve's columns.
    """
    random = np.random.default_rng(derive_seed(f"p-{p}-d-{d}-m-{m}", "any", 0, "chance"))
    along = random.standard_normal((DRAWS, m, d))
    squares = (along**2).sum(axis=-1)
    if p > d:
        squares += random.chisquare(p - d, (DRAWS, m))
    best = (np.abs(along) / np.sqrt(squares)[..., None]).max(axis=1)
    levels = (best.max(axis=1), np.median(best, axis=1), best.min(axis=1))
    return {metric: float(level.mean()) for metric, level in zip(METRICS, levels, strict=True)}
