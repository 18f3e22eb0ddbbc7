"""Theorem 3: exact gradients against brute force, sampling and autograd; contraction; Lemma 1."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ssl_landscape.errors import UserError
from ssl_landscape.theory.dual_relu import (
    all_views,
    alternate,
    check_bias,
    closed_gradient,
    contraction,
    distance_to_identity,
    gradient,
    pulls,
    sampled_views,
    symmetric_relu,
    warm_start,
    worst_cross_term,
)
from ssl_landscape.theory.lemma_1 import gamma, iterate, rate, unit
from ssl_landscape.theory.measurement import normalise

seeds = st.integers(0, 2**32 - 1)


def brute_force_loss(online, target, biases, keep, kappa):
    """Eq. 15 over all masks and latents, by autograd's own tensors."""
    d = online.shape[-1]
    total = torch.zeros((), dtype=torch.float64)
    bits = list(itertools.product((0.0, 1.0), repeat=d))

    def answer(weights, view, bias):
        values = weights @ torch.tensor(view)
        return torch.relu(values - bias) - torch.relu(-values - bias)

    for z in itertools.product((-1.0, 0.0, 1.0), repeat=d):
        chance = np.prod([kappa / 2 if entry else 1 - kappa for entry in z])
        for one, two in itertools.product(bits, repeat=2):
            share = np.prod([keep if bit else 1 - keep for bit in one + two])
            first, second = np.array(z) * one, np.array(z) * two
            inner = answer(online, first, biases[0]) @ answer(target, second, biases[1])
            total = total - 2 * chance * share * inner
    return 2 + total


@pytest.mark.parametrize("radius", [0.02, 0.9])
def test_gradient_is_that_of_eq_15(radius):
    """Inside the assumptions and far outside."""
    random, d, keep, kappa = np.random.default_rng(1), 2, 0.3, 0.6
    online, target = (torch.tensor(w[0]) for w in warm_start(1, d, radius, random))
    biases = torch.tensor(random.uniform(0.2, 0.6, (2, d)))
    for learner, other, bias in ((online, target, biases), (target, online, biases.flip(0))):
        learner.requires_grad_(True)
        brute_force_loss(learner, other, bias, keep, kappa).backward()
        views = all_views(d, keep, kappa)
        weights, others, *both = (
            t.detach().numpy()[None] for t in (learner, other, bias[0], bias[1])
        )
        ours = gradient(weights, both[0], views, pulls(others, both[1], views))[0]
        np.testing.assert_allclose(ours, learner.grad.numpy(), atol=1e-14)
        learner.requires_grad_(False)


def test_probabilities_of_the_states():
    views = all_views(2, 0.3, 0.6)
    # The gradient's states: all but those where a view is 0.
    none = 1 - 0.3 * 0.6  # an entry is 0 in one view
    both = (1 - 0.6 + 0.6 * 0.7**2) ** 2  # both views are 0
    assert views.chance.sum() == pytest.approx(1 - 2 * none**2 + both, abs=1e-14)
    assert len(np.unique(np.hstack([views.first, views.second]), axis=0)) == len(views.chance)


@settings(max_examples=25, deadline=None)
@given(
    seed=seeds, d=st.integers(2, 4), keep=st.floats(0.1, 0.9), kappa=st.floats(0.1, 0.9),
    bias=st.floats(0.12, 0.8),
)  # fmt: skip
def test_proofs_gradient_holds_inside_the_assumptions(seed, d, keep, kappa, bias):
    pair = [normalise(w, -1) for w in warm_start(2, d, 0.999 / (10 * d), _random(seed))]
    biases = np.full((2, d), bias)
    views = all_views(d, keep, kappa)
    exact = gradient(pair[0], biases, views, pulls(pair[1], biases, views))
    closed = closed_gradient(pair[1], biases, keep, kappa)
    np.testing.assert_allclose(exact, closed, atol=1e-13)


def test_proofs_gradient_with_noise_against_samples():
    random, d, keep, kappa, noise = _random(2), 2, 0.6, 0.5, 0.05
    pair = [normalise(w, -1) for w in warm_start(1, d, 0.04, random)]
    biases = np.full((1, d), 0.4)
    parts = []
    for _ in range(20):
        views = sampled_views(d, keep, kappa, noise, 20_000, random)
        parts.append(gradient(pair[0], biases, views, pulls(pair[1], biases, views)))
    error = np.std(parts, axis=0) / len(parts) ** 0.5
    closed = closed_gradient(pair[1], biases, keep, kappa, noise)
    assert (np.abs(np.mean(parts, axis=0) - closed) < 5 * error + 1e-4).all()


def test_samples_have_the_asked_moments():
    views = sampled_views(3, 0.4, 0.3, 0.2, 100_000, _random(3))
    for view in (views.first, views.second):
        np.testing.assert_allclose((view**2).mean(axis=0), 0.4 * (0.3 + 0.04), rtol=0.03)
    cross = (views.first[:, :, None] * views.second[:, None]).mean(axis=0)
    np.testing.assert_allclose(cross, 0.16 * (0.3 + 0.04) * np.eye(3), atol=0.003)


def test_symmetric_relu():
    values = np.array([[-2.0, -0.5, 0.0, 0.5, 2.0]])
    np.testing.assert_array_equal(symmetric_relu(values, np.array([1.0])), [[-1, 0, 0, 0, 1]])


@pytest.mark.parametrize(("bias", "kappa", "converges"), [(0.4, 0.5, True), (0.8, 0.5, False)])
def test_it_ends_at_the_identity_just_where_a_is_below_1(bias, kappa, converges):
    d, keep = 3, 0.9
    pair = warm_start(2, d, 0.9 / (10 * d), _random(4))
    biases = np.full((2, d), bias)
    for weights in pair:
        check_bias(weights, biases)
    a = contraction(np.ones(1), np.array([bias]), keep, kappa)[0]
    assert (a < 1) == converges
    views = all_views(d, keep, kappa)
    limits = {"relative_step": 5.0, "rounds": 15, "inner_steps": 300}
    history = alternate(pair, biases, views, limits)
    ends = distance_to_identity(history[-1])
    assert (ends < 1e-3).all() if converges else (ends > 0.3).all()
    # One update to convergence: W*_ij = a W_ij W*_ii (Lemma 1 and C.29).
    online, target = history[1][0], history[0][1]
    own = np.diagonal(target, axis1=1, axis2=2)
    factor = contraction(own, biases, keep, kappa) * np.diagonal(online, axis1=1, axis2=2)
    off = ~np.eye(d, dtype=bool)
    expected = (factor[..., None] * target)[:, off]
    np.testing.assert_allclose(online[:, off], expected, rtol=1e-6, atol=1e-10)


def test_a_bias_outside_assumption_4_is_an_error():
    weights = np.eye(3)[None].copy()
    check_bias(weights, np.full((1, 3), 0.5))
    weights[0, 0, 1] = 0.033
    assert worst_cross_term(weights)[0, 0] == pytest.approx(0.033)
    for bias in (0.02, 0.98):
        with pytest.raises(UserError, match="Assumption 4"):
            check_bias(weights, np.full((1, 3), bias))


factors = st.lists(st.floats(-3, 3), min_size=1, max_size=8).map(lambda a: np.array([1.0, *a]))


@settings(max_examples=80, deadline=None)
@given(seed=seeds, factors=factors, smallest=st.floats(0.02, 3), variation=st.floats(0, 2))
def test_lemma_1(seed, factors, smallest, variation):
    """A factor of its own in each entry; the lemma's are all a."""
    random = _random(seed)
    start = random.standard_normal(len(factors))
    start /= np.linalg.norm(start)
    assume(abs(start @ factors) > 1e-3)
    start *= np.sign(start @ factors)
    steps = smallest * (1 + variation * random.random(1500))
    history = iterate(start, factors, steps)
    np.testing.assert_allclose(history[-1], unit(factors), atol=1e-9)
    off = np.abs(history[:, 1:] - factors[1:] * history[:, :1])
    bound = gamma(factors, smallest) * off[:-1]
    assert (off[1:] <= bound + 1e-14).all()
    assert 0 < rate(factors, smallest) < gamma(factors, smallest) < 1


def test_lemma_1_fixed_point_as_printed():
    d, a = 5, 0.7
    expected = np.array([1, a, a, a, a]) / np.sqrt(1 + (d - 1) * a**2)
    np.testing.assert_allclose(unit(np.array([1, a, a, a, a])), expected, rtol=1e-15)


def _random(seed):
    return np.random.default_rng(seed)
