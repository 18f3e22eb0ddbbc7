"""The fast form against the reference, block by block and run by run; and which runs take it."""

import itertools

import numpy as np
import pytest
import torch

from ssl_landscape.experiment import fast, training
from ssl_landscape.experiment.fast import masks as fast_masks
from ssl_landscape.experiment.fast.blocks import find, has_fast_form
from ssl_landscape.experiment.fast.epoch import Epoch
from ssl_landscape.experiment.networks import build_networks
from ssl_landscape.experiment.registry import block_names, find_block, network_names

from ..helpers import CPU, reference_run, small_data, small_spec
from .test_training import MODELS

LOSSES = [
    {"name": "l2", "normalise": True},
    {"name": "l2", "normalise": False},
    {"name": "inner_product", "normalise": True},
    {"name": "inner_product", "normalise": False},
    {"name": "negative_cosine"},
    {"name": "nt_xent", "temperature": 0.05},
]
UPDATES = [
    {"name": name} | ({"decay": 0.9} if name == "moving_average" else {})
    for name in block_names("updates")
]
RELATIVE = {torch.float64: 1e-7, torch.float32: 2e-3}


def combinations():
    """Combinations of blocks that have a fast form: of most updates, with one loss and activation.

    An update does not look into either.
    """
    families = LOSSES, UPDATES, block_names("activations"), block_names("masks")
    for loss, update, activation, scheme in itertools.product(*families):
        masks = {"scheme": scheme, "keep": 0.25 if scheme == "dependent" else 0.5}
        changes = {"loss": loss, "update": update, "activation": activation, "masks": masks}
        is_usual = (loss, activation) == (LOSSES[0], "symmetric_relu_released")
        in_full = update["name"] in ("alternating", "shared")
        if has_fast_form(small_spec(**changes)) and (in_full or is_usual):
            yield changes


def name_of(changes):
    loss = "-".join(str(value) for value in changes["loss"].values())
    return (
        f"{loss}-{changes['update']['name']}-{changes['activation']}-{changes['masks']['scheme']}"
    )


COMBINATIONS = list(combinations())


def networks_of(spec, dtype=torch.float64):
    stream, dictionary = torch.Generator().manual_seed(3), torch.from_numpy(small_data()[1])
    networks = build_networks(spec, len(network_names(spec["update"]["name"])), dictionary, stream)
    return [network.to(dtype) for network in networks]


class Capture:
    """Takes the place of an optimiser, and keeps the gradients instead of following them."""

    gradients = None

    def step(self, gradients):
        self.gradients = [gradient.clone() for gradient in gradients]


def gradients_of(make_epoch, spec, epoch, dtype, x=None):
    """Return losses and gradients of one step: all samples are one batch."""
    is_fast = make_epoch is not training.autograd_epoch
    with torch.inference_mode(is_fast):
        networks = networks_of(spec, dtype)
        optimisers = [Capture() for _ in networks]
        x = torch.from_numpy(small_data()[0]) if x is None else x
        spec = spec | {"batch_size": len(x)}
        masks = torch.Generator().manual_seed(4)
        run = make_epoch(spec, networks, optimisers, x.to(dtype), masks)
        run(torch.arange(len(x)), epoch)  # the second time on used memory
        losses = run(torch.arange(len(x)), epoch).clone()
    gradients = [o.gradients for o in optimisers if o.gradients is not None]
    return losses, [gradient for of_learner in gradients for gradient in of_learner]


def assert_same_gradients(spec, epoch, dtype):
    loss, gradients = gradients_of(fast.Epoch, spec, epoch, dtype)
    wanted_loss, wanted = gradients_of(training.autograd_epoch, spec, epoch, dtype)
    tolerance = RELATIVE[dtype]
    assert loss.item() == pytest.approx(wanted_loss.item(), rel=tolerance, abs=tolerance)
    largest = max(g.abs().max() for g in wanted)
    assert largest > 1e-3
    for ours, theirs in zip(gradients, wanted, strict=True):
        # A gradient that is 0 up to rounding, as a bias's before batch norm, proves nothing.
        scale = theirs.norm().clamp(min=1e-2 * largest)
        assert (ours - theirs).norm() <= tolerance * scale


WITHOUT = ["alignment_uniformity", "barlow_twins", "contrastive", "spectral", "vicreg"]


def test_every_shipped_block_but_some_losses_has_a_fast_form():
    for family in ("activations", "masks", "updates"):
        assert all(find(family, name) for name in block_names(family)), family
    assert [name for name in block_names("losses") if not find("losses", name)] == WITHOUT
    assert len(COMBINATIONS) == (5 + 1) * 4 * 2 + 3 * 2
    assert find("losses", "torch") is find("losses", "Tensor") is None  # imported there


@pytest.mark.parametrize("dtype", RELATIVE)
@pytest.mark.parametrize("changes", COMBINATIONS, ids=name_of)
def test_gradients_are_those_of_autograd(changes, dtype):
    heads = [{"projector": kind, "predictor": "linear"} for kind in ("linear", "nonlinear")]
    sizes = {}, {"layers": 2} | heads[0], heads[1]
    for batch_norm, parts in itertools.product(("trained", "frozen", "none"), sizes):
        spec = small_spec(**changes, batch_norm=batch_norm, **parts)
        for epoch in (0, 1):  # of one step: another learner
            assert_same_gradients(spec, epoch, dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("changes", COMBINATIONS, ids=name_of)
def test_whole_runs(changes, dtype):
    """Three epochs with an incomplete last batch, in one precision: not yet chaotic."""
    spec = small_spec(**changes, epochs=3, learning_rate=0.01)
    x, dictionary = small_data()
    ours = fast.train(spec, x.astype(dtype), dictionary, CPU)
    reference = reference_run(spec, x, dictionary, dtype)
    tolerance = {np.float64: 1e-7, np.float32: 1e-3}[dtype]
    for name, values in ours.curve.items():
        expected = reference.curve[name]
        assert values == pytest.approx(expected, rel=tolerance, abs=tolerance, nan_ok=True), name
    for name, tensor in ours.weights.items():
        expected = reference.weights[name]
        assert torch.allclose(tensor, expected, rtol=tolerance, atol=tolerance), name


@pytest.mark.parametrize("model", MODELS)
def test_whole_runs_of_models_in_float64(model):
    spec = small_spec(model=model, **MODELS[model])
    x, dictionary = small_data()
    ours = fast.train(spec, x.astype(np.float64), dictionary, CPU)
    reference = reference_run(spec, x, dictionary)
    for name, tensor in ours.weights.items():
        assert torch.allclose(tensor, reference.weights[name], rtol=1e-7, atol=1e-7), name


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": {"name": "contrastive", "temperature": 0.5}, "update": {"name": "shared"}},
        {"loss": {"name": "l2"}, "update": {"name": "shared"}},
        {"loss": {"name": "nt_xent", "temperature": 0.013}, "update": {"name": "shared"}},
    ],
)
def test_other_blocks_run_on_the_reference(changes, caplog):
    spec = small_spec(**changes, epochs=3)
    assert not has_fast_form(spec)
    with caplog.at_level("INFO"):
        ours = fast.train(spec, *small_data(), CPU)
    assert "gradients by autograd" in caplog.text
    reference = reference_run(spec, *small_data(), np.float32)
    assert all(torch.equal(t, reference.weights[name]) for name, t in ours.weights.items())


def test_results_can_be_used_in_any_mode():
    result = fast.train(small_spec(epochs=1), *small_data(), CPU)
    assert not any(tensor.is_inference() for tensor in result.weights.values())


def test_rows_without_direction_have_no_gradient():
    """A sample of zeros without bias: its representation is 0 in both networks."""
    spec = small_spec(
        batch_norm="none", initial_bias="zero", masks={"scheme": "independent", "keep": 0.9999}
    )
    x = torch.from_numpy(small_data()[0])[:24].clone()
    x[5] = 0
    loss, gradients = gradients_of(fast.Epoch, spec, 0, torch.float64, x)
    wanted_loss, wanted = gradients_of(training.autograd_epoch, spec, 0, torch.float64, x)
    assert loss.item() == pytest.approx(wanted_loss.item())
    for one, other in zip(gradients, wanted, strict=True):
        assert one.isfinite().all()
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("scheme", block_names("masks"))
@pytest.mark.parametrize("keep", [0.1, 0.25, 0.5, 0.9999])
@pytest.mark.parametrize("shape", [(1001, 51), (512, 50), (1, 1), (3, 3)])
def test_masks_are_the_reference_s_bit_for_bit(scheme, keep, shape):
    n, p = shape
    samples = torch.randn(shape, generator=torch.Generator().manual_seed(9))
    ours, theirs = (torch.Generator().manual_seed(1) for _ in range(2))
    masks, views = getattr(fast_masks, scheme)(keep, ours), np.empty((2, n * p), np.float32)
    for _ in range(3):
        masks.apply(masks.draw(n, p), samples.numpy().reshape(-1), views)
        wanted = find_block("masks", scheme)(samples, keep, theirs).numpy().reshape(2, -1)
        assert np.array_equal(views.view(np.int32), wanted.view(np.int32))  # -0 is not 0
        assert torch.equal(ours.get_state(), theirs.get_state())


@pytest.mark.parametrize(("n", "size"), [(5000, 512), (5000, 3000), (2048, 512), (7, 16)])
def test_every_batch_sees_the_views_of_its_own_samples(n, size):
    """More samples than are masked at once: views are taken in groups of batches."""
    spec = small_spec(batch_size=size, neurons=1)
    x = torch.arange(1, n + 1, dtype=torch.float64)[:, None]
    networks = build_networks(spec, 2, torch.ones(1, 1), torch.Generator().manual_seed(1))
    epoch = Epoch(spec, [net.double() for net in networks], [], x, torch.Generator())
    seen = []

    def step(masks, chosen, number):
        assert masks.shape == (2, len(chosen))  # p = 1
        assert number == len(seen)
        seen.append(chosen.copy())
        return float(number)

    epoch.step = step
    order = torch.randperm(n, generator=torch.Generator().manual_seed(1))
    losses = epoch(order, 0)
    assert np.array_equal(np.concatenate(seen), order.numpy())
    assert [len(part) for part in seen] == [len(part) for part in order.split(size)]
    assert losses.tolist() == list(range(len(seen)))
