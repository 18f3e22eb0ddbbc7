"""The max-cosine of Eq. 12 against a loop over neurons and columns, and its summaries."""

import math
import statistics

import numpy as np
import pytest
import torch

from ssl_landscape.experiment.max_cosine import max_cosines, summarise


def draw(m=9, p=7, d=4, seed=0):
    random = np.random.default_rng(seed)
    weight = random.standard_normal((m, p)) * random.uniform(0.01, 20, (m, 1))
    return weight, random.standard_normal((p, d)) * 3


def by_loop(weight, dictionary):
    """Eq. 12 as it is written."""
    result = []
    for j in range(dictionary.shape[1]):
        cosines = []
        for row in weight:
            product = sum(w * c for w, c in zip(row, dictionary[:, j], strict=True))
            lengths = math.hypot(*row) * math.hypot(*dictionary[:, j])
            cosines.append(abs(product) / lengths if lengths else 0.0)
        result.append(max(cosines))
    return result


def ours(weight, dictionary):
    return max_cosines(torch.tensor(weight), torch.tensor(dictionary))


@pytest.mark.parametrize("sizes", [(9, 7, 4), (1, 5, 5), (50, 50, 10), (3, 4, 1)])
@pytest.mark.parametrize("seed", range(3))
def test_against_the_loop(sizes, seed):
    weight, dictionary = draw(*sizes, seed)
    assert ours(weight, dictionary).tolist() == pytest.approx(by_loop(weight, dictionary), 1e-12)
    single = ours(weight.astype(np.float32), dictionary.astype(np.float32))
    assert single.tolist() == pytest.approx(by_loop(weight, dictionary), abs=1e-6)


def test_leading_dimensions_are_epochs():
    weights = np.stack([draw(seed=k)[0] for k in range(5)])
    dictionary = draw()[1]
    found = ours(weights, dictionary)
    assert found.shape == (5, 4)
    for row, weight in zip(found.tolist(), weights, strict=True):
        assert row == pytest.approx(by_loop(weight, dictionary))


def test_scaling_sign_and_order_of_neurons_do_not_matter():
    weight, dictionary = draw()
    random = np.random.default_rng(3)
    changed = random.permutation(weight * random.choice([-5.0, 0.1], (len(weight), 1)))
    assert ours(changed, dictionary).tolist() == pytest.approx(ours(weight, dictionary).tolist())
    assert ours(weight, -7 * dictionary).tolist() == pytest.approx(by_loop(weight, dictionary))


def test_order_of_columns_orders_the_result():
    weight, dictionary = draw()
    order = [2, 0, 3, 1]
    found, permuted = ours(weight, dictionary), ours(weight, dictionary[:, order])
    assert permuted.tolist() == pytest.approx(found[order].tolist())


def test_permutation_matrix_is_perfect():
    permutation = -np.eye(6)[np.random.default_rng(0).permutation(6)]
    assert ours(permutation, np.eye(6)).tolist() == [1.0] * 6


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_neuron_without_weight_has_cosine_zero(dtype):
    weight, dictionary = (a.astype(dtype) for a in draw())
    none = ours(np.zeros_like(weight), dictionary)
    assert none.tolist() == [0.0] * 4
    weight[2] = 0
    assert ours(weight, dictionary).tolist() == pytest.approx(by_loop(weight, dictionary), abs=1e-6)


def test_tiny_weights_keep_their_directions():
    weight, dictionary = (a.astype(np.float32) for a in draw())
    tiny = ours(weight * np.float32(1e-12), dictionary)
    assert tiny.tolist() == pytest.approx(by_loop(weight, dictionary), abs=1e-6)


@pytest.mark.parametrize("d", [1, 2, 5, 10])
def test_summary_against_the_standard_library(d):
    cosines = np.random.default_rng(d).random((3, d))
    found = summarise(torch.tensor(cosines))
    for k, row in enumerate(cosines.tolist()):
        assert found["max_max_cosine"][k].item() == max(row)
        assert found["min_max_cosine"][k].item() == min(row)
        assert found["median_max_cosine"][k].item() == pytest.approx(statistics.median(row), 1e-15)
