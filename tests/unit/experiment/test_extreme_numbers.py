"""Numbers at the edge: each is trained right, or ends in one clear error; nothing in between."""

import copy
import math
import re

import numpy as np
import pytest
import torch
import yaml

from ssl_landscape.errors import DivergedError, UserError
from ssl_landscape.experiment import fast, training
from ssl_landscape.experiment.max_cosine import max_cosines
from ssl_landscape.experiment.networks import build_networks
from ssl_landscape.experiment.registry import block_names, find_block, network_names
from ssl_landscape.experiment.sgd import SGD
from ssl_landscape.pipeline.plan import Plan

from ..helpers import (
    CONTRASTIVE,
    CPU,
    SIMSIAM,
    outcome,
    reference_run,
    small_data,
    small_run,
    small_spec,
)
from .test_training import MODELS, of_moment

BARE = {"batch_norm": "none", "initial_bias": "zero"}  # a masked sample's representation is 0


def assert_sound(result):
    """Weights and curve are finite, and cosines are cosines."""
    for name, tensor in result.weights.items():
        assert tensor.isfinite().all(), name
    assert np.isfinite(result.curve["loss"][1:]).all()
    for name, values in result.curve.items():
        if name.endswith("cosine"):
            assert values.min() >= 0, name
            assert values.max() <= 1 + 1e-5, name


def assert_as_reference(spec, x, dictionary, result):
    wanted = reference_run(spec, x, dictionary)
    losses, expected = result.curve["loss"][1:].tolist(), wanted.curve["loss"][1:].tolist()
    assert losses == pytest.approx(expected, rel=1e-3, abs=1e-4)
    for name, tensor in result.weights.items():
        expected = wanted.weights[name].double()
        assert torch.allclose(tensor.double(), expected, rtol=1e-3, atol=1e-3), name


class TestDivergence:
    """A learning rate of 1e3 in every model: it diverges with one error, or stays finite."""

    @pytest.mark.parametrize("model", MODELS)
    def test_learning_rate_1000(self, model):
        changes = MODELS[model] | {"learning_rate": 1e3, "model": model}
        result, error = outcome(lambda: small_run(**changes), DivergedError)
        if result:
            assert_sound(result)
        else:
            assert re.fullmatch(
                rf"model {model}, sparsity 0\.3, seed 1: (loss|weights) not finite in epoch \d+; "
                r"nothing was written\. Lower its learning_rate \(now 1000\.0\) in the config",
                error,
            )

    @pytest.mark.parametrize("model", ["ncl-linear", "ncl-inner-product"])
    def test_a_loss_of_unbounded_representations_diverges(self, model):
        with pytest.raises(DivergedError):
            small_run(**(MODELS[model] | {"learning_rate": 1e3}))


class TestZeroRows:
    """Neurons without weights, and weights too small for their squares to be float32."""

    def test_a_neuron_without_weights_has_cosine_zero(self):
        _, dictionary = small_data()
        M = torch.from_numpy(dictionary)
        weight = torch.zeros(3, len(M))
        assert max_cosines(weight, M).tolist() == [0] * M.shape[1]
        weight[1] = M[:, 2]
        assert max_cosines(weight, M).tolist() == pytest.approx([0, 0, 1, 0, 0], abs=1e-6)

    @pytest.mark.parametrize("scale", [1e-10, 1e-15, 1e-19, 1e-20, 1e-22, 1e-25, 1e-30, 1e-37])
    def test_cosines_do_not_see_a_row_s_length(self, scale):
        _, dictionary = small_data()
        M = torch.from_numpy(dictionary)
        weight = torch.randn(7, len(M), generator=torch.Generator().manual_seed(1))
        wanted = max_cosines(weight, M).tolist()
        assert max_cosines(weight * scale, M).tolist() == pytest.approx(wanted, abs=1e-4)

    @pytest.mark.parametrize("model", MODELS)
    @pytest.mark.parametrize("is_fast", [True, False])
    def test_steps_with_zero_rows_and_columns(self, model, is_fast):
        spec = small_spec(**(MODELS[model] | BARE))
        x, dictionary = small_data()
        weights, masks = (torch.Generator().manual_seed(k) for k in (3, 1))
        with torch.inference_mode(is_fast):
            count = len(network_names(spec["update"]["name"]))
            networks = build_networks(spec, count, torch.from_numpy(dictionary), weights)
            for network in networks:
                network.weight.data[[0, 3]] = 0
                network.weight.data[:, 4] = 0
            optimisers = [SGD(network, spec) for network in networks]
            make_epoch = fast.Epoch if is_fast else training.autograd_epoch
            run = make_epoch(spec, networks, optimisers, torch.from_numpy(x), masks)
            for epoch in range(2):
                assert run(torch.arange(len(x)), epoch).isfinite().all()
            for network in networks:
                for name, tensor in network.named_parameters():
                    assert tensor.detach().isfinite().all(), name

    @pytest.mark.parametrize("normalisation", block_names("weight_normalisation"))
    def test_normalising_leaves_zeros_as_they_are(self, normalisation):
        weight = torch.zeros(4, 5)
        weight[1, 2] = 3
        find_block("weight_normalisation", normalisation)(weight)
        assert weight.count_nonzero() == 1
        assert weight[1, 2] == (3 if normalisation == "none" else 1)

    @pytest.mark.parametrize("model", ["ncl-linear", "ncl-basic", "cl-basic", "simplified-simsiam"])
    def test_weights_that_decay_to_zero_have_cosines_on_the_way(self, model):
        """They halve in every step: through all of float32, down to 0."""
        changes = {"weight_decay": 5.0, "learning_rate": 0.1, "epochs": 200}
        result = small_run(**(MODELS[model] | changes))
        assert_sound(result)
        assert result.curve["online_weight_norm"][-1] < 1e-3


class TestNothingLeftOfABatch:
    """Mask probability 0.99 and above: whole batches of views are 0."""

    @pytest.mark.parametrize("keep", [0.01, 0.0001])
    @pytest.mark.parametrize("scheme", block_names("masks"))
    @pytest.mark.parametrize("model", MODELS)
    def test_trains_to_finite_numbers(self, model, scheme, keep):
        masks = {"scheme": scheme, "keep": keep}
        changes = MODELS[model] | {"masks": masks, "epochs": 5}
        if MODELS[model].get("batch_norm") == "none":
            changes |= {"learning_rate": 0.02}
        assert_sound(small_run(**changes))
        assert_sound(small_run(**(changes | BARE | {"learning_rate": 0.02})))

    @pytest.mark.parametrize(
        ("model", "loss"),
        [
            ("ncl-basic", 0.0),  # |0 - 0|^2
            ("ncl-linear", 0.0),
            ("ncl-inner-product", 2.0),  # 2 - 2 <0, 0>
            ("simplified-simsiam", 0.0),
            ("cl-basic", math.log(2 * 16 - 1)),  # all of the others are equally near
        ],
    )
    def test_samples_of_zeros_teach_nothing(self, model, loss):
        """Every representation is 0: the loss is known, and no gradient comes from it."""
        x, dictionary = small_data()
        spec = small_spec(**(MODELS[model] | BARE | {"partial_batch": "drop"}))
        result = fast.train(spec, np.zeros_like(x), dictionary, CPU)
        assert result.curve["loss"][1:].tolist() == pytest.approx([loss] * spec["epochs"])
        for name, tensor in of_moment(result.weights, "initial").items():
            assert torch.equal(tensor, result.weights[f"final.{name}"]), name


def small_config(shipped, dataset=None, **training):
    """Give a config of one model on one dataset of 40 samples."""
    config = copy.deepcopy(shipped)
    sizes = {"p": 12, "d": 5, "n": 40, "latents": "independent", "noise": 0.1}
    config |= {"datasets": {"data": sizes | (dataset or {})}, "tables": {}, "claims": {}}
    changes = small_spec(**training)
    changes = {key: changes[key] for key in config["defaults"] if key in changes}
    changes |= {"dataset": "data", "sparsities": [1 if sizes["d"] == 1 else 0.3], "seeds": 1}
    config |= {"defaults": changes, "models": {"toy": {"label": "toy", "colour": "blue"}}}
    figure = {"title": "t", "models": ["toy"], "metrics": ["loss"]}
    return config | {"figures": {"figure": figure}, "ablations": {}, "beyond": {}}


class TestSmallBatches:
    @pytest.mark.parametrize(
        ("n", "batch_size", "partial_batch"),
        [(1, 16, "keep"), (40, 1, "keep"), (40, 1, "drop"), (41, 10, "keep"), (17, 16, "keep")],
    )
    def test_batch_norm_on_a_batch_of_one_is_refused(self, shipped, n, batch_size, partial_batch):
        sizes = {"batch_size": batch_size, "partial_batch": partial_batch}
        config = small_config(shipped, {"n": n}, **sizes)
        with pytest.raises(UserError, match=r"models\.toy\.batch_size: .* a batch of 1 sample"):
            Plan(config)
        Plan(small_config(shipped, {"n": n}, batch_norm="none", **sizes))

    @pytest.mark.parametrize("loss", ["nt_xent", "contrastive"])
    def test_contrastive_learning_on_batches_of_one_is_refused(self, shipped, loss):
        changes = CONTRASTIVE | {"loss": {"name": loss, "temperature": 0.5}, "batch_norm": "none"}
        with pytest.raises(UserError, match=r"models\.toy\.batch_size: .* a batch of 1 sample"):
            Plan(small_config(shipped, batch_size=1, **changes))
        Plan(small_config(shipped, batch_size=2, **changes))

    @pytest.mark.parametrize("loss", ["alignment_uniformity", "barlow_twins", "spectral", "vicreg"])
    def test_a_loss_that_compares_samples_needs_two(self, shipped, loss):
        changes = CONTRASTIVE | {"loss": {"name": loss}, "batch_norm": "none"}
        with pytest.raises(UserError, match=r"models\.toy\.batch_size: .* a batch of 1 sample"):
            Plan(small_config(shipped, batch_size=1, **changes))
        assert_sound(small_run(batch_size=2, learning_rate=1e-3, **changes))

    @pytest.mark.parametrize("loss", ["l2", "negative_cosine", "nt_xent"])
    def test_dropping_the_only_batch_is_refused(self, shipped, loss):
        """n below the batch size: no step would be left to train."""
        changes = {"loss": {"name": loss}}
        if loss == "nt_xent":
            changes = CONTRASTIVE
        sizes = {"batch_size": 41, "partial_batch": "drop"}
        with pytest.raises(UserError, match=r"toy\.batch_size: 41 is above n = 40, .* no step"):
            Plan(small_config(shipped, **(changes | sizes)))
        Plan(small_config(shipped, **(changes | sizes | {"batch_size": 40})))

    @pytest.mark.parametrize("batch_size", [41, 512, 10**9])
    def test_keeping_it_makes_all_samples_one_batch(self, batch_size):
        small, large = (small_run(batch_size=size) for size in (40, batch_size))
        for name, tensor in large.weights.items():
            assert torch.equal(tensor, small.weights[name])
        assert np.array_equal(large.curve["loss"][1:], small.curve["loss"][1:])

    @pytest.mark.parametrize("model", ["ncl-linear", "ncl-two-layers-bare", "ncl-rows"])
    @pytest.mark.parametrize("size", [1, 2, 13])
    def test_batches_of_one_without_batch_norm_equal_the_reference(self, model, size):
        """40 = 3 * 13 + 1: the last one leaves a batch of 1, too."""
        x, dictionary = small_data()
        changes = {"batch_size": size, "epochs": 2, "learning_rate": 0.01}
        spec = small_spec(**(MODELS[model] | changes))
        assert_as_reference(spec, x, dictionary, fast.train(spec, x, dictionary, CPU))


class TestSmallDimensions:
    """d = 1, m = 1, m = d, p = d, and all of it at once."""

    @pytest.mark.parametrize(
        ("p", "d", "m"), [(12, 1, 7), (12, 5, 1), (12, 5, 5), (5, 5, 5), (2, 1, 1), (12, 1, 1)]
    )
    @pytest.mark.parametrize("model", ["ncl-basic", "ncl-linear", "cl-basic", "simplified-simsiam"])
    def test_equals_the_reference(self, model, p, d, m):
        changes = {"neurons": m, "epochs": 3, "learning_rate": 0.01}
        spec = small_spec(**(MODELS[model] | changes))
        x, dictionary = small_data(p=p, d=d)
        result = fast.train(spec, x, dictionary, CPU)
        assert_sound(result)
        if m > 1:  # of one neuron, a direction is a sign: rounding decides at 0
            assert_as_reference(spec, x, dictionary, result)

    @pytest.mark.parametrize("model", ["ncl-basic", "cl-basic", "simplified-simsiam"])
    def test_one_of_everything(self, model):
        changes = {"neurons": 1, "epochs": 3}
        spec = small_spec(**(MODELS[model] | changes))
        result = fast.train(spec, *small_data(p=1, d=1), CPU)
        assert_sound(result)
        assert result.curve["min_max_cosine"].tolist() == pytest.approx([1] * 4)  # on a line

    def test_with_one_column_all_cosines_are_the_same(self):
        result = fast.train(small_spec(), *small_data(d=1), CPU)
        curve = result.curve
        assert np.array_equal(curve["min_max_cosine"], curve["max_max_cosine"])
        assert np.array_equal(curve["min_max_cosine"], curve["median_max_cosine"])

    def test_warm_start_with_as_many_neurons_as_columns(self):
        warm = {"sigma": 0, "columns": "in_order"}
        result = small_run(neurons=5, warm_start=warm, epochs=1)
        assert result.curve["min_max_cosine"][0] == pytest.approx(1, abs=1e-5)

    def test_latents_of_one_column(self, shipped):
        config = small_config(shipped, {"d": 1, "latents": "exact_counts"})
        with pytest.raises(UserError, match=r"datasets\.data: d = 1 has no room"):
            Plan(config)


class TestScales:
    @pytest.mark.parametrize("temperature", [1e-6, 1e-3, 0.01, 1 / 76, 1 / 75, 1, 1e3, 1e6])
    @pytest.mark.parametrize("loss", ["nt_xent", "contrastive"])
    def test_every_temperature_that_is_allowed_trains(self, loss, temperature):
        changes = CONTRASTIVE | {"loss": {"name": loss, "temperature": temperature}}
        assert_sound(small_run(**changes))

    @pytest.mark.parametrize("temperature", [0.01, 1 / 76, 1 / 74])
    def test_a_low_temperature_equals_the_reference(self, temperature):
        loss = {"loss": {"name": "nt_xent", "temperature": temperature}, "learning_rate": 1e-3}
        spec = small_spec(**(CONTRASTIVE | loss | {"epochs": 2}))
        x, dictionary = small_data()
        assert_as_reference(spec, x, dictionary, fast.train(spec, x, dictionary, CPU))

    @pytest.mark.parametrize("scale", [1e-3, 1e-8, 1e-9, 1e-10, 3e-11])
    @pytest.mark.parametrize("changes", [{}, SIMSIAM | {"predictor": "none"}])
    def test_directions_do_not_see_the_size_of_the_samples(self, changes, scale):
        """An encoder without bias; a step too small to move anything."""
        bare = BARE | {"activation": "identity", "learning_rate": 1e-30, "epochs": 1}
        x, dictionary = small_data()
        spec = small_spec(**(changes | bare))
        wanted = fast.train(spec, x, dictionary, CPU).curve["loss"][1]
        loss = fast.train(spec, x * np.float32(scale), dictionary, CPU).curve["loss"][1]
        assert loss == pytest.approx(wanted, rel=1e-3)

    BEYOND = (
        ("learning_rate", 1e7),
        ("learning_rate", 1e39),
        ("learning_rate", math.inf),
        ("weight_decay", 1e39),
        ("warm_start", {"sigma": 1e39, "columns": "balanced"}),
        ("warm_start", {"c": 1e39, "columns": "balanced"}),
        ("loss", {"name": "nt_xent", "temperature": 1e-7}),
        ("loss", {"name": "nt_xent", "temperature": 1e39}),
        ("sparsities", [1e-9]),
        ("sparsities", [5e-324]),
        ("seeds", 10**9),
        ("seeds", [10**30]),
        ("epochs", 10**30),
        ("batch_size", 10**30),
        ("neurons", 10**30),
    )

    @pytest.mark.parametrize(("key", "value"), BEYOND)
    def test_what_float32_or_memory_cannot_hold_is_refused(self, shipped, key, value):
        config = small_config(shipped, **CONTRASTIVE)
        config["models"]["toy"][key] = value
        with pytest.raises(UserError, match=rf"config: models\.toy\.{key}.*"):
            Plan(config)

    MEMORY = (
        ({"n": 10**9}, {}, "samples, n x p"),
        ({"n": 10**9, "p": 10**9}, {}, "samples, n x p"),
        ({"noise": 1e39}, {}, "noise"),
        ({}, {"neurons": 10**9}, "neurons x p"),
        ({}, {"neurons": 10**6, "layers": 2}, "neurons x neurons"),
        ({}, {"neurons": 10**6, "predictor": "linear"}, "neurons x neurons"),
        ({"n": 10**6}, {"neurons": 10**4, "batch_size": 10**6}, "representations"),
        ({"n": 10**6}, CONTRASTIVE | {"batch_size": 10**6, "neurons": 1}, "similarities"),
        (
            {"n": 10**6},
            {"loss": {"name": "alignment_uniformity"}, "batch_size": 10**6, "neurons": 1},
            "distances",
        ),
        ({}, {"loss": {"name": "vicreg"}, "neurons": 10**5}, "neurons' products"),
    )

    @pytest.mark.parametrize(("dataset", "training", "words"), MEMORY)
    def test_what_does_not_fit_into_memory_is_refused(self, shipped, dataset, training, words):
        with pytest.raises(UserError, match=words):
            Plan(small_config(shipped, dataset, **training))

    def test_a_long_run_is_not_refused(self, shipped):
        """n = 100,000 and 200,000 epochs; a batch of 8,192 views for contrastive learning."""
        Plan(small_config(shipped, {"n": 100_000}, epochs=200_000, batch_size=512))
        Plan(small_config(shipped, {"n": 100_000}, **CONTRASTIVE, batch_size=4096))

    def test_independent_latents_that_are_nearly_always_zero_are_refused(self, shipped):
        config = small_config(shipped)
        config["models"]["toy"]["sparsities"] = [0.3, 1e-5]
        with pytest.raises(UserError, match=r"toy\.sparsities: .* drawn without end"):
            Plan(config)


def test_yaml_of_a_small_config_is_what_is_planned(shipped):
    """The helper above writes what a user could write."""
    config = small_config(shipped)
    assert Plan(yaml.safe_load(yaml.safe_dump(config))).runs == [("toy", "0.3", 1)]
