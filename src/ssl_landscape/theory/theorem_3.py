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

from ssl_landscape.theory import dual_relu
from ssl_landscape.theory.dual_relu import alternate, contraction, distance_to_identity, warm_start
from ssl_landscape.theory.measurement import Measured, Pair, Settings, Streams, largest


def measure(settings: Settings, stream: Streams) -> Measured:
    """Compute all quantities of Theorem 3 from ``theory.theorem_3``."""
    cases, curves = zip(*(_case(settings, case, stream) for case in settings["cases"]), strict=True)
    samples, slopes = _samples(settings, stream)
    maps = _maps(settings, stream)
    quantities = {
        "cases": list(cases),
        "admissible": _admissible(settings, stream),
        "samples": samples,
        "sample_slopes": slopes,
        "maps": {name: _summary(found) for name, found in maps.items()},
    }
    return quantities, {"cases": dict(enumerate(curves)), "maps": maps}


def _case(settings: Settings, case: dict[str, float], stream: Streams) -> Measured:
    """Follow warm starts inside the assumptions with exact gradients."""
    d, starts = settings["dimension"], settings["starts"]
    keep, kappa, bias = case["keep"], case["kappa"], case["bias"]
    pair = warm_start(starts, d, 0.999 / (10 * d), stream(f"case-{keep}-{kappa}-{bias}"))
    biases = np.full((starts, d), bias)
    for weights in pair:
        dual_relu.check_bias(weights, biases)
    views = dual_relu.all_views(d, keep, kappa)
    history = alternate(pair, biases, views, settings)
    online, target = history[0]
    exact = dual_relu.gradient(online, biases, views, dual_relu.pulls(target, biases, views))
    closed = dual_relu.closed_gradient(target, biases, keep, kappa)
    start, end = distance_to_identity(history[0]), distance_to_identity(history[-1])
    found = {
        **case,
        "d": d,
        "starts": starts,
        "a_at_identity": float(contraction(np.ones(1), np.array([bias]), keep, kappa)[0]),
        "gradient_error": largest(exact - closed) / largest(closed),
        **_contraction(history, biases, keep, kappa),
        "start_distance": float(start.max()),
        "final_distance": float(end.max()),
        "smallest_final_distance": float(end.min()),
    }
    # The network that was updated last, at each half of a round.
    updated = [target, *(pair[half % 2] for half, pair in enumerate(history[1:]))]
    sizes = np.array([dual_relu.off_diagonal(weights).max() for weights in updated])
    return found, {"off_diagonal": sizes, "final": history[-1][0][0]}


def _contraction(
    history: list[Pair], biases: np.ndarray, keep: float, kappa: float
) -> dict[str, Any]:
    """Hold each half-round's factor on the off-diagonals against a W*_ii (C.29, Lemma 1).

    Only where rounding does not decide and every neuron still answers to its own latent alone.
    """
    errors, factors = [], []
    for half, (before, after) in enumerate(itertools.pairwise(history)):
        start, learner, other = before[half % 2], after[half % 2], before[1 - half % 2]
        seen = dual_relu.off_diagonal(other) > 1e-6
        for weights in (start, learner, other):
            own = np.diagonal(weights, axis1=1, axis2=2)
            room = np.minimum(biases, own - biases)
            seen &= (dual_relu.worst_cross_term(weights) < room).all(axis=1)[:, None, None]
        predicted = contraction(np.diagonal(other, axis1=1, axis2=2), biases, keep, kappa)
        predicted = predicted * np.diagonal(learner, axis1=1, axis2=2)
        if seen.any():
            ratio = learner[seen] / other[seen]
            expected = np.broadcast_to(predicted[..., None], other.shape)[seen]
            errors.append(largest(ratio / expected - 1))
            factors += [float(ratio.min()), float(ratio.max())]
    return {
        "contraction_range": [min(factors), max(factors)],
        "largest_contraction_error": largest(errors),
    }


def _admissible(settings: Settings, stream: Streams) -> dict[str, Any]:
    """Draw settings that meet all assumptions; how often a < 1, and the wanted activation hold."""
    d, count, random = settings["dimension"], settings["draws"], stream("admissible")
    keep, kappa = random.random((2, count))
    weights, _ = warm_start(count, d, 1 / (10 * d), random)
    worst = dual_relu.worst_cross_term(weights).max(axis=1)
    bias = worst + random.random(count) * (1 - 2 * worst)
    own = np.diagonal(weights, axis1=1, axis2=2).min(axis=1)
    a = keep**2 * kappa / (own - bias)
    return {
        "draws": count,
        "share_with_a_of_1_or_more": float(((a >= 1) | (a <= 0)).mean()),
        "share_that_does_not_activate": float((own - worst <= bias).mean()),
    }


def _samples(settings: Settings, stream: Streams) -> tuple[list, list]:
    """Run on samples, with noise; fit final distance to I ~ samples^slope for each noise."""
    part, d, found, slopes = settings | settings["samples"], settings["dimension"], [], []
    for noise in part["noises"]:
        means = []
        for size in part["sizes"]:
            ends = []
            for repeat in range(part["repeats"]):
                random = stream(f"sample-{noise}-{size}-{repeat}")
                pair = warm_start(1, d, 0.999 / (10 * d), random)
                masks = part["keep"], part["kappa"]
                views = dual_relu.sampled_views(d, *masks, noise, size, random)
                history = alternate(pair, np.full((1, d), part["bias"]), views, part)
                ends.append(float(distance_to_identity(history[-1])[0]))
            found.append({"noise": noise, "samples": size, "final_distances": ends})
            means.append(np.mean(ends))
        slope = np.polyfit(np.log(part["sizes"]), np.log(means), 1)[0]
        slopes.append({"noise": noise, "slope": float(slope)})
    return found, slopes


def _maps(settings: Settings, stream: Streams) -> dict[str, dict[str, Any]]:
    """Map the median final distance to I over the bias and, across, three other quantities.

    Returns:
        radius (of the start, exact gradients), sparsity (Pr(z_i != 0), from inside Assumption 2)
        and noise (the same, on samples) -> x, y, distance (biases, x), and what was held fixed.
    """
    part, d = settings | settings["maps"], settings["maps"]["dimension"]
    keep, high, kappa, inside = part["keep"], part["high_keep"], part["kappa"], 0.999 / (10 * d)
    count = part["points"]
    radii, noises = (np.geomspace(a, b, count) for a, b in (part["radius"], part["noise"]))
    biases, kappas = (np.linspace(a, b, count) for a, b in (part["bias"], part["kappas"]))

    def column(purpose: str, radius: float, views: dual_relu.Views) -> np.ndarray:
        """Return the median final distance for each bias; no assumption is checked here."""
        starts = part["starts"]
        pair = warm_start(starts, d, radius, stream(f"map-{purpose}"))  # the same for each bias
        online, target = (np.tile(weights, (len(biases), 1, 1)) for weights in pair)
        bias = np.repeat(biases, starts)[:, None] * np.ones(d)
        history = alternate((online, target), bias, views, part)
        ends = distance_to_identity(history[-1]).reshape(len(biases), starts)
        return np.median(ends, axis=1)

    def sample(noise: float) -> dual_relu.Views:
        random = stream(f"noise-{noise:.6g}")
        return dual_relu.sampled_views(d, keep, kappa, noise, part["samples"], random)

    def laid_out(x: np.ndarray, columns: list[np.ndarray], **fixed: Any) -> dict[str, Any]:
        return {"x": x, "y": biases, "distance": np.stack(columns, axis=1), **fixed, "d": d}

    exact = dual_relu.all_views(d, keep, kappa)
    by_radius = [column(f"radius-{radius:.6g}", radius, exact) for radius in radii]
    by_kappa = [column(f"kappa-{k:.6g}", inside, dual_relu.all_views(d, high, k)) for k in kappas]
    by_noise = [column("noise", inside, sample(noise)) for noise in noises]
    return {
        "radius": laid_out(radii, by_radius, keep=keep, kappa=kappa),
        "sparsity": laid_out(kappas, by_kappa, keep=high, radius=inside),
        "noise": laid_out(noises, by_noise, keep=keep, kappa=kappa) | {"samples": part["samples"]},
    }


def _summary(found: dict[str, Any]) -> dict[str, Any]:
    """Return a map as plain values, rounded to what the picture shows."""
    rest = dict(found)
    distances = [[float(f"{value:.3g}") for value in row] for row in rest.pop("distance")]
    axes = {key: [float(f"{v:.6g}") for v in rest.pop(key)] for key in ("x", "y")}
    return axes | rest | {"median_final_distance": distances}
