"""What a statement's computation gives, and its random streams."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ssl_landscape.experiment.seeds import derive_seed


@dataclass(frozen=True)
class Measurement:
    """Measured quantities, and the longer arrays that only the figure needs."""

    quantities: dict[str, Any]  # plain numbers, texts, lists and mappings of them
    curves: dict[str, Any]


def stream(statement: str, seed: int, purpose: str) -> np.random.Generator:
    """Return the random stream of one purpose; no two purposes share one."""
    return np.random.default_rng(derive_seed(statement, "theory", seed, purpose))


def largest(values: object) -> float:
    """Return the largest magnitude, as a plain number."""
    return float(np.abs(np.asarray(values, dtype=np.float64)).max())
