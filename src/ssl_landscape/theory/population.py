"""The dual symmetric-ReLU network of Theorem 3 with M = I: exact and sampled gradients of Eq. 15.

Weights are batches (n, d, d), biases (n, d). A :class:`Views` holds the states that the masked
views D1 x and D2 x can be in, with their probabilities: all of them, or a sample.
"""

import itertools
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Views:
    """Pairs of views, each (states, d), and their probabilities, (states,)."""

    first: np.ndarray
    second: np.ndarray
    chance: np.ndarray

    def swapped(self) -> "Views":
        """Return the views exchanged."""
        return Views(self.second, self.first, self.chance)


def all_views(d: int, keep: float, kappa: float) -> Views:
    """Enumerate (D1 z, D2 z) without noise: 9 cases an entry, states of equal sign merged."""
    cases = [(0, 0, 1 - kappa)]
    for sign, one, two in itertools.product((1, -1), (0, 1), (0, 1)):
        share = (keep if one else 1 - keep) * (keep if two else 1 - keep)
        cases.append((sign * one, sign * two, kappa / 2 * share))
    entries = np.array(cases, dtype=np.float64)[
        np.array(list(itertools.product(range(9), repeat=d)))
    ]
    chance = entries[..., 2].prod(axis=1)
    # The gradient is the same at -z: half of the states, twice the probability. A state in which
    # either view is 0 adds nothing to it.
    first, second = entries[..., 0], entries[..., 1]
    code = (first * 3.0 ** np.arange(d)).sum(axis=1)
    used = (code > 0) & (second != 0).any(axis=1)
    joint = np.concatenate([first, second], axis=1)[used]
    states, group = np.unique(joint, axis=0, return_inverse=True)
    total = np.bincount(group.ravel(), weights=2 * chance[used])
    return Views(states[:, :d], states[:, d:], total)


def sampled_views(
    d: int, keep: float, kappa: float, noise: float, count: int, random: np.random.Generator
) -> Views:
    """Draw x = z + noise and a pair of masks for each x (Eqs. 1, 3; Assumption 1)."""
    latents = np.where(random.random((count, d)) < kappa, random.choice([-1.0, 1.0], (count, d)), 0)
    samples = latents + noise * random.standard_normal((count, d))
    first, second = (samples * (random.random((count, d)) < keep) for _ in range(2))
    return Views(first, second, np.full(count, 1 / count))


def symmetric_relu(values: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Eq. 14, for a bias that is not negative."""
    return np.sign(values) * np.maximum(np.abs(values) - bias, 0)


def gradient(
    weights: np.ndarray,
    other: np.ndarray,
    bias: np.ndarray,
    other_bias: np.ndarray,
    views: Views,
) -> np.ndarray:
    """Return the gradient of Eq. 15 with respect to ``weights``, which see the first view."""
    return gradient_for(weights, bias, views, pulls(other, other_bias, views))


def pulls(other: np.ndarray, other_bias: np.ndarray, views: Views) -> np.ndarray:
    """Return the part of the gradient that the other network decides, (n, d, states)."""
    return views.chance * symmetric_relu(other @ views.second.T, other_bias[..., None])


def gradient_for(
    weights: np.ndarray, bias: np.ndarray, views: Views, pull: np.ndarray
) -> np.ndarray:
    """Return the gradient for pulls that are worked out already."""
    active = np.abs(weights @ views.first.T) > bias[..., None]
    return -2 * (active * pull) @ views.first


def closed_gradient(
    other: np.ndarray, other_bias: np.ndarray, keep: float, kappa: float, noise: float
) -> np.ndarray:
    """Return the proof's gradient, valid where each neuron answers to its own latent alone.

    -2 alpha^2 kappa ((1 + sigma_0^2) W_ii - b_i) on the diagonal, and
    -2 alpha^4 kappa (kappa + sigma_0^2) W_ij off it (above C.29); W is the other network's.
    """
    result = -2 * keep**4 * kappa * (kappa + noise**2) * other
    own = np.diagonal(other, axis1=1, axis2=2)
    diagonal = np.arange(other.shape[-1])
    result[:, diagonal, diagonal] = -2 * keep**2 * kappa * ((1 + noise**2) * own - other_bias)
    return result


def contraction(
    own: np.ndarray, bias: np.ndarray, keep: float, kappa: float, noise: float
) -> np.ndarray:
    """Return a of C.29: alpha^2 (kappa + sigma_0^2) / ((1 + sigma_0^2) W_ii - b_i)."""
    return keep**2 * (kappa + noise**2) / ((1 + noise**2) * own - bias)
