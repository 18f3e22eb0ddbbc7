"""Theorem 3: dual symmetric-ReLU networks with row normalisation (section 5.2.1, appendix C.2).

Claim. Alternating optimisation of Eq. 15, each network to convergence in turn with rows normalised
after every step, makes W^o and W^t converge to I. Each half of a round multiplies an off-diagonal
entry by a W_ii, with a = alpha^2 (kappa + sigma_0^2) / ((1 + sigma_0^2) W_ii - b_i) (C.29); the
proof takes a in (0, 1) to follow from Assumptions 2 and 4.

Assumptions: M = I; symmetric Bernoulli latents with Pr(z_i != 0) = kappa (Assumption 1); warm start
W = I + Delta with |Delta_ij| < 1 / (10 d) (Assumption 2); no noise, or less than any |Delta_ij|
(Assumption 3, which the theorem does not name and Assumption 4 rests on); fixed biases with
|c_b| < b_i < 1 - |c_b| for every value of c_b = sum_{l != i} Delta_il D_ll z_l (Assumption 4).

Without noise gradients are exact, over all masks and latents; with noise they are a sample's.
"""

import itertools
from typing import Any

import numpy as np

from ssl_landscape.theory.alternation import (
    alternate,
    check_assumptions,
    distance_to_identity,
    off_diagonal,
    warm_start,
    worst_cross_term,
)
from ssl_landscape.theory.maps import measure_maps, summary
from ssl_landscape.theory.measurement import Measurement, largest, stream
from ssl_landscape.theory.population import (
    all_views,
    closed_gradient,
    contraction,
    gradient,
    sampled_views,
)

NAME = "theorem_3"


def measure(settings: dict[str, Any], seed: int) -> Measurement:
    """Compute all quantities of Theorem 3 (``theory.theorem_3`` and ``theory.seed``)."""
    cases, curves = zip(*(_case(settings, case, seed) for case in settings["cases"]), strict=True)
    samples = _samples(settings, seed)
    maps = measure_maps(settings, seed)
    quantities = {
        "cases": list(cases),
        "admissible": _admissible(settings, seed),
        "samples": samples,
        "sample_slopes": _slopes(samples),
        "maps": {name: summary(found) for name, found in maps.items()},
    }
    return Measurement(quantities, {"cases": dict(enumerate(curves)), "maps": maps})


def _case(settings: dict[str, Any], case: dict[str, float], seed: int) -> tuple:
    """Follow warm starts inside the assumptions with exact gradients."""
    d, keep, kappa, bias = settings["dimension"], case["keep"], case["kappa"], case["bias"]
    random = stream(NAME, seed, f"case-{keep}-{kappa}-{bias}")
    pair = warm_start(settings["starts"], d, 0.999 / (10 * d), random)
    biases = np.full((settings["starts"], d), bias)
    for weights in pair:
        check_assumptions(weights, biases)
    views = all_views(d, keep, kappa)
    step_size = settings["relative_step"] / (2 * keep**2 * kappa)
    history = alternate(pair, biases, views, step_size, settings["rounds"], settings["inner_steps"])
    online, target = history[0]
    exact = gradient(online, target, biases, biases, views)
    closed = closed_gradient(target, biases, keep, kappa, 0.0)
    errors, factors = _contraction(history, biases, keep, kappa)
    found = {
        **case,
        "d": d,
        "starts": settings["starts"],
        "a_at_identity": float(contraction(np.ones(1), np.array([bias]), keep, kappa, 0.0)[0]),
        "gradient_error": largest(exact - closed) / largest(closed),
        "contraction_range": [min(factors), max(factors)],
        "largest_contraction_error": largest(errors),
        "start_distance": float(distance_to_identity(history[0]).max()),
        "final_distance": float(distance_to_identity(history[-1]).max()),
        "smallest_final_distance": float(distance_to_identity(history[-1]).min()),
    }
    # The network that was updated last, at each half of a round.
    sizes = [off_diagonal(history[0][1]).max()]
    sizes += [off_diagonal(pair[half % 2]).max() for half, pair in enumerate(history[1:])]
    return found, {"off_diagonal": np.array(sizes), "final": history[-1][0][0]}


def _contraction(
    history: list, biases: np.ndarray, keep: float, kappa: float
) -> tuple[list[float], list[float]]:
    """Hold each half-round's factor on the off-diagonals against a W*_ii (C.29, Lemma 1).

    Only where rounding does not decide and every neuron still answers to its own latent alone.
    """
    errors, factors = [], []
    for half, (before, after) in enumerate(itertools.pairwise(history)):
        start, learner, other = before[half % 2], after[half % 2], before[1 - half % 2]
        answering = np.ones(len(learner), dtype=bool)
        for weights in (start, learner, other):
            own = np.diagonal(weights, axis1=1, axis2=2)
            room = np.minimum(biases, own - biases)
            answering &= (worst_cross_term(weights) < room).all(axis=1)
        own = np.diagonal(other, axis1=1, axis2=2)
        predicted = contraction(own, biases, keep, kappa, 0.0)
        predicted = predicted * np.diagonal(learner, axis1=1, axis2=2)
        seen = np.abs(other) * (1 - np.eye(other.shape[-1])) > 1e-6
        seen &= answering[:, None, None]
        if seen.any():
            ratio = learner[seen] / other[seen]
            expected = np.broadcast_to(predicted[..., None], other.shape)[seen]
            errors.append(largest(ratio / expected - 1))
            factors += [float(ratio.min()), float(ratio.max())]
    return errors, factors


def _admissible(settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """Draw settings that meet all assumptions; how often a < 1, and the wanted activation hold."""
    d, count = settings["dimension"], settings["draws"]
    random = stream(NAME, seed, "admissible")
    keep, kappa = random.random((2, count))
    weights, _ = warm_start(count, d, 1 / (10 * d), random)
    worst = worst_cross_term(weights).max(axis=1)
    bias = worst + random.random(count) * (1 - 2 * worst)
    own = np.diagonal(weights, axis1=1, axis2=2).min(axis=1)
    a = keep**2 * kappa / (own - bias)
    return {
        "draws": count,
        "share_with_a_of_1_or_more": float(((a >= 1) | (a <= 0)).mean()),
        "share_that_does_not_activate": float((own - worst <= bias).mean()),
    }


def _samples(settings: dict[str, Any], seed: int) -> list[dict[str, Any]]:
    """Run on samples, with noise: how near I the end is, by the number of samples."""
    part, d = settings["samples"], settings["dimension"]
    found = []
    for noise in part["noises"]:
        for size in part["sizes"]:
            ends = []
            for repeat in range(part["repeats"]):
                random = stream(NAME, seed, f"sample-{noise}-{size}-{repeat}")
                pair = warm_start(1, d, 0.999 / (10 * d), random)
                views = sampled_views(d, part["keep"], part["kappa"], noise, size, random)
                biases = np.full((1, d), part["bias"])
                limits = part["rounds"], part["inner_steps"]
                step_size = settings["relative_step"] / (2 * part["keep"] ** 2 * part["kappa"])
                history = alternate(pair, biases, views, step_size, *limits)
                ends.append(float(distance_to_identity(history[-1])[0]))
            found.append({"noise": noise, "samples": size, "final_distances": ends})
    return found


def _slopes(samples: list[dict[str, Any]]) -> list[dict[str, float]]:
    """Fit final distance ~ samples^slope for each noise."""
    slopes = []
    for noise in dict.fromkeys(entry["noise"] for entry in samples):
        part = [entry for entry in samples if entry["noise"] == noise]
        sizes = np.log([entry["samples"] for entry in part])
        distances = np.log([np.mean(entry["final_distances"]) for entry in part])
        slopes.append({"noise": noise, "slope": float(np.polyfit(sizes, distances, 1)[0])})
    return slopes
