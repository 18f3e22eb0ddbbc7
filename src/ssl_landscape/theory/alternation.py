"""Theorem 3's algorithm, its warm starts and the check of its assumptions."""

import numpy as np

from ssl_landscape.errors import UserError
from ssl_landscape.theory.population import Views, gradient_for, pulls


def off_diagonal(weights: np.ndarray) -> np.ndarray:
    """Return the largest off-diagonal magnitude of each matrix of a batch."""
    return np.abs(weights * (1 - np.eye(weights.shape[-1]))).max(axis=(-2, -1))


def distance_to_identity(pair: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return max |W - I| over both networks, for each pair of a batch."""
    return np.max([np.abs(w - np.eye(w.shape[-1])).max(axis=(-2, -1)) for w in pair], axis=0)


def warm_start(
    count: int, d: int, radius: np.ndarray | float, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw pairs I + Delta with entries uniform within the radius, before normalisation."""
    first, second = random.uniform(-1, 1, (2, count, d, d)) * np.asarray(radius)
    return np.eye(d) + first, np.eye(d) + second


def check_assumptions(weights: np.ndarray, bias: np.ndarray) -> None:
    """Check Assumptions 2 and 4 for a batch of warm starts, without noise.

    Raises:
        UserError: names the assumption that does not hold.
    """
    d = weights.shape[-1]
    delta = np.abs(weights - np.eye(d))
    if delta.max() >= 1 / (10 * d):
        raise UserError(
            f"theorem 3: |Delta_ij| = {delta.max():.3g} breaks Assumption 2; allowed: below "
            f"1 / (10 d) = {1 / (10 * d):.3g}"
        )
    worst = worst_cross_term(weights)
    if not ((worst < bias) & (bias < 1 - worst)).all():
        raise UserError(
            "theorem 3: a bias breaks Assumption 4; allowed: above |c_b| and below 1 - |c_b|, "
            f"with |c_b| up to {worst.max():.3g}"
        )


def worst_cross_term(weights: np.ndarray) -> np.ndarray:
    """Return the largest |c_b| of each neuron, over all masks and latents, without noise."""
    off = np.abs(weights * (1 - np.eye(weights.shape[-1])))
    return off.sum(axis=-1)


def normalise_rows(weights: np.ndarray) -> np.ndarray:
    """Scale each row of each matrix to unit length."""
    return weights / np.linalg.norm(weights, axis=-1, keepdims=True)


def alternate(
    starts: tuple[np.ndarray, np.ndarray],
    bias: np.ndarray,
    views: Views,
    step_size: float,
    rounds: int,
    inner_steps: int,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Run Theorem 3's algorithm on a batch of pairs of networks.

    Args:
        starts: W^o and W^t, each (n, d, d); their rows are normalised first.
        bias: of both networks, (n, d).
        views: over which the gradient is averaged.
        step_size: eta.
        rounds: how often each network is updated to convergence, in turn.
        inner_steps: most steps of such an update; it stops when no weight moves by 1e-14.

    Returns:
        (W^o, W^t), normalised, at the start and after each half of a round.
    """
    history = [(normalise_rows(starts[0]), normalise_rows(starts[1]))]
    sides = (views, views.swapped())
    for half in range(2 * rounds):
        learner, other = half % 2, 1 - half % 2
        weights, side = history[-1][learner], sides[learner]
        pull = pulls(history[-1][other], bias, side)
        for _ in range(inner_steps):
            moved = weights - step_size * gradient_for(weights, bias, side, pull)
            moved = normalise_rows(moved)
            change = np.abs(moved - weights).max()
            weights = moved
            if change < 1e-14:
                break
        pair = [history[-1][0], history[-1][1]]
        pair[learner] = weights
        history.append((pair[0], pair[1]))
    return history
