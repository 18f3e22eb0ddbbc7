"""Theorem 1: minima of the non-contrastive and the contrastive loss (section 5.1, appendix A.1).

Claim. Let U be the matrices with unit columns, U>= those of them without a negative entry.
(a) Every W in U>= minimises L_non-CL(W, W) over U (Eq. 6).
(b) The minimisers of L_CL(W, W) over U (Eq. 9) are exactly the permutation matrices.

Assumptions: d = p = m, M = I, no noise, one-hot latents, ReLU without bias, independent masks
(Eq. 3) that keep an entry with probability alpha, infinitely many negatives, inner products of
representations that are not normalised. The losses here are exact expectations (``losses``).

Equations: A.16 (the limit of infinitely many negatives), A.17 to A.20, A.21 (the bound).
"""

from typing import Any

import numpy as np

from ssl_landscape.theory.columns import (
    descend,
    distance_to_permutations,
    mean_cosine,
    outside_points,
    path,
    random_points,
)
from ssl_landscape.theory.losses import bound, bound_as_printed, gram, non_contrastive, printed
from ssl_landscape.theory.measurement import Measurement, largest, stream
from ssl_landscape.theory.readings import measure_readings

NAME = "theorem_1"


def measure(settings: dict[str, Any], seed: int) -> Measurement:
    """Compute all quantities of Theorem 1 (``theory.theorem_1`` and ``theory.seed``)."""
    merged = Measurement({}, {})
    for measured in (_minima, _descents, measure_readings, _paths, _landscape):
        part = measured(settings, seed)
        merged.quantities.update(part.quantities)
        merged.curves.update(part.curves)
    return merged


def _minima(settings: dict[str, Any], seed: int) -> Measurement:
    """Part (a): the loss at random points of U>= and of the rest of U, less its minimum."""
    keep, found, clouds = settings["keep"], [], {}
    for d in settings["dimensions"]:
        random = stream(NAME, seed, f"points-{d}")
        inside = random_points(settings["points"], d, True, random)
        outside = outside_points(settings["points"], d, random)
        lowest = 2 - 2 * keep**2
        above, excess = (non_contrastive(w, keep) - lowest for w in (inside, outside))
        # What an entry below 0 costs: 2 alpha^2 / d times its square.
        predicted = 2 * keep**2 / d * (np.minimum(outside, 0) ** 2).sum(axis=(1, 2))
        distance, cosine = distance_to_permutations(inside), mean_cosine(inside)
        found.append(
            {
                "d": d,
                "points": settings["points"],
                "minimum": lowest,
                "largest_deviation_inside": largest(above),
                "smallest_excess_outside": float(excess.min()),
                "excess_formula_error": largest(excess - predicted),
                "distance_to_permutation": _spread(distance),
                "mean_cosine_of_columns": _spread(cosine),
            }
        )
        clouds[d] = {
            "distance": distance,
            "cosine": cosine,
            "outside_distance": distance_to_permutations(outside),
            "outside_excess": excess,
        }
    return Measurement({"non_contrastive": found}, {"clouds": clouds})


def _descents(settings: dict[str, Any], seed: int) -> Measurement:
    """Part (b): projected gradient descent on the proof's loss (A.16), and the bound A.21."""
    keep, tau, found, ends = settings["keep"], settings["tau"], [], {}
    for d in settings["dimensions"]:
        at_permutation = float(printed(np.eye(d)[None], keep, tau)[0][0])
        for kind in ("U", "U>="):
            random = stream(NAME, seed, f"starts-{d}-{kind}")
            start = random_points(settings["starts"], d, kind == "U>=", random)
            end = descend(start, printed, keep, tau, settings["step_size"], settings["steps"])
            further = descend(end, printed, keep, tau, settings["step_size"], 1)
            gap = printed(gram(end), keep, tau)[0] - bound(d, keep, tau)
            distance = distance_to_permutations(end)
            reached = distance < settings["tolerance"]
            found.append(
                {
                    "d": d,
                    "starts_in": kind,
                    "starts": settings["starts"],
                    "permutation_share": float(reached.mean()),
                    "dead_column_share": float(np.any((end <= 0).all(axis=1), axis=1).mean()),
                    "largest_last_movement": largest(further - end),
                    "smallest_gap_to_bound": float(gap.min()),
                    "largest_gap_at_permutation_ends": _extreme(gap[reached], np.max),
                    "smallest_gap_at_other_ends": _extreme(gap[~reached], np.min),
                    "gap_of_permutations": at_permutation - bound(d, keep, tau),
                    "gap_of_permutations_as_printed": at_permutation
                    - bound_as_printed(d, keep, tau),
                }
            )
            ends[d, kind] = {"distance": distance, "gap": gap}
    return Measurement({"contrastive": found}, {"ends": ends})


def _paths(settings: dict[str, Any], seed: int) -> Measurement:
    """Both losses, less their minima, along paths inside U>= that start at a permutation."""
    keep, tau, d = settings["keep"], settings["tau"], settings["readings_dimension"]
    ends = {
        "another permutation": np.roll(np.eye(d), 1, axis=0),
        "a random point of U≥": random_points(1, d, True, stream(NAME, seed, "path"))[0],
        "the collapsed point": np.full((d, d), d**-0.5),
    }
    curves, found = {}, {}
    for name, end in ends.items():
        points = path(np.eye(d), end, settings["path_points"])
        flat = non_contrastive(points, keep) - (2 - 2 * keep**2)
        rising = printed(gram(points), keep, tau)[0] - bound(d, keep, tau)
        curves[name] = {"non_contrastive": flat, "contrastive": rising}
        found[name] = {"non_contrastive": largest(flat), "contrastive": float(rising.max())}
    return Measurement({"largest_excess_along_paths": found}, {"paths": curves})


def _landscape(settings: dict[str, Any], seed: int) -> Measurement:
    """Both losses over all of U for d = 2, where U is a torus: two angles, one a column."""
    keep, tau, count = settings["keep"], settings["tau"], settings["grid"]
    angles = np.linspace(-180, 180, count)
    first, second = np.meshgrid(np.radians(angles), np.radians(angles), indexing="ij")
    weights = np.stack([np.cos([first, second]), np.sin([first, second])])  # row, column, ...
    weights = np.moveaxis(weights, (0, 1), (-2, -1)).reshape(-1, 2, 2)
    values = {
        "angles": angles,
        "non_contrastive": non_contrastive(weights, keep) - (2 - 2 * keep**2),
        "contrastive": printed(gram(weights), keep, tau)[0] - bound(2, keep, tau),
    }
    share = {}
    for key in ("non_contrastive", "contrastive"):
        share[key] = float((np.abs(values[key]) < 1e-12).mean())
        values[key] = values[key].reshape(count, count)
    return Measurement({"share_of_landscape_at_minimum": share}, {"landscape": values})


def _spread(values: np.ndarray) -> dict[str, float]:
    found = {"min": values.min(), "median": np.median(values), "max": values.max()}
    return {key: float(value) for key, value in found.items()}


def _extreme(values: np.ndarray, pick: Any) -> float | None:
    return float(pick(values)) if values.size else None
