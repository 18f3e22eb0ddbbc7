"""Matrices with unit columns (the paper's set U): random ones, descent among them, permutations.

They come in batches, (n, d, d).
"""

import itertools

import numpy as np
from numpy.random import Generator

from ssl_landscape.theory.losses import ContrastiveLoss, gram
from ssl_landscape.theory.measurement import normalise


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
    weights: np.ndarray,
    loss: ContrastiveLoss,
    keep: float,
    tau: float,
    step_size: float,
    steps: int,
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
