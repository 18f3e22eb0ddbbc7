"""Any spec that validates trains to finite numbers; any other is refused, its key named."""

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from ssl_landscape.errors import DivergedError, UserError
from ssl_landscape.experiment.data import generate
from ssl_landscape.experiment.fast import train
from ssl_landscape.experiment.registry import block_names, block_options, network_names
from ssl_landscape.pipeline.plan import Plan

from ..helpers import CPU, outcome

FAMILIES = {
    "activation": "activations",
    "weight_normalisation": "weight_normalisation",
}
# Beside ordinary values: the ends of what is allowed, and what lies just beyond.
RATES = [5e-324, 1e-30, 1e-3, 0.02, 0.5, 1, 1e3, 1e6, 1e7, 1e39, 0, -1]
SIZES = [1, 2, 3, 4, 5, 8]
UNBOUNDED = ("inner_product", "spectral", "vicreg")  # if ``normalise`` does not say otherwise


def mostly(common, rare):
    """Draw from ``common``, one time in 24 from ``rare``."""
    return st.integers(0, 23).flatmap(lambda k: st.sampled_from(rare if k == 7 else common))


@st.composite
def losses(draw, name):
    loss = {"name": name}
    for option, kind in block_options("losses", name).items():
        if kind == "bool" and draw(st.booleans()):
            loss[option] = draw(st.booleans())
        if option == "temperature":
            loss[option] = draw(mostly([1e-6, 1e-3, 0.01, 0.05, 1 / 75, 1, 1e6], [0, 1e-7, 1e9]))
        elif kind == "float":  # a weight; up to three a loss
            loss[option] = draw(st.sampled_from([1e-6, 1e-3, 1, 25, 1e6]))
    return loss


@st.composite
def updates(draw):
    name = draw(st.sampled_from(block_names("updates")))
    options = block_options("updates", name)
    return {"name": name} | {option: draw(mostly([0, 0.5, 1], [1.1])) for option in options}


def warm_starts():
    sigmas = mostly([0, 1e-30, 0.1, 1], [1e6, 1e7, -1])
    of_sigma = st.fixed_dictionaries({"sigma": sigmas})
    of_c = st.fixed_dictionaries({"c": mostly([0.01, 1.0, 2.0, 1e6], [0, 1e300])})
    both = st.sampled_from([{}, {"c": 1.0, "sigma": 0.1}])
    columns = st.sampled_from(["in_order", "balanced", "with_replacement"])
    start = mostly([of_sigma, of_c], [both]).flatmap(lambda strategy: strategy)
    return st.builds(lambda values, kind: values | {"columns": kind}, start, columns)


@st.composite
def configs(draw, name):
    """Draw a whole config of one model, with this loss, on one dataset."""
    d = draw(st.sampled_from(SIZES))
    latents = draw(st.sampled_from(block_names("latents")))
    wide = draw(st.integers(0, 15)) != 7
    dataset = {
        "p": d + draw(st.integers(0, 3)) if wide else draw(st.sampled_from(SIZES)),
        "d": d,
        "n": draw(st.integers(1, 12)),
        "latents": latents,
        "noise": draw(mostly(["log d / d", "sqrt(log d) / d", 0, 0.3], [1e-30, 1e6, 1e30, -1])),
    }
    sparsity = 1 / d if latents == "one_hot" else draw(mostly([0.1, 0.3, 1], [1e-6, 1e-9, 0]))
    loss = draw(losses(name))
    fits = {"update": {"name": "shared"}, "partial_batch": "drop"} if "temperature" in loss else {}
    training = {
        "dataset": "data",
        "sparsities": [sparsity],
        "seeds": [draw(st.integers(0, 3))],
        "neurons": draw(st.sampled_from(SIZES)),
        "layers": draw(st.sampled_from([1, 2])),
        "batch_norm": draw(st.sampled_from(["none", "trained", "frozen"])),
        "initial_bias": draw(st.sampled_from(["zero", "uniform"])),
        "second_layer_weights": draw(st.sampled_from(["pd", "inputs", "uniform"])),
        "head_weights": draw(st.sampled_from(["pd", "inputs", "uniform"])),
        "projector": draw(st.sampled_from(["none", "linear", "nonlinear"])),
        "predictor": draw(st.sampled_from(["none", "linear"])),
        "loss": loss,
        "update": draw(updates()),
        "masks": {
            "scheme": draw(st.sampled_from(block_names("masks"))),
            "keep": draw(mostly([0.0001, 0.01, 0.1, 0.5, 0.9999], [0.0, 1.0])),
        },
        "warm_start": draw(st.none() | warm_starts()),
        "epochs": 3,
        "batch_size": draw(st.sampled_from([*SIZES, 12, 13, 10**9])),
        "partial_batch": draw(st.sampled_from(["keep", "drop"])),
        "learning_rate": draw(mostly([1e-3, 0.02, 1e6], RATES)),
        "momentum": draw(mostly([0.0, 0.5], [0.999999, 1.0])),
        "weight_decay": draw(mostly([0.0, 0.01], [1, 50, *RATES])),
        **{key: draw(st.sampled_from(block_names(f))) for key, f in FAMILIES.items()},
    }
    if draw(st.integers(0, 15)) != 7:
        training |= fits
    return {
        "device": "cpu",
        "datasets": {"data": dataset},
        "defaults": training,
        "models": {"toy": {"label": "toy", "colour": "blue"}},
        "figures": {"figure": {"title": "t", "models": ["toy"], "metrics": ["loss"]}},
        "tables": {},
    }


def tame(spec, dataset):
    """Say whether nothing in the spec makes numbers grow from step to step."""
    noise, start = dataset["noise"], (spec["warm_start"] or {}).get("sigma", 0)
    scales = [start, 0 if isinstance(noise, str) else noise]
    # Without normalisation a loss is unbounded, and a temperature divides the gradient as it is;
    # weights multiply it.
    loss = spec["loss"]
    plain = not loss.get("normalise", loss["name"] not in UNBOUNDED)
    rate = spec["learning_rate"] / (loss.get("temperature", 1) if plain else 1)
    rate *= max([1, *(v for k, v in loss.items() if k not in ("name", "normalise", "temperature"))])
    return (
        rate <= (1e-3 if plain else 0.02)
        and spec["weight_decay"] <= 1
        and spec["momentum"] <= 0.5
        and max(scales) <= 1
    )


def check_finite(result, networks):
    for name, tensor in result.weights.items():
        assert tensor.isfinite().all(), name
    for name, values in result.curve.items():
        trained = values[1:] if name == "loss" else values
        if name == "target_weight_norm" and networks == 1:
            assert np.isnan(values).all()
        else:
            assert np.isfinite(trained).all(), name
        if name.endswith("cosine"):
            assert values.min() >= 0, name
            assert values.max() <= 1 + 1e-5, name


def check_trains(plan):
    """Train the config's one run; say how it ended."""
    (run,) = plan.runs
    spec = plan.run_spec(*run)
    dataset = plan.dataset_spec(plan.dataset_of(*run[:2]), run[2])
    samples, _, dictionary = generate(dataset)
    assert np.isfinite(samples).all()
    result, error = outcome(lambda: train(spec, samples, dictionary, CPU), DivergedError)
    if error:  # no validation can foresee it
        assert not tame(spec, dataset), error
        assert re.fullmatch(
            r"model toy, sparsity \S+, seed \d: (loss|weights) not finite in epoch [123]; "
            r"nothing was written\. Lower its learning_rate \(now \S+\) in the config",
            error,
        )
        return "diverged"
    check_finite(result, len(network_names(spec["update"]["name"])))
    return "trained"


@pytest.mark.parametrize("examples", [500, pytest.param(2000, marks=pytest.mark.slow)])
def test_what_validates_trains_and_what_does_not_is_refused(shipped, examples):
    """Configs over all blocks and options, each of 3 epochs of up to 12 steps."""
    ends, blocks, names = Counter(), Counter(), block_names("losses")
    few = settings(
        max_examples=examples // len(names),
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )

    def check(raw):
        plan, error = outcome(lambda: Plan(raw | {"theory": shipped["theory"]}), UserError)
        if error:
            ends["refused"] += 1
            assert re.match(
                r"config: (models\.toy|defaults|override|datasets\.data)[.:]\S* ", error
            )
            assert "\n" not in error
            return
        end = check_trains(plan)
        ends[end] += 1
        if end == "trained":
            training = raw["defaults"]
            blocks.update(training[key] for key in FAMILIES)
            blocks.update([training["loss"]["name"], training["update"]["name"]])
            blocks.update([training["masks"]["scheme"]])
            blocks.update([raw["datasets"]["data"]["latents"]])

    for number, name in enumerate(names):  # as many draws of each loss
        seed(number)(few(given(configs(name))(check)))()
    # The control: neither answer is the only one, and every block has been tried.
    assert min(ends["trained"], ends["refused"]) > examples / 4, ends
    assert ends["diverged"], ends
    every = [*FAMILIES.values(), "losses", "updates", "masks", "latents"]
    assert {name for family in every for name in block_names(family)} <= blocks.keys()
