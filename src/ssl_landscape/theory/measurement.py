"""What the computations of all statements share."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ssl_landscape.experiment.seeds import derive_seed

Pair = tuple[np.ndarray, np.ndarray]
Settings = dict[str, Any]  # a statement's entry in the config
# Plain quantities, for the JSON file; longer arrays, which only the figure needs.
Measured = tuple[dict[str, Any], dict[str, Any]]
Streams = Callable[[str], np.random.Generator]  # the random stream of each purpose


def streams(statement: str, seed: int) -> Streams:
    """Return a statement's random streams; no two purposes share one."""
    return lambda purpose: np.random.default_rng(derive_seed(statement, "theory", seed, purpose))


def normalise(weights: np.ndarray, axis: int) -> np.ndarray:
    """Scale the vectors along an axis to unit length."""
    return weights / np.linalg.norm(weights, axis=axis, keepdims=True)


def largest(values: object) -> float:
    """Return the largest magnitude, as a plain number."""
    return float(np.abs(np.asarray(values, dtype=np.float64)).max())
