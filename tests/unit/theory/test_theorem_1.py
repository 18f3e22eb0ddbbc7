"""Theorem 1's losses against enumeration, Monte Carlo and autograd; its claims as properties."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ssl_landscape.theory.losses import (
    READINGS,
    bound,
    bound_as_printed,
    distance_to_permutations,
    gram,
    limit,
    mean_cosine,
    non_contrastive,
    outside_points,
    path,
    printed,
    random_points,
    sampled,
    threshold,
)
from ssl_landscape.theory.measurement import normalise

keeps = st.floats(0.05, 0.95)
taus = st.floats(0.05, 8)
seeds = st.integers(0, 2**32 - 1)


def random_weights(seed, d, count=3):
    return random_points(count, d, False, np.random.default_rng(seed))


def masks(d):
    return [np.diag(bits) for bits in itertools.product((0.0, 1.0), repeat=d)]


def chance(mask, keep):
    return np.prod(np.where(np.diag(mask) > 0, keep, 1 - keep))


def relu(values):
    return np.maximum(values, 0)


@pytest.mark.parametrize("d", [2, 3])
def test_non_contrastive_is_the_expectation_over_whole_masks(d):
    keep, (weights, *_) = 0.3, random_weights(1, d)
    total = 0
    for first, second in itertools.product(masks(d), repeat=2):
        for x in np.eye(d):
            inner = relu(weights @ first @ x) @ relu(weights @ second @ x)
            total += chance(first, keep) * chance(second, keep) * inner / d
    assert non_contrastive(weights[None], keep)[0] == pytest.approx(2 - 2 * total, abs=1e-14)


@pytest.mark.parametrize("d", [2, 3])
def test_printed_loss_is_a16_over_whole_masks(d):
    """Every view has its own mask of d entries: 2^(d (d + 1)) cases an anchor."""
    keep, tau, (weights, *_) = 0.3, 1.7, random_weights(2, d)
    total = 0
    for i in range(d):
        for first in masks(d):
            for seconds in itertools.product(masks(d), repeat=d):
                view = relu(weights @ first @ np.eye(d)[i])
                others = [relu(weights @ m @ x) for m, x in zip(seconds, np.eye(d), strict=True)]
                scores = np.exp(tau * np.array([view @ other for other in others]))
                weight = chance(first, keep) * math.prod(chance(m, keep) for m in seconds)
                total -= weight * math.log(scores[i] / scores.sum()) / d
    value = printed(gram(weights[None]), keep, tau)[0][0]
    assert value == pytest.approx(total - math.log(d), abs=1e-13)


def test_sampling_eq_9_gives_the_exact_limit_and_not_a16():
    random = np.random.default_rng(3)
    matrix = gram(random_points(1, 3, True, random))
    estimate, error = sampled(matrix[0], 0.5, 1.0, 20_000, 100_000, random)
    assert limit(matrix, 0.5, 1.0)[0][0] == pytest.approx(estimate, abs=5 * error)
    assert abs(printed(matrix, 0.5, 1.0)[0][0] - estimate) > 10 * error


def test_sampled_loss_is_eq_9_taken_one_by_one():
    """An independent, slow sampler: masks, anchors and negatives drawn literally."""
    random, keep, tau, d, negatives = np.random.default_rng(4), 0.6, 1.3, 2, 5
    weights = random_points(1, d, False, random)[0]
    losses = []
    for _ in range(20_000):
        i = random.integers(d)
        x = np.eye(d)[i]
        view = relu(weights @ ((random.random(d) < keep) * x))
        positive = math.exp(tau * view @ relu(weights @ ((random.random(d) < keep) * x)))
        others = np.eye(d)[random.integers(d, size=negatives)]
        others = relu((others * (random.random((negatives, d)) < keep)) @ weights.T)
        losses.append(-math.log(positive / (positive + np.exp(tau * others @ view).sum())))
    slow, error = np.mean(losses) - math.log(negatives), np.std(losses) / len(losses) ** 0.5
    fast, other = sampled(gram(weights[None])[0], keep, tau, negatives, 50_000, random)
    assert fast == pytest.approx(slow, abs=5 * math.hypot(error, other))


@pytest.mark.parametrize("reading", READINGS)
@settings(max_examples=15, deadline=None)
@given(seed=seeds, d=st.integers(2, 4), keep=keeps, tau=taus)
def test_gradient_is_that_of_the_value(reading, seed, d, keep, tau):
    matrices = gram(random_weights(seed, d))
    value, slope = READINGS[reading](matrices, keep, tau)
    direction = np.random.default_rng(seed).standard_normal(matrices.shape)
    step = 1e-6
    ahead, behind = (
        READINGS[reading](matrices + sign * step * direction, keep, tau)[0] for sign in (1, -1)
    )
    expected = (slope * direction).sum(axis=(1, 2))
    assert value.shape == (3,)
    np.testing.assert_allclose((ahead - behind) / (2 * step), expected, atol=1e-7, rtol=1e-6)


def test_printed_loss_against_autograd():
    keep, tau, weights = 0.4, 2.0, random_weights(5, 3, count=1)
    tensor = torch.tensor(weights[0], requires_grad=True)
    rectified = torch.relu(tensor)
    matrix = rectified.T @ rectified
    total = torch.zeros((), dtype=torch.float64)
    for bits in itertools.product((0.0, 1.0), repeat=3):
        logits = tau * matrix * torch.tensor(bits, dtype=torch.float64)
        weight = math.prod(keep if b else 1 - keep for b in bits)
        total = total - weight * keep * torch.log_softmax(logits, dim=1).diagonal().mean()
    total.backward()
    _, slope = printed(gram(weights), keep, tau)
    ours = np.maximum(weights, 0) @ (slope + np.swapaxes(slope, 1, 2)) * (weights > 0)
    np.testing.assert_allclose(ours[0], tensor.grad.numpy(), atol=1e-14)


@settings(max_examples=30, deadline=None)
@given(seed=seeds, d=st.integers(2, 6), keep=keeps)
def test_part_a(seed, d, keep):
    random = np.random.default_rng(seed)
    inside = non_contrastive(random_points(5, d, True, random), keep)
    outside = non_contrastive(outside_points(5, d, random), keep)
    np.testing.assert_allclose(inside, 2 - 2 * keep**2, rtol=1e-14)
    assert (outside > 2 - 2 * keep**2).all()


@settings(max_examples=30, deadline=None)
@given(seed=seeds, d=st.integers(2, 5), keep=keeps, tau=taus)
def test_part_b(seed, d, keep, tau):
    """The bound holds everywhere in U, and permutations alone attain it."""
    random = np.random.default_rng(seed)
    permutation = np.eye(d)[:, random.permutation(d)]
    best = printed(gram(permutation[None]), keep, tau)[0][0]
    assert best == pytest.approx(bound(d, keep, tau), abs=1e-13)
    weights = np.concatenate([random_weights(seed, d), random_points(3, d, True, random)])
    value, slope = printed(gram(weights), keep, tau)
    assert (value > bound(d, keep, tau) + 1e-9).all()
    # Why: the loss falls in G_ii and rises in G_ij.
    diagonal = np.eye(d, dtype=bool)
    assert (slope[:, diagonal] < 0).all()
    assert (slope[:, ~diagonal] > 0).all()


@pytest.mark.parametrize("d", [2, 3, 5])
def test_the_printed_bound_is_attained_by_no_permutation(d):
    assert bound_as_printed(d, 0.5, 1.0) < bound(d, 0.5, 1.0) - 0.1


def test_the_printed_bound_is_its_sum_over_masks():
    d, keep, tau, total = 3, 0.3, 0.7, 0
    for first, second in itertools.product(masks(d), repeat=2):
        g = math.exp(tau * np.trace(first) * np.trace(second))
        total += chance(first, keep) * chance(second, keep) * math.log(1 + (d - 1) / g)
    assert bound_as_printed(d, keep, tau) == pytest.approx(total - math.log(d), abs=1e-14)


@settings(max_examples=40, deadline=None)
@given(d=st.integers(2, 6), keep=keeps, factor=st.floats(0.2, 3))
def test_threshold_of_the_exact_limit(d, keep, factor):
    """Below it the slope at I pulls G_ii up to 1, above it down."""
    tau = threshold(d, keep) * factor
    _, slope = limit(np.eye(d)[None], keep, tau)
    if abs(factor - 1) > 1e-6:
        assert (slope[0, 0, 0] < 0) == (factor < 1)


def test_distances_and_cosines():
    shift = np.roll(np.eye(4), 1, axis=0)
    collapsed = np.full((4, 4), 0.5)
    weights = np.stack([np.eye(4), shift, -np.eye(4), collapsed])
    expected = [0, 0, math.sqrt(8), 2]  # of -I, any permutation without a fixed point is nearest
    np.testing.assert_allclose(distance_to_permutations(weights), expected, atol=1e-12)
    np.testing.assert_allclose(mean_cosine(weights), [0, 0, 0, 1], atol=1e-12)


def test_paths_stay_in_the_set():
    points = path(np.eye(3), random_points(1, 3, True, np.random.default_rng(6))[0], 9)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1, rtol=1e-14)
    assert (points >= 0).all()
    np.testing.assert_allclose(points, normalise(points, 1), rtol=1e-14)
