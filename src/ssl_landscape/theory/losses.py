"""Theorem 1's losses as exact expectations, on matrices W with unit columns (the paper's set U).

M = I, no noise, one-hot latents, ReLU, no bias: with x = e_i a mask matters through its i-th entry
alone, so that every loss is a function of the Gram matrix G_ij = <ReLU(W_*i), ReLU(W_*j)>. W and G
come in batches, (n, d, d). Contrastive losses are L_CL - log|B|, with their gradient in G.
"""

import functools
import itertools
import math
from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from ssl_landscape.theory.measurement import Pair, normalise

Loss = Callable[[np.ndarray, float, float], Pair]


def gram(weights: np.ndarray) -> np.ndarray:
    """Return the Gram matrices of the rectified columns, (n, d, d)."""
    rectified = np.maximum(weights, 0)
    return np.swapaxes(rectified, 1, 2) @ rectified


def non_contrastive(weights: np.ndarray, keep: float) -> np.ndarray:
    """Return Eq. 6, L(W, W) = 2 - 2 alpha^2 mean_j G_jj, of each W; at least 2 - 2 alpha^2."""
    return 2 - 2 * keep**2 * np.diagonal(gram(weights), axis1=1, axis2=2).mean(axis=1)


def printed(matrices: np.ndarray, keep: float, tau: float) -> Pair:
    """Eq. A.16: the negatives' masks are averaged outside the logarithm; the proof's loss.

    Exact: enumerates the second view's 2^d mask entries.
    """
    d = matrices.shape[-1]
    masks = np.array(list(itertools.product((0.0, 1.0), repeat=d)))
    chance = np.prod(np.where(masks, keep, 1 - keep), axis=1)
    logits = tau * matrices[:, None] * masks[:, None, :]  # (n, masks, anchor, other)
    highest = logits.max(axis=-1, keepdims=True)
    odds = np.exp(logits - highest)
    total = odds.sum(axis=-1, keepdims=True)
    own = np.diagonal(logits, axis1=2, axis2=3)
    lost = (highest + np.log(total))[..., 0] - own
    # An anchor whose own entry is masked has representation 0, and loses log d.
    value = keep * (lost.mean(axis=-1) @ chance) + (1 - keep) * math.log(d) - math.log(d)
    slope = odds / total - np.eye(d)
    return value, keep * tau / d * np.einsum("s,nsij,sj->nij", chance, slope, masks)


def limit(matrices: np.ndarray, keep: float, tau: float, distinct: bool = False) -> Pair:
    """Eq. 9 for |B| to infinity; if ``distinct``, no negative has the anchor's latent."""
    d = matrices.shape[-1]
    share = (1 - np.eye(d)) / (d - 1) if distinct else np.full((d, d), 1 / d)
    kept = share * keep * np.exp(tau * matrices)
    mean = (share * (1 - keep) + kept).sum(axis=-1)
    own = np.diagonal(matrices, axis1=1, axis2=2)
    value = (keep * np.log(mean) - tau * keep**2 * own).mean(axis=-1)
    return value, keep * tau / d * (kept / mean[..., None] - keep * np.eye(d))


READINGS: dict[str, Loss] = {
    "printed": printed,
    "limit": limit,
    "limit_distinct": functools.partial(limit, distinct=True),
}


def bound(d: int, keep: float, tau: float) -> float:
    """Eq. A.21, less log|B|, with g = exp(tau D1_ii D2_ii): what (A.18) to (A.20) give."""
    return keep**2 * math.log((1 + (d - 1) * math.exp(-tau)) / d)


def bound_as_printed(d: int, keep: float, tau: float) -> float:
    """Eq. A.21, less log|B|, with the printed g = exp(tau tr(D1) tr(D2))."""
    chance = [math.comb(d, k) * keep**k * (1 - keep) ** (d - k) for k in range(d + 1)]
    total = sum(
        chance[k] * chance[j] * math.log(1 + (d - 1) * math.exp(-tau * k * j))
        for k, j in itertools.product(range(d + 1), repeat=2)
    )
    return total - math.log(d)


def threshold(d: int, keep: float) -> float:
    """Largest tau at which permutations minimise :func:`limit`: log((d - alpha) / (1 - alpha)).

    At G = I its derivative with respect to G_ii, -1 + e^tau / (d - alpha + alpha e^tau) up to a
    factor, changes its sign there.
    """
    return math.log((d - keep) / (1 - keep))


def sampled(
    matrix: np.ndarray, keep: float, tau: float, negatives: int, anchors: int, random: Generator
) -> tuple[float, float]:
    """Return Eq. 9, less log|B|, estimated with negatives of any latent, and its standard error."""
    d = len(matrix)
    anchor = random.integers(d, size=anchors)
    first, second = random.random((2, anchors)) < keep
    # How many negatives have each (latent, own entry kept); the order does not matter.
    chance = np.concatenate([np.full(d, keep / d), [1 - keep]])
    counts = random.multinomial(negatives, chance, size=anchors)
    scores = np.concatenate(
        [np.exp(tau * first[:, None] * matrix[anchor]), np.ones((anchors, 1))], 1
    )
    positive = np.exp(tau * first * second * matrix[anchor, anchor])
    losses = np.log(positive + (counts * scores).sum(axis=1)) - np.log(positive)
    losses -= math.log(negatives)
    return float(losses.mean()), float(losses.std(ddof=1) / math.sqrt(anchors))


def random_points(count: int, d: int, non_negative: bool, random: Generator) -> np.ndarray:
    """Draw matrices with columns uniform on the sphere, or on its non-negative part."""
    weights = random.standard_normal((count, d, d))
    return normalise(np.abs(weights) if non_negative else weights, 1)


def outside_points(count: int, d: int, random: Generator) -> np.ndarray:
    """Draw matrices of U that have at least one negative entry: U without U>=."""
    weights = random_points(count, d, False, random)
    weights[(weights >= 0).all(axis=(1, 2)), 0, 0] *= -1
    return weights


def descend(
    weights: np.ndarray, loss: Loss, keep: float, tau: float, step_size: float, steps: int
) -> np.ndarray:
    """Run projected gradient descent over U on a contrastive loss, from each W."""
    for _ in range(steps):
        _, slope = loss(gram(weights), keep, tau)
        gradient = np.maximum(weights, 0) @ (slope + np.swapaxes(slope, 1, 2)) * (weights > 0)
        weights = normalise(weights - step_size * gradient, 1)
    return weights


def distance_to_permutations(weights: np.ndarray) -> np.ndarray:
    """Return the Frobenius distance of each W to the nearest permutation matrix, by trying all."""
    d = weights.shape[-1]
    agreement = np.full(len(weights), -np.inf)
    for rows in itertools.permutations(range(d)):
        agreement = np.maximum(agreement, weights[:, rows, np.arange(d)].sum(axis=1))
    squared = (weights**2).sum(axis=(1, 2)) + d - 2 * agreement
    return np.sqrt(np.maximum(squared, 0))


def mean_cosine(weights: np.ndarray) -> np.ndarray:
    """Return the mean cosine between two columns of each W: 1 if all are equal, 0 if orthogonal."""
    d = weights.shape[-1]
    products = np.swapaxes(weights, 1, 2) @ weights
    return (products.sum(axis=(1, 2)) - np.trace(products, axis1=1, axis2=2)) / (d * (d - 1))


def path(start: np.ndarray, end: np.ndarray, points: int) -> np.ndarray:
    """Return the points of a path inside U from one matrix to another, column by column."""
    share = np.linspace(0, 1, points)[:, None, None]
    return normalise((1 - share) * start + share * end, 1)
