"""Theorem 1(b) under three readings of Eq. 9 with infinitely many negatives."""

from typing import Any

import numpy as np

from ssl_landscape.theory.columns import (
    descend,
    distance_to_permutations,
    normalise_columns,
    random_points,
)
from ssl_landscape.theory.losses import READINGS, gram, limit, printed, sampled, threshold
from ssl_landscape.theory.measurement import Measurement, stream

NAME = "theorem_1"


def measure_readings(settings: dict[str, Any], seed: int) -> Measurement:
    """Part (b) for three readings of the limit of infinitely many negatives, over tau."""
    keep, d, found = settings["keep"], settings["readings_dimension"], []
    start = random_points(settings["starts"], d, False, stream(NAME, seed, "readings"))
    # Permutations are among the starts: an end below them shows that they are no minimum.
    start[0] = normalise_columns((np.eye(d) - 0.01 * np.roll(np.eye(d), 1, axis=0))[None])[0]
    for tau in settings["taus"]:
        for name, loss in READINGS.items():
            end = descend(start, loss, keep, tau, settings["step_size"], settings["steps"])
            gap = loss(gram(end), keep, tau)[0] - loss(np.eye(d)[None], keep, tau)[0]
            found.append(
                {
                    "d": d,
                    "tau": tau,
                    "reading": name,
                    "threshold": threshold(d, keep),
                    "lowest_end_less_permutation": float(gap.min()),
                    "predicted_lowest_of_limit": _lowest_of_limit(d, keep, tau),
                    "distance_of_lowest_end": float(
                        distance_to_permutations(end[[gap.argmin()]])[0]
                    ),
                }
            )
    return Measurement({"readings": found, "samples": _samples(settings, seed)}, {})


def _lowest_of_limit(d: int, keep: float, tau: float) -> float:
    """Return the least ``limit`` less that of permutations: at G = g I, g = threshold / tau."""
    own = min(1.0, threshold(d, keep) / tau)
    values = limit(np.stack([own * np.eye(d), np.eye(d)]), keep, tau)[0]
    return float(values[0] - values[1])


def _samples(settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """Compare both limits with Eq. 9 itself, sampled with many negatives."""
    keep, d, tau = settings["keep"], settings["readings_dimension"], settings["tau"]
    random = stream(NAME, seed, "samples")
    matrix = gram(random_points(1, d, True, random))
    sizes = settings["negatives"], settings["anchors"]
    estimate, error = sampled(matrix[0], keep, tau, *sizes, random)
    return {
        "d": d,
        "tau": tau,
        "negatives": sizes[0],
        "estimate": estimate,
        "standard_error": error,
        "printed_less_estimate": float(printed(matrix, keep, tau)[0][0]) - estimate,
        "limit_less_estimate": float(limit(matrix, keep, tau)[0][0]) - estimate,
    }
