"""Theorem 2: population gradients against autograd, closed forms against the iteration."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ssl_landscape.theory.theorem_2 import (
    coefficients,
    descend,
    distance_to_line,
    min_max_cosine,
    relative_errors,
)

seeds = st.integers(0, 2**32 - 1)


def test_one_step_is_gradient_descent_on_eq_13():
    """The expectation of Eq. 13 over all masks and latents, differentiated by autograd."""
    random, keep, kappa, noise, decay, eta = np.random.default_rng(1), 0.3, 0.4, 0.5, 0.9, 0.7
    m, p, d = 2, 3, 2
    dictionary = np.linalg.qr(random.standard_normal((p, d)))[0]
    online, target = (torch.tensor(random.standard_normal((m, p))) for _ in range(2))
    online.requires_grad_(True)
    moment = torch.zeros((p, p), dtype=torch.float64)
    bits = itertools.product((0.0, 1.0), repeat=p)
    diagonals = [torch.tensor(entries, dtype=torch.float64) for entries in bits]
    for z in itertools.product((-1, 0, 1), repeat=d):
        x = dictionary @ np.array(z, dtype=float)
        xx = torch.tensor(np.outer(x, x) + noise**2 * np.eye(p))
        weight = np.prod([kappa / 2 if entry else 1 - kappa for entry in z])
        for one, two in itertools.product(diagonals, repeat=2):
            share = np.prod([keep if bit else 1 - keep for bit in torch.cat([one, two])])
            moment += weight * share * two[:, None] * xx * one
    inner = torch.trace(target @ moment @ online.T)
    loss = 2 - 2 * inner + (1 - decay) / 2 * (online**2).sum()
    loss.backward()
    expected = (online - eta * online.grad).detach().numpy()
    starts = (online.detach().numpy(), target.numpy())
    second = kappa * dictionary @ dictionary.T + noise**2 * np.eye(p)
    decays = np.array([1 - eta * (1 - decay)])
    ours = descend(starts, second, keep, np.array([eta]), decays)
    np.testing.assert_allclose(ours[1], expected, rtol=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    seed=seeds,
    m=st.integers(1, 6),
    d=st.integers(1, 5),
    extra=st.integers(0, 4),
    keep=st.floats(0.05, 0.95),
    kappa=st.floats(0.05, 0.95),
    noise=st.floats(0, 1),
    fractions=st.lists(st.floats(0.001, 0.999), min_size=1, max_size=40),
    decay=st.floats(0.5, 0.999),
    varying=st.booleans(),
)
def test_closed_form(seed, m, d, extra, keep, kappa, noise, fractions, decay, varying):
    """Any dimensions, random orthonormal M, any step sizes allowed, a varying decay too."""
    random, p = np.random.default_rng(seed), d + extra
    dictionary = np.linalg.qr(random.standard_normal((p, d)))[0]
    starts = tuple(random.standard_normal((2, m, p)))
    steps = len(fractions)
    decays = random.uniform(decay, 1, steps) if varying else np.full(steps, decay)
    rates = np.array(fractions) * decays
    etas = rates / (2 * keep**2 * (kappa + noise**2))
    moment = kappa * dictionary @ dictionary.T + noise**2 * np.eye(p)
    history = descend(starts, moment, keep, etas, decays) @ dictionary
    online, target = (start @ dictionary for start in starts)
    one, two = coefficients(rates, decays)
    formula = one[:, None, None] * online + two[:, None, None] * (online + target)
    scale = np.linalg.norm(online) + np.linalg.norm(target)
    size = np.concatenate([[1.0], np.cumprod(decays + rates)])[:, None, None] * scale
    assert np.abs((history - formula) / size).max() < 1e-12
    assert ((one > 0) & (one <= 1)).all()
    assert (two[1:] > 0).all()
    halves = (np.cumprod(decays + rates) - np.cumprod(decays - rates)) / 2
    np.testing.assert_allclose(two[1:], halves, rtol=1e-9, atol=1e-300)


def test_main_text_has_one_factor_too_many():
    rates, decays = np.array([0.1, 0.2, 0.3]), np.full(3, 0.9)
    _, right = coefficients(rates, decays)
    _, main_text = coefficients(rates, decays, first=0)
    assert right[1] == pytest.approx(0.1)  # one step: c_0
    assert main_text[1] == pytest.approx(0.1 * 0.8)
    by_hand = sum(
        rates[j] * np.prod((decays - rates)[j:]) * np.prod((decays + rates)[:j]) for j in range(3)
    )
    assert main_text[3] == pytest.approx(by_hand, rel=1e-14)


def test_no_step_gives_the_start():
    one, two = coefficients(np.array([]), np.array([]))
    assert (one.tolist(), two.tolist()) == ([1.0], [0.0])


@settings(max_examples=40, deadline=None)
@given(seed=seeds, fractions=st.lists(st.floats(0.01, 0.5), min_size=1, max_size=30))
def test_distance_to_the_line_is_predicted(seed, fractions):
    random = np.random.default_rng(seed)
    online, target = random.standard_normal((2, 4, 3))
    decays = np.full(len(fractions), 0.95)
    rates = np.array(fractions) * decays
    history = descend((online, target), np.eye(3), 0.5, 2 * rates, decays)
    measured, predicted = distance_to_line(history, (online, target), rates, decays)
    np.testing.assert_allclose(measured, predicted, atol=1e-12)
    assert (np.diff(predicted) < 1e-12).all() or predicted[0] > 0.5


def test_relative_errors_and_cosines():
    history = np.array([np.eye(2), 2 * np.eye(2)])
    np.testing.assert_allclose(relative_errors(history, 0.5 * history), [0.5, 0.5])
    np.testing.assert_allclose(min_max_cosine(history), 1)
    np.testing.assert_allclose(min_max_cosine(np.ones((1, 2, 2))), 0.5**0.5)
