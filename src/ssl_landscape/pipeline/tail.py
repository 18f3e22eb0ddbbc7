"""How a run ends: a curve that jumps to the end has no last value worth the name."""

import numpy as np

WATCHED = "min_max_cosine"
SHARE = 16  # one in so many of a run's epochs is its tail: 500 of 8000


def tail_of(curve: np.ndarray) -> dict[str, float]:
    """Return median, minimum and maximum over the last epochs of a curve, (epochs + 1,)."""
    last = curve[-max(1, (len(curve) - 1) // SHARE) :]
    found = {"median": np.median(last), "lowest": last.min(), "highest": last.max()}
    return {f"tail_{name}": float(value) for name, value in found.items()}
