"""Many runs at once: each ends where it ends by itself."""

import numpy as np
import pytest
import torch

from ssl_landscape.errors import DivergedError
from ssl_landscape.experiment.many_runs import run_as_it_is, train_together
from ssl_landscape.experiment.registry import block_names

from ..helpers import CPU, reference_run, small_data, small_spec
from .test_training import MODELS

UPDATES = {
    name: {"update": {"name": name, **options}, "predictor": "linear", "projector": "linear"}
    for name, options in {"moving_average": {"decay": 0.9}, "simultaneous": {}}.items()
}
FROZEN = {"frozen-batch-norm": {"batch_norm": "frozen"}}
ALL = MODELS | UPDATES | FROZEN


def different_data(count):
    """Give samples and dictionaries, of which no two are equal."""
    x, M = small_data()
    rolled = [
        (np.roll(x, k, axis=1).astype(np.float64), np.roll(M, k, axis=0)) for k in range(count)
    ]
    return [list(parts) for parts in zip(*rolled, strict=True)]


@pytest.mark.parametrize("model", ALL)
def test_each_run_is_as_by_itself(model):
    spec = small_spec(model=model, **ALL[model])
    specs = [spec | {"seed": spec["seed"] + k} for k in range(3)]
    samples, dictionaries = different_data(3)
    found = train_together(specs, samples, dictionaries, CPU)
    for own, x, M, result in zip(specs, samples, dictionaries, found, strict=True):
        alone = reference_run(own, x, M)
        assert result.curve.keys() == alone.curve.keys()
        for name, values in alone.curve.items():
            np.testing.assert_allclose(result.curve[name], values, rtol=1e-6, atol=1e-8)
        assert result.weights.keys() == alone.weights.keys()
        for name, tensor in alone.weights.items():
            torch.testing.assert_close(result.weights[name], tensor, rtol=1e-6, atol=1e-8)


def test_the_updates_above_are_all_there_are():
    tested = {small_spec(**changes)["update"]["name"] for changes in ALL.values()}
    assert tested == set(block_names("updates"))


@pytest.mark.parametrize("epochs", [1, 99, 100, 101, 230])  # a curve is computed in parts of 100
def test_a_curve_has_every_epoch(epochs):
    specs = [small_spec(epochs=epochs, seed=seed) for seed in (1, 2)]
    done = []
    samples, dictionaries = different_data(2)
    results = train_together(specs, samples, dictionaries, CPU, run_as_it_is, done.append)
    for result, spec, x, M in zip(results, specs, samples, dictionaries, strict=True):
        wanted = reference_run(spec, x, M).curve
        assert result.curve["epoch"].tolist() == list(range(epochs + 1))
        np.testing.assert_allclose(result.curve["loss"], wanted["loss"], rtol=1e-6)
        np.testing.assert_allclose(
            result.curve["min_max_cosine"], wanted["min_max_cosine"], rtol=1e-6
        )
    assert done[-1] == epochs


@pytest.mark.parametrize("epochs", [30, 300])
def test_a_run_that_diverges_is_lost_alone(epochs):
    specs = [small_spec(epochs=epochs, seed=seed) for seed in (1, 2, 3)]
    samples, dictionaries = different_data(3)
    samples[1][5, 3] = np.nan
    first, second, third = train_together(specs, samples, dictionaries, CPU)
    assert isinstance(second, DivergedError)
    with pytest.raises(DivergedError) as alone:
        reference_run(specs[1], samples[1], dictionaries[1])
    assert str(second) == str(alone.value)
    for result, k in ((first, 0), (third, 2)):
        wanted = reference_run(specs[k], samples[k], dictionaries[k]).curve["loss"]
        np.testing.assert_allclose(result.curve["loss"], wanted, rtol=1e-6)
