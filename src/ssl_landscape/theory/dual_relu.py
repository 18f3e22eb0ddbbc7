"""The dual symmetric-ReLU network of Theorem 3 with M = I: Eq. 15's gradients, and the algorithm.

Weights are batches (n, d, d), biases (n, d), pairs are W^o and W^t.
"""

import itertools
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from ssl_landscape.errors import UserError
from ssl_landscape.theory.measurement import Pair, Settings, normalise


@dataclass(frozen=True)
class Views:
    """The states that masked views D1 x and D2 x can be in: all of them, or a sample."""

    keep: float  # alpha
    kappa: float  # Pr(z_i != 0)
    first: np.ndarray  # (states, d)
    second: np.ndarray
    chance: np.ndarray  # (states,)


def all_views(d: int, keep: float, kappa: float) -> Views:
    """Enumerate (D1 z, D2 z) without noise: 9 cases an entry, states of equal sign merged."""
    cases = [(0, 0, 1 - kappa)]
    for sign, one, two in itertools.product((1, -1), (0, 1), (0, 1)):
        share = (keep if one else 1 - keep) * (keep if two else 1 - keep)
        cases.append((sign * one, sign * two, kappa / 2 * share))
    every = np.array(list(itertools.product(range(9), repeat=d)))
    first, second, chances = np.moveaxis(np.array(cases, dtype=np.float64)[every], -1, 0)
    # The gradient is the same at -z: half of the states, twice the probability. A state in which
    # either view is 0 adds nothing to it.
    code = (first * 3.0 ** np.arange(d)).sum(axis=1)
    used = (code > 0) & (second != 0).any(axis=1)
    joint = np.concatenate([first, second], axis=1)[used]
    states, group = np.unique(joint, axis=0, return_inverse=True)
    chance = np.bincount(group.ravel(), weights=2 * chances.prod(axis=1)[used])
    return Views(keep, kappa, states[:, :d], states[:, d:], chance)


def sampled_views(
    d: int, keep: float, kappa: float, noise: float, count: int, random: Generator
) -> Views:
    """Draw x = z + noise and a pair of masks for each x (Eqs. 1, 3; Assumption 1)."""
    latents = np.where(random.random((count, d)) < kappa, random.choice([-1.0, 1.0], (count, d)), 0)
    samples = latents + noise * random.standard_normal((count, d))
    first, second = (samples * (random.random((count, d)) < keep) for _ in range(2))
    return Views(keep, kappa, first, second, np.full(count, 1 / count))


def symmetric_relu(values: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Eq. 14, for a bias that is not negative."""
    return np.sign(values) * np.maximum(np.abs(values) - bias, 0)


def pulls(other: np.ndarray, bias: np.ndarray, views: Views) -> np.ndarray:
    """Return the part of the gradient that the other network decides, (n, d, states)."""
    return views.chance * symmetric_relu(other @ views.second.T, bias[..., None])


def gradient(weights: np.ndarray, bias: np.ndarray, views: Views, pull: np.ndarray) -> np.ndarray:
    """Return Eq. 15's gradient with respect to ``weights``, which see the first view."""
    active = np.abs(weights @ views.first.T) > bias[..., None]
    return -2 * (active * pull) @ views.first


def closed_gradient(
    other: np.ndarray, bias: np.ndarray, keep: float, kappa: float, noise: float = 0
) -> np.ndarray:
    """Return the proof's gradient, valid where each neuron answers to its own latent alone.

    -2 alpha^2 kappa ((1 + sigma_0^2) W_ii - b_i) on the diagonal, and
    -2 alpha^4 kappa (kappa + sigma_0^2) W_ij off it (above C.29); W is the other network's.
    """
    result = -2 * keep**4 * kappa * (kappa + noise**2) * other
    own = np.diagonal(other, axis1=1, axis2=2)
    diagonal = np.arange(other.shape[-1])
    result[:, diagonal, diagonal] = -2 * keep**2 * kappa * ((1 + noise**2) * own - bias)
    return result


def contraction(own: np.ndarray, bias: np.ndarray, keep: float, kappa: float) -> np.ndarray:
    """Return a of C.29 without noise, alpha^2 kappa / (W_ii - b_i)."""
    return keep**2 * kappa / (own - bias)


def off_diagonal(weights: np.ndarray) -> np.ndarray:
    """Return the magnitudes of the off-diagonal entries; 0 on the diagonal."""
    return np.abs(weights * (1 - np.eye(weights.shape[-1])))


def worst_cross_term(weights: np.ndarray) -> np.ndarray:
    """Return the largest |c_b| of each neuron, over all masks and latents, without noise."""
    return off_diagonal(weights).sum(axis=-1)


def distance_to_identity(pair: Pair) -> np.ndarray:
    """Return max |W - I| over both networks, for each pair of a batch."""
    return np.max([np.abs(w - np.eye(w.shape[-1])).max(axis=(-2, -1)) for w in pair], axis=0)


def warm_start(count: int, d: int, radius: float, random: Generator) -> Pair:
    """Draw pairs I + Delta with entries uniform within the radius, before normalisation."""
    first, second = random.uniform(-1, 1, (2, count, d, d)) * radius
    return np.eye(d) + first, np.eye(d) + second


def check_bias(weights: np.ndarray, bias: np.ndarray) -> None:
    """Raise a UserError where a warm start and its bias break Assumption 4, without noise."""
    worst = worst_cross_term(weights)
    if not ((worst < bias) & (bias < 1 - worst)).all():
        raise UserError(
            "theorem 3: a bias breaks Assumption 4; allowed: above |c_b| and below 1 - |c_b|, "
            f"with |c_b| up to {worst.max():.3g}"
        )


def alternate(starts: Pair, bias: np.ndarray, views: Views, settings: Settings) -> list[Pair]:
    """Run Theorem 3's algorithm on a batch of pairs, with the gradient averaged over ``views``.

    Each network is updated to convergence ``rounds`` times, in turn: at most ``inner_steps`` steps
    of size ``relative_step`` / (2 alpha^2 kappa), until no weight moves by 1e-14.

    Returns:
        The pairs, with normalised rows, at the start and after each half of a round.
    """
    step_size = settings["relative_step"] / (2 * views.keep**2 * views.kappa)
    history = [(normalise(starts[0], -1), normalise(starts[1], -1))]
    sides = (views, replace(views, first=views.second, second=views.first))
    for half in range(2 * settings["rounds"]):
        learner, pair = half % 2, list(history[-1])
        weights, side = pair[learner], sides[learner]
        pull = pulls(pair[1 - learner], bias, side)
        for _ in range(settings["inner_steps"]):
            before = weights
            weights = normalise(before - step_size * gradient(before, bias, side, pull), -1)
            if np.abs(weights - before).max() < 1e-14:
                break
        pair[learner] = weights
        history.append((pair[0], pair[1]))
    return history
