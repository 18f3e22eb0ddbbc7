"""Seeds of random streams: one for each run and purpose, the same everywhere and for ever."""

import itertools

import pytest
import torch

from ssl_landscape.experiment.seeds import compact, derive_seed, expand


def test_every_run_and_purpose_has_a_stream_of_its_own():
    names = ("ncl", "ncl-basic", "cl")
    purposes = ("data", "weights", "masks", "order")
    keys = list(itertools.product(names, ("0.1", "0.2"), range(50), purposes))
    assert len({derive_seed(*key) for key in keys}) == len(keys)


def test_values_are_pinned():
    """By sha256sum of the run's path: a change here would change every published result."""
    # printf ncl-basic/sparsity-0.1/seed-1/masks | sha256sum | cut -c 1-16, halved
    assert derive_seed("ncl-basic", "0.1", 1, "masks") == 0xA7245F9C2C58420C >> 1
    assert derive_seed("sparse", "0.3", 5, "data") == 0x922A7886323B0C19 >> 1


def test_generators_take_them():
    for k in range(100):
        seed = derive_seed("x", "0.1", k, "order")
        assert 0 <= seed < 2**63
        torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("seeds", "text"),
    [
        ([1, 2, 3, 4, 5], "1-5"),
        ([1, 2, 3, 7], "1-3,7"),
        ([0], "0"),
        ([3, 1, 2, 9, 8], "3,1-2,9,8"),
        ([], ""),
    ],
)
def test_seeds_as_text(seeds, text):
    assert compact(seeds) == text
    assert expand(text) == seeds


def test_many_seeds_are_a_short_text():
    assert compact(range(1, 10_001)) == "1-10000"
