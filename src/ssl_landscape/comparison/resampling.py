"""How far few runs can be trusted: bootstrap intervals, and what fewer runs would have said."""

import itertools
import math
from collections.abc import Callable

import numpy as np

from ssl_landscape.experiment.seeds import derive_seed

RESAMPLES = 10_000
SUBSET = 5  # the paper's number of runs
EXACT = 20_000  # up to so many subsets, all are taken; C(20, 5) = 15504


def bootstrap_interval(values: np.ndarray, name: str) -> tuple[float, float]:
    """Return the percentile bootstrap's 95% interval of a mean; NaN for fewer than two runs.

    Args:
        values: one per run, (n,).
        name: of the cell; seeds the resampling, so that a cell's interval is its own.
    """
    if len(values) < 2:
        return math.nan, math.nan
    random = np.random.default_rng(derive_seed(name, "any", 0, "bootstrap"))
    drawn = random.integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def misleading_share(
    values: np.ndarray, agrees: Callable[[np.ndarray, np.ndarray], np.ndarray], name: str
) -> tuple[float, int]:
    """Return the share of 5-run subsets whose verdict on a cell is not that of all runs.

    Args:
        values: one per run, (n,).
        agrees: (means, sample standard deviations) -> whether each is within the tolerance.
        name: of the cell; seeds the choice of subsets where there are too many to take all.

    Returns:
        The share, and the number of subsets; NaN and 0 for 5 runs or fewer.
    """
    if len(values) <= SUBSET:
        return math.nan, 0
    if math.comb(len(values), SUBSET) <= EXACT:
        chosen = np.array(list(itertools.combinations(range(len(values)), SUBSET)))
    else:
        random = np.random.default_rng(derive_seed(name, "any", 0, "subsets"))
        keys = random.random((EXACT, len(values)))  # the smallest keys: drawn without replacement
        chosen = np.argpartition(keys, SUBSET, axis=1)[:, :SUBSET]
    subsets = values[chosen]
    verdicts = agrees(subsets.mean(axis=1), subsets.std(axis=1, ddof=1))
    overall = agrees(values.mean(keepdims=True), values.std(keepdims=True, ddof=1))[0]
    return float((verdicts != overall).mean()), len(chosen)
