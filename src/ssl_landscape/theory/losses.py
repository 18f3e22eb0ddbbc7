"""The losses of Theorem 1 as exact expectations: M = I, no noise, one-hot latents, ReLU, no bias.

With x = e_i a mask matters through its i-th entry alone, so that every loss is a function of the
Gram matrix G_ij = <ReLU(W_*i), ReLU(W_*j)>. ``W`` is a batch of shape (n, d, d). Contrastive
losses are L_CL - log|B| and come with their gradient with respect to G.
"""

import functools
import itertools
import math
from collections.abc import Callable

import numpy as np

ContrastiveLoss = Callable[[np.ndarray, float, float], tuple[np.ndarray, np.ndarray]]


def gram(weights: np.ndarray) -> np.ndarray:
    """Return the Gram matrices of the rectified columns, (n, d, d)."""
    rectified = np.maximum(weights, 0)
    return np.swapaxes(rectified, 1, 2) @ rectified


def non_contrastive(weights: np.ndarray, keep: float) -> np.ndarray:
    """Return Eq. 6, L(W, W) = 2 - 2 alpha^2 mean_j G_jj, of each W; at least 2 - 2 alpha^2."""
    return 2 - 2 * keep**2 * np.diagonal(gram(weights), axis1=1, axis2=2).mean(axis=1)


def printed(matrices: np.ndarray, keep: float, tau: float) -> tuple[np.ndarray, np.ndarray]:
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


def limit(
    matrices: np.ndarray, keep: float, tau: float, distinct: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Eq. 9 for |B| to infinity; if ``distinct``, no negative has the anchor's latent."""
    d = matrices.shape[-1]
    share = (1 - np.eye(d)) / (d - 1) if distinct else np.full((d, d), 1 / d)
    kept = share * keep * np.exp(tau * matrices)
    mean = (share * (1 - keep) + kept).sum(axis=-1)
    own = np.diagonal(matrices, axis1=1, axis2=2)
    value = (keep * np.log(mean) - tau * keep**2 * own).mean(axis=-1)
    return value, keep * tau / d * (kept / mean[..., None] - keep * np.eye(d))


READINGS: dict[str, ContrastiveLoss] = {
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
    matrix: np.ndarray,
    keep: float,
    tau: float,
    negatives: int,
    anchors: int,
    random: np.random.Generator,
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
