"""The max-cosines of random neurons, against a closed form and a simulation."""

import numpy as np
import pytest

from ssl_landscape.experiment.chance import chance_level
from ssl_landscape.experiment.max_cosine import METRICS


class TestChance:
    def test_against_a_closed_form(self):
        """In R^3 |cos| is uniform: the largest of m has mean m / (m + 1)."""
        level = chance_level(3, 1, 9)
        assert list(level.values()) == pytest.approx([0.9] * 3, abs=0.005)

    def test_against_random_encoders_and_dictionaries(self):
        random = np.random.default_rng(1)
        p, d, m, found = 12, 4, 7, []
        for _ in range(3000):
            dictionary, _ = np.linalg.qr(random.standard_normal((p, d)))
            weight = random.standard_normal((m, p))
            weight /= np.linalg.norm(weight, axis=1, keepdims=True)
            best = np.sort(np.abs(weight @ dictionary).max(axis=0))
            found.append((best[-1], (best[1] + best[2]) / 2, best[0]))
        level = chance_level(p, d, m)
        assert [level[name] for name in METRICS] == pytest.approx(np.mean(found, axis=0), abs=0.008)

    def test_a_square_dictionary(self):
        level = chance_level(5, 5, 5)
        assert 0 < level["min_max_cosine"] < level["median_max_cosine"] < level["max_max_cosine"]

    def test_the_same_again(self):
        before = chance_level(50, 10, 50)
        chance_level.cache_clear()
        assert chance_level(50, 10, 50) == before
