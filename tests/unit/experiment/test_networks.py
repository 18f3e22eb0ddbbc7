"""Initialisation of the networks (sections 4.2, 5.2.2), and what they are made of."""

import math

import numpy as np
import pytest
import torch

from ssl_landscape.experiment.networks import build_networks

from ..helpers import small_spec

P, D, M = 50, 10, 50


def dictionary(p=P, d=D):
    q = np.linalg.qr(np.random.default_rng(0).standard_normal((p, d)))[0]
    return torch.tensor(q, dtype=torch.float32)


def build(count=2, seed=0, p=P, d=D, **changes):
    spec = small_spec(**({"neurons": M} | changes))
    return build_networks(spec, count, dictionary(p, d), torch.Generator().manual_seed(seed))


def tensors(network):
    return dict(network.named_parameters())


def assert_normal(values, deviation):
    """Mean 0 and this standard deviation, within five standard errors; nothing cut off."""
    values = values.flatten().double()
    assert abs(values.mean()) < 5 * deviation / math.sqrt(len(values))
    assert abs(values.std() / deviation - 1) < 5 / math.sqrt(2 * len(values))
    inside = (values.abs() < deviation).double().mean()
    assert abs(inside - 0.6827) < 5 * math.sqrt(0.6827 * 0.3173 / len(values))


def assert_uniform(values, bound):
    """Within the bound and near it on both sides; 400 draws miss that with probability 4e-5."""
    values = values.flatten().double()
    assert values.abs().max() <= bound
    assert values.max() > 0.95 * bound
    assert values.min() < -0.95 * bound
    assert abs(values.mean()) < 5 * bound / math.sqrt(3 * len(values))


@pytest.mark.parametrize("part", ["encoder.0", "encoder.1", "projector", "predictor"])
def test_weights_are_normal_with_variance_one_over_pd(part):
    (network,) = build(1, layers=2, projector="linear", predictor="linear")
    weight = tensors(network)[f"{part}.weight"]
    assert weight.shape == (M, P)
    assert_normal(weight, (P * D) ** -0.5)


def test_scale_is_the_data_s_not_the_width_s():
    (network,) = build(1, p=20, d=4, neurons=300)
    assert network.weight.shape == (300, 20)
    assert_normal(network.weight, 80**-0.5)


@pytest.mark.parametrize("part", ["encoder.0", "encoder.1", "projector", "predictor"])
def test_zero_and_uniform_biases(part):
    parts = {"layers": 2, "projector": "linear", "predictor": "linear", "neurons": 400}
    (zero,), (uniform,) = (build(1, initial_bias=b, **parts) for b in ("zero", "uniform"))
    assert not tensors(zero)[f"{part}.bias"].any()
    bound = (P if part == "encoder.0" else 400) ** -0.5
    assert_uniform(tensors(uniform)[f"{part}.bias"], bound)


@pytest.mark.parametrize("sigma", [0.0, 0.002, 0.141])
@pytest.mark.parametrize("columns", ["balanced", "with_replacement"])
def test_warm_start_is_dictionary_columns_with_noise(sigma, columns):
    M_columns = dictionary().T
    for network in build(warm_start={"sigma": sigma, "columns": columns}):
        distances = torch.cdist(network.weight.detach(), M_columns)
        noise = network.weight.detach() - M_columns[distances.argmin(dim=1)]
        if sigma:
            assert_normal(noise, sigma)
        else:
            assert not noise.any()


def counts(network):
    nearest = torch.cdist(network.weight.detach(), dictionary().T).argmin(dim=1)
    return torch.bincount(nearest, minlength=D).tolist()


@pytest.mark.parametrize(("neurons", "wanted"), [(50, {5}), (10, {1}), (23, {2, 3})])
def test_balanced_columns_are_equally_often(neurons, wanted):
    start = {"sigma": 0.01, "columns": "balanced"}
    for network in build(neurons=neurons, warm_start=start):
        assert set(counts(network)) == wanted
        assert sum(counts(network)) == neurons


def test_balanced_columns_stand_in_random_order_of_each_network_s_own():
    start = {"sigma": 0.0, "columns": "balanced"}
    online, target = build(warm_start=start)
    assert not torch.equal(online.weight, target.weight)
    assert not torch.equal(online.weight[:D], dictionary().T)


def test_columns_in_order_match_the_neurons_of_both_networks():
    start = {"sigma": 0.0, "columns": "in_order"}
    for network in build(neurons=2 * D, warm_start=start):
        assert torch.equal(network.weight, dictionary().T.repeat(2, 1))


SECOND, HEADS = ["encoder.1.weight"], ["projector.weight", "predictor.weight"]


@pytest.mark.parametrize(
    ("key", "names"), [("second_layer_weights", SECOND), ("head_weights", HEADS)]
)
def test_weights_after_the_first_layer_start_as_the_spec_says(key, names):
    parts = {"layers": 2, "projector": "linear", "predictor": "linear", "neurons": 200}
    for rule, std in (("pd", (P * D) ** -0.5), ("inputs", 200**-0.5)):
        drawn = tensors(build(1, **{key: rule}, **parts)[0])
        for name in names:
            assert_normal(drawn[name], std)
        for name in {"encoder.0.weight", *SECOND, *HEADS} - set(names):
            assert_normal(drawn[name], (P * D) ** -0.5)
    drawn = tensors(build(1, **{key: "uniform"}, **parts)[0])
    for name in names:
        assert_uniform(drawn[name], 200**-0.5)


def test_a_nonlinear_projector_is_a_layer_as_the_encoder_s():
    (network,) = build(1, projector="nonlinear", predictor="linear")
    names = {f"projector.{part}" for part in ("weight", "bias", "gain", "shift")}
    assert {name for name in tensors(network) if name.startswith("projector")} == names
    x = torch.randn(8, P, generator=torch.Generator().manual_seed(1))
    layer, hidden = network.projector, network.encoder(x)
    y = hidden @ layer.weight.T
    y = (y - y.mean(0)) / (y.var(0, unbiased=False) + 1e-5).sqrt()
    wanted = y.clamp(min=0) - (2 * layer.bias - y).clamp(min=0)
    assert torch.allclose(network.represent(x), wanted, atol=1e-5)


def test_frozen_batch_norm_normalises_and_is_not_learnt():
    trained, frozen = (build(1, batch_norm=kind)[0] for kind in ("trained", "frozen"))
    x = torch.randn(8, P, generator=torch.Generator().manual_seed(1))
    assert torch.equal(trained.represent(x), frozen.represent(x))
    assert sorted(tensors(frozen)) == ["encoder.0.bias", "encoder.0.weight"]


def test_columns_drawn_with_replacement_are_uniform_and_may_miss_one():
    start = {"sigma": 0.0, "columns": "with_replacement"}
    rows = [counts(n) for seed in range(40) for n in build(seed=seed, neurons=20, warm_start=start)]
    totals, draws = np.sum(rows, axis=0), 80 * 20
    assert all(abs(t - draws / D) < 5 * math.sqrt(draws * 0.1 * 0.9) for t in totals)
    # A given column is missed with probability 0.9^20 = 0.12.
    missed = sum(row.count(0) for row in rows)
    chance = 0.9**20
    assert abs(missed - 800 * chance) < 5 * math.sqrt(800 * chance * (1 - chance))


def test_only_the_first_layer_is_warm():
    (network,) = build(1, layers=2, warm_start={"sigma": 0.0, "columns": "balanced"})
    assert_normal(tensors(network)["encoder.1.weight"], (P * D) ** -0.5)


def test_online_and_target_are_drawn_apart_but_share_the_predictor():
    online, target = build(layers=2, projector="linear", predictor="linear")
    assert online.predictor is target.predictor
    for name, tensor in online.named_parameters():
        shared = tensors(target)[name] is tensor
        assert shared == name.startswith("predictor")
        if name.endswith("weight"):
            assert torch.equal(tensor, tensors(target)[name]) == shared


def test_named_parameters_are_complete():
    names = [
        f"encoder.{i}.{part}" for i in (0, 1) for part in ("weight", "bias", "gain", "shift")
    ] + [f"{head}.{part}" for head in ("projector", "predictor") for part in ("weight", "bias")]
    (network,) = build(1, layers=2, projector="linear", predictor="linear")
    assert sorted(tensors(network)) == sorted(names)
    assert {id(t) for t in network.parameters()} == {id(t) for t in tensors(network).values()}
    assert all(t.requires_grad and t.is_leaf for t in network.parameters())
    assert all(t.dtype == torch.float32 for t in network.parameters())


def test_a_bare_encoder_has_weight_and_bias_only():
    (network,) = build(1, batch_norm="none")
    assert sorted(tensors(network)) == ["encoder.0.bias", "encoder.0.weight"]
    x = torch.randn(4, M, generator=torch.Generator().manual_seed(1))
    assert torch.equal(network.predict(x), x)


def test_batch_norm_starts_as_gain_one_shift_zero():
    (network,) = build(1, layers=2)
    for i in (0, 1):
        assert tensors(network)[f"encoder.{i}.gain"].tolist() == [1.0] * M
        assert tensors(network)[f"encoder.{i}.shift"].tolist() == [0.0] * M


def test_order_of_the_parts():
    """Encoder layers, then projector: together h; the predictor is apart."""
    (network,) = build(
        1, layers=2, projector="linear", predictor="linear", batch_norm="none", activation="relu"
    )
    t = {name: tensor.detach().double() for name, tensor in network.named_parameters()}
    x = torch.randn(8, P, generator=torch.Generator().manual_seed(1))
    hidden = x.double()
    for i in (0, 1):
        hidden = (hidden @ t[f"encoder.{i}.weight"].T + t[f"encoder.{i}.bias"]).clamp(min=0)
    wanted = hidden @ t["projector.weight"].T + t["projector.bias"]
    represented = network.represent(x)
    assert torch.allclose(represented.double(), wanted, atol=1e-5)
    predicted = wanted @ t["predictor.weight"].T + t["predictor.bias"]
    assert torch.allclose(network.predict(represented).double(), predicted, atol=1e-5)


def test_same_stream_same_networks_and_global_state_untouched():
    before = torch.get_rng_state()
    one, other, different = (build(1, seed=s)[0] for s in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    assert not torch.equal(one.weight, different.weight)
