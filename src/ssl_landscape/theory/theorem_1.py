"""Theorem 1: minima of the non-contrastive and the contrastive loss (section 5.1, appendix A.1).

Claim. Let U be the matrices with unit columns, U>= those of them without a negative entry.
(a) Every W in U>= minimises L_non-CL(W, W) over U (Eq. 6).
(b) The minimisers of L_CL(W, W) over U (Eq. 9) are exactly the permutation matrices.

Assumptions: d = p = m, M = I, no noise, one-hot latents, ReLU without bias, independent masks
(Eq. 3) that keep an entry with probability alpha, infinitely many negatives, inner products of
representations that are not normalised. The losses here are exact expectations (``losses``).

Equations: A.16 (the limit of infinitely many negatives), A.17 to A.20, A.21 (the bound).
"""

import numpy as np

from ssl_landscape.theory import losses
from ssl_landscape.theory.losses import bound, gram, limit, non_contrastive, printed, random_points
from ssl_landscape.theory.measurement import Measured, Settings, Streams, largest, normalise


def measure(settings: Settings, stream: Streams) -> Measured:
    """Compute all quantities of Theorem 1 from ``theory.theorem_1``."""
    measured: Measured = ({}, {})
    for part in (_minima, _descents, _readings, _samples, _paths, _landscape):
        for whole, found in zip(measured, part(settings, stream), strict=True):
            whole.update(found)
    return measured


def _minima(settings: Settings, stream: Streams) -> Measured:
    """Part (a): the loss at random points of U>= and of the rest of U, less its minimum."""
    keep, count, found, clouds = settings["keep"], settings["points"], [], {}
    for d in settings["dimensions"]:
        random = stream(f"points-{d}")
        inside = random_points(count, d, True, random)
        outside = losses.outside_points(count, d, random)
        lowest = 2 - 2 * keep**2
        above, excess = (non_contrastive(w, keep) - lowest for w in (inside, outside))
        # What an entry below 0 costs: 2 alpha^2 / d times its square.
        predicted = 2 * keep**2 / d * (np.minimum(outside, 0) ** 2).sum(axis=(1, 2))
        distance, cosine = losses.distance_to_permutations(inside), losses.mean_cosine(inside)
        result = {
            "d": d,
            "points": count,
            "minimum": lowest,
            "largest_deviation_inside": largest(above),
            "smallest_excess_outside": float(excess.min()),
            "excess_formula_error": largest(excess - predicted),
            "distance_to_permutation": _spread(distance),
            "mean_cosine_of_columns": _spread(cosine),
        }
        found.append(result)
        clouds[d] = {
            "distance": distance,
            "cosine": cosine,
            "outside_distance": losses.distance_to_permutations(outside),
            "outside_excess": excess,
        }
    return {"non_contrastive": found}, {"clouds": clouds}


def _descents(settings: Settings, stream: Streams) -> Measured:
    """Part (b): projected gradient descent on the proof's loss (A.16), and the bound A.21."""
    keep, tau, step_size, found = settings["keep"], settings["tau"], settings["step_size"], []
    for d in settings["dimensions"]:
        at_permutation = float(printed(np.eye(d)[None], keep, tau)[0][0])
        for kind in ("U", "U>="):
            random = stream(f"starts-{d}-{kind}")
            start = random_points(settings["starts"], d, kind == "U>=", random)
            end = losses.descend(start, printed, keep, tau, step_size, settings["steps"])
            further = losses.descend(end, printed, keep, tau, step_size, 1)
            gap = printed(gram(end), keep, tau)[0] - bound(d, keep, tau)
            reached = losses.distance_to_permutations(end) < settings["tolerance"]
            as_printed = at_permutation - losses.bound_as_printed(d, keep, tau)
            result = {
                "d": d,
                "starts_in": kind,
                "starts": settings["starts"],
                "permutation_share": float(reached.mean()),
                "dead_column_share": float(np.any((end <= 0).all(axis=1), axis=1).mean()),
                "largest_last_movement": largest(further - end),
                "smallest_gap_to_bound": float(gap.min()),
                "largest_gap_at_permutation_ends": float(gap[reached].max())
                if reached.any()
                else None,
                "smallest_gap_at_other_ends": None if reached.all() else float(gap[~reached].min()),
                "gap_of_permutations": at_permutation - bound(d, keep, tau),
                "gap_of_permutations_as_printed": as_printed,
            }
            found.append(result)
    return {"contrastive": found}, {}


def _readings(settings: Settings, stream: Streams) -> Measured:
    """Part (b) for three readings of the limit of infinitely many negatives, over tau."""
    keep, d, found = settings["keep"], settings["readings_dimension"], []
    start = random_points(settings["starts"], d, False, stream("readings"))
    # Permutations are among the starts: an end below them shows that they are no minimum.
    start[0] = normalise(np.eye(d) - 0.01 * np.roll(np.eye(d), 1, axis=0), 0)
    for tau in settings["taus"]:
        # The least ``limit`` is at G = g I, g = threshold / tau.
        least = min(1.0, losses.threshold(d, keep) / tau) * np.eye(d)
        values = limit(np.stack([least, np.eye(d)]), keep, tau)[0]
        for name, loss in losses.READINGS.items():
            end = losses.descend(start, loss, keep, tau, settings["step_size"], settings["steps"])
            gap = loss(gram(end), keep, tau)[0] - loss(np.eye(d)[None], keep, tau)[0]
            distance = losses.distance_to_permutations(end[[gap.argmin()]])
            result = {
                "d": d,
                "tau": tau,
                "reading": name,
                "threshold": losses.threshold(d, keep),
                "lowest_end_less_permutation": float(gap.min()),
                "predicted_lowest_of_limit": float(values[0] - values[1]),
                "distance_of_lowest_end": float(distance[0]),
            }
            found.append(result)
    return {"readings": found}, {}


def _samples(settings: Settings, stream: Streams) -> Measured:
    """Compare both limits with Eq. 9 itself, sampled with many negatives."""
    keep, d, tau = settings["keep"], settings["readings_dimension"], settings["tau"]
    random = stream("samples")
    matrix = gram(random_points(1, d, True, random))
    sizes = settings["negatives"], settings["anchors"]
    estimate, error = losses.sampled(matrix[0], keep, tau, *sizes, random)
    found = {
        "d": d,
        "tau": tau,
        "negatives": settings["negatives"],
        "estimate": estimate,
        "standard_error": error,
        "printed_less_estimate": float(printed(matrix, keep, tau)[0][0]) - estimate,
        "limit_less_estimate": float(limit(matrix, keep, tau)[0][0]) - estimate,
    }
    return {"samples": found}, {}


def _paths(settings: Settings, stream: Streams) -> Measured:
    """Both losses, less their minima, along paths inside U>= that start at a permutation."""
    d, curves, found = settings["readings_dimension"], {}, {}
    ends = {
        "another permutation": np.roll(np.eye(d), 1, axis=0),
        "a random point of U≥": random_points(1, d, True, stream("path"))[0],
        "the collapsed point": np.full((d, d), d**-0.5),
    }
    for name, end in ends.items():
        points = losses.path(np.eye(d), end, settings["path_points"])
        curves[name] = _above_minimum(settings, points)
        flat, rising = curves[name].values()
        found[name] = {"non_contrastive": largest(flat), "contrastive": float(rising.max())}
    return {"largest_excess_along_paths": found}, {"paths": curves}


def _landscape(settings: Settings, stream: Streams) -> Measured:
    """Both losses over all of U for d = 2, where U is a torus: two angles, one a column."""
    count = settings["grid"]
    angles = np.linspace(-180, 180, count)
    first, second = np.meshgrid(np.radians(angles), np.radians(angles), indexing="ij")
    weights = np.stack([np.cos([first, second]), np.sin([first, second])])  # row, column, ...
    weights = np.moveaxis(weights, (0, 1), (-2, -1)).reshape(-1, 2, 2)
    values = _above_minimum(settings, weights)
    share = {name: float((np.abs(value) < 1e-12).mean()) for name, value in values.items()}
    maps = {name: value.reshape(count, count) for name, value in values.items()}
    return {"share_of_landscape_at_minimum": share}, {"landscape": {"angles": angles, **maps}}


def _above_minimum(settings: Settings, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Return both losses at each W, less their minima."""
    keep, tau, d = settings["keep"], settings["tau"], weights.shape[-1]
    return {
        "non_contrastive": non_contrastive(weights, keep) - (2 - 2 * keep**2),
        "contrastive": printed(gram(weights), keep, tau)[0] - bound(d, keep, tau),
    }


def _spread(values: np.ndarray) -> dict[str, float]:
    found = {"min": values.min(), "median": np.median(values), "max": values.max()}
    return {key: float(value) for key, value in found.items()}
