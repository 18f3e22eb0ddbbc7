"""The two masking schemes: probabilities, supports, streams (Eqs. 2, 3)."""

import math

import pytest
import torch

from ssl_landscape.experiment.masks import _bits
from ssl_landscape.experiment.masks.dependent import dependent
from ssl_landscape.experiment.masks.independent import independent

KEEPS = (0.1, 0.25, 0.5, 0.9)
SHAPES = ((1001, 51), (37, 13), (512, 50), (1, 1), (3, 3))


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def samples(n=1001, p=51):
    return torch.randn(n, p, generator=stream(99)) + 10  # never 0: a zero means masked


def within_five_sigma(count, trials, probability):
    return abs(count - trials * probability) <= 5 * math.sqrt(
        trials * probability * (1 - probability)
    )


@pytest.mark.parametrize("keep", KEEPS)
@pytest.mark.parametrize("shape", SHAPES[:3])
def test_independent_keeps_entries_with_the_probability(keep, shape):
    x = samples(*shape)
    for view in independent(x, keep, stream()):
        kept = view != 0
        assert torch.equal(view, x * kept)  # an entry is there as it was, or it is 0
        assert within_five_sigma(int(kept.sum()), x.numel(), keep)


@pytest.mark.parametrize("keep", KEEPS)
def test_independent_keeps_every_row_column_and_place_in_a_byte_alike(keep):
    n, p = 2000, 16
    kept = independent(samples(n, p), keep, stream()) != 0
    for view in kept:
        assert all(within_five_sigma(int(column.sum()), n, keep) for column in view.T)
        assert all(within_five_sigma(int(row.sum()), p, keep) for row in view[:50])


@pytest.mark.parametrize("keep", KEEPS)
def test_the_two_views_and_neighbours_are_independent(keep):
    first, second = (view != 0 for view in independent(samples(), keep, stream()))
    assert within_five_sigma(int((first & second).sum()), first.numel(), keep**2)
    right, left = first[:, 1:], first[:, :-1]
    pairs = int((right[:, ::2] & left[:, ::2]).sum())  # disjoint pairs of neighbours
    assert within_five_sigma(pairs, right[:, ::2].numel(), keep**2)
    rows = int((first[1::2] & first[:-1:2]).sum())
    assert within_five_sigma(rows, first[1::2].numel(), keep**2)


@pytest.mark.parametrize("keep", KEEPS)
@pytest.mark.parametrize("shape", SHAPES)
def test_dependent_views_share_every_entry_out_twofold(keep, shape):
    x = samples(*shape)
    first, second = dependent(x, keep, stream())
    assert torch.equal(first + second, 2 * x)
    assert torch.equal((first != 0) ^ (second != 0), torch.ones_like(x, dtype=torch.bool))
    assert torch.equal(first, 2 * x * (first != 0))
    if x.numel() > 100:
        assert within_five_sigma(int((first != 0).sum()), x.numel(), keep)


@pytest.mark.parametrize("scheme", [independent, dependent])
@pytest.mark.parametrize("keep", [0.25, 0.5])
class TestStream:
    def test_same_seed_same_masks_whatever_the_threads(self, scheme, keep):
        x = samples(1000, 50)
        reference = scheme(x, keep, stream())
        torch.set_num_threads(2)
        again = scheme(x, keep, stream())
        assert all(torch.equal(a, b) for a, b in zip(reference, again, strict=True))

    def test_other_seed_and_next_draw_differ(self, scheme, keep):
        x, generator = samples(), stream()
        first = scheme(x, keep, generator)[0]
        assert not torch.equal(first, scheme(x, keep, generator)[0])
        assert not torch.equal(first, scheme(x, keep, stream(1))[0])

    def test_global_state_neither_read_nor_changed(self, scheme, keep):
        torch.manual_seed(1)
        before = torch.get_rng_state()
        one = scheme(samples(), keep, stream())[0]
        assert torch.equal(torch.get_rng_state(), before)
        torch.manual_seed(2)
        assert torch.equal(one, scheme(samples(), keep, stream())[0])

    def test_samples_are_left_as_they_were(self, scheme, keep):
        x = samples()
        scheme(x, keep, stream())
        assert torch.equal(x, samples())

    def test_samples_do_not_steer_the_masks(self, scheme, keep):
        one, other = scheme(samples(), keep, stream())[0], scheme(-samples(), keep, stream())[0]
        assert torch.equal(one != 0, other != 0)


def replace_random_bits(monkeypatch, bits):
    monkeypatch.setattr(_bits, "random_words", lambda *_: bits.view(torch.int64))


@pytest.mark.parametrize("keep", [0.001, 0.1, 0.25, 1 / 3, 0.499, 0.75, 0.9, 0.999])
def test_threshold_over_all_16_bit_integers(keep, monkeypatch):
    # Every int16 once in place of random ones: the share kept is the mask's exact probability.
    every = torch.arange(-(2**15), 2**15, dtype=torch.int16)
    replace_random_bits(monkeypatch, every)
    mask = _bits.bernoulli(every.shape, keep, stream())
    assert set(mask.unique().tolist()) == {0, 1}
    assert abs(mask.double().mean().item() - keep) <= 2**-17


def test_one_half_takes_every_bit_of_every_byte_once(monkeypatch):
    octets = torch.arange(256).to(torch.uint8)
    replace_random_bits(monkeypatch, octets)
    rows = _bits.bernoulli(torch.Size((256, 8)), 0.5, stream()).int().tolist()
    assert len({tuple(row) for row in rows}) == 256  # a bijection: all patterns equally likely


def test_random_bytes_are_uniform_and_cover_the_extremes():
    octets = _bits.random_words(256 * 4000, 8, stream()).view(torch.uint8)
    counts = torch.bincount(octets.int(), minlength=256)
    assert all(within_five_sigma(int(c), len(octets), 1 / 256) for c in counts)
