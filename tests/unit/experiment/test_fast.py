"""The fast form against the reference, block by block and run by run; and which runs take it."""

import itertools

import numpy as np
import pytest
import torch

from ssl_landscape.experiment import fast, training
from ssl_landscape.experiment.fast import masks as fast_masks
from ssl_landscape.experiment.fast.blocks import find, has_fast_form
from ssl_landscape.experiment.fast.cuda_graph import CapturedEpoch
from ssl_landscape.experiment.fast.epoch import Epoch
from ssl_landscape.experiment.fast.workspace import Workspace
from ssl_landscape.experiment.networks import build_networks
from ssl_landscape.experiment.registry import block_names, find_block, network_names
from ssl_landscape.experiment.sgd import SGD

from ..helpers import CONTRASTIVE, CPU, SIMSIAM, reference_run, small_data, small_spec
from .test_training import MODELS

LOSSES = [
    {"name": "l2", "normalise": True},
    {"name": "l2", "normalise": False},
    {"name": "inner_product", "normalise": True},
    {"name": "inner_product", "normalise": False},
    {"name": "negative_cosine"},
    {"name": "nt_xent", "temperature": 0.05},
    {"name": "nt_xent", "temperature": 0.005},
]
RELATIVE = {torch.float64: 1e-7, torch.float32: 2e-3}


def combinations():
    """Every combination of blocks that has a fast form."""
    families = LOSSES, block_names("updates"), block_names("activations"), block_names("masks")
    for loss, update, activation, scheme in itertools.product(*families):
        masks = {"scheme": scheme, "keep": 0.25 if scheme == "dependent" else 0.5}
        changes = {"loss": loss, "update": update, "activation": activation, "masks": masks}
        if has_fast_form(small_spec(**changes)):
            yield changes


def name_of(changes):
    loss = "-".join(str(value) for value in changes["loss"].values())
    return f"{loss}-{changes['update']}-{changes['activation']}-{changes['masks']['scheme']}"


COMBINATIONS = list(combinations())


def networks_of(spec, dtype=torch.float64):
    stream, dictionary = torch.Generator().manual_seed(3), torch.from_numpy(small_data()[1])
    networks = build_networks(spec, len(network_names(spec["update"])), dictionary, stream)
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
    (gradients,) = [o.gradients for o in optimisers if o.gradients is not None]
    return losses, gradients


def assert_same_gradients(spec, epoch, dtype):
    loss, gradients = gradients_of(fast.make_epoch, spec, epoch, dtype)
    wanted_loss, wanted = gradients_of(training.autograd_epoch, spec, epoch, dtype)
    tolerance = RELATIVE[dtype]
    assert loss.item() == pytest.approx(wanted_loss.item(), rel=tolerance, abs=tolerance)
    largest = max(g.abs().max() for g in wanted)
    assert largest > 1e-3
    for ours, theirs in zip(gradients, wanted, strict=True):
        # A gradient that is 0 up to rounding, as a bias's before batch norm, proves nothing.
        scale = theirs.norm().clamp(min=1e-2 * largest)
        assert (ours - theirs).norm() <= tolerance * scale


def test_every_shipped_block_but_the_contrastive_loss_of_the_theory_has_a_fast_form():
    for family in ("activations", "masks", "updates"):
        assert all(find(family, name) for name in block_names(family)), family
    assert [name for name in block_names("losses") if not find("losses", name)] == ["contrastive"]
    assert len(COMBINATIONS) == (5 * 2 + 2) * 4 * 2
    assert find("losses", "torch") is find("losses", "Tensor") is None  # imported there


@pytest.mark.parametrize("dtype", RELATIVE)
@pytest.mark.parametrize("changes", COMBINATIONS, ids=name_of)
def test_gradients_are_those_of_autograd(changes, dtype):
    sizes = {"layers": 2, "predictor": "linear", "projector": "linear"}
    for batch_norm, parts in itertools.product((True, False), ({}, sizes)):
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
        {"loss": {"name": "contrastive", "temperature": 0.5}, "update": "shared"},
        {"loss": {"name": "l2"}, "update": "shared"},
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
        batch_norm=False, initial_bias="zero", masks={"scheme": "independent", "keep": 0.9999}
    )
    x = torch.from_numpy(small_data()[0])[:24].clone()
    x[5] = 0
    loss, gradients = gradients_of(fast.make_epoch, spec, 0, torch.float64, x)
    wanted_loss, wanted = gradients_of(training.autograd_epoch, spec, 0, torch.float64, x)
    assert loss.item() == pytest.approx(wanted_loss.item())
    for one, other in zip(gradients, wanted, strict=True):
        assert one.isfinite().all()
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("scheme", block_names("masks"))
@pytest.mark.parametrize("keep", [0.1, 0.25, 0.5, 0.9999])
@pytest.mark.parametrize("shape", [(1001, 51), (512, 50), (1, 1), (3, 3)])
def test_masks_are_the_reference_s_bit_for_bit(scheme, keep, shape):
    samples = torch.randn(shape, generator=torch.Generator().manual_seed(9))
    ours, theirs = (torch.Generator().manual_seed(1) for _ in range(2))
    draw = getattr(fast_masks, scheme)(keep, ours, Workspace(CPU))
    views = torch.empty(2, *shape)
    for _ in range(3):
        draw(samples, views)
        wanted = find_block("masks", scheme)(samples, keep, theirs)
        assert torch.equal(views.view(torch.int32), wanted.view(torch.int32))  # -0 is not 0
        assert torch.equal(ours.get_state(), theirs.get_state())


class TestEpochOnADevice:
    """The bookkeeping around CUDA graphs, with a graph that runs on the CPU."""

    class Graph:
        def __init__(self, epoch, number):
            self.epoch, self.number = epoch, number

        def replay(self):
            self.epoch.run(self.number)  # as it was captured, with the step's number of that moment

    @pytest.mark.parametrize("batch_size", [10, 16])  # 4 steps per epoch, 3 steps per epoch
    @pytest.mark.parametrize("fails", [False, True])
    def test_replayed_epochs_equal_others(self, batch_size, fails, monkeypatch, caplog):
        def capture(captured, number):
            if fails:
                raise RuntimeError("operation not permitted when stream is capturing")
            return self.Graph(captured.epoch, number)

        monkeypatch.setattr(CapturedEpoch, "_capture", capture)
        spec = small_spec(batch_size=batch_size)
        captured = losses_of(spec, lambda run, masks: CapturedEpoch(run, 2, masks))
        assert torch.equal(losses_of(spec), captured)
        assert ("no CUDA graph" in caplog.text) == fails


@torch.inference_mode()
def losses_of(spec, wrap=lambda run, masks: run, count=7):
    x = torch.from_numpy(small_data()[0]).double()
    networks = networks_of(spec)
    masks, order = (torch.Generator().manual_seed(k) for k in (4, 5))
    run = wrap(Epoch(spec, networks, [SGD(network, spec) for network in networks], x, masks), masks)
    return torch.stack(
        [run(torch.randperm(len(x), generator=order), epoch).clone() for epoch in range(count)]
    )


@pytest.mark.parametrize(("n", "size"), [(5000, 512), (5000, 3000), (2048, 512), (7, 16)])
def test_every_batch_sees_the_views_of_its_own_samples(n, size):
    """More samples than are masked at once: views are taken in groups of batches."""
    spec = small_spec(batch_size=size, neurons=1)
    x = torch.arange(1, n + 1, dtype=torch.float64)[:, None]
    networks = build_networks(spec, 2, torch.ones(1, 1), torch.Generator().manual_seed(1))
    epoch = Epoch(spec, [net.double() for net in networks], [], x, torch.Generator())
    seen = []

    def step(first, second, number):
        assert torch.equal(first, -second)
        assert number == len(seen)
        seen.append(first.flatten().clone())
        return first.new_tensor(float(number))

    def augment(samples, views):
        views[0].copy_(samples)
        torch.neg(samples, out=views[1])

    epoch.step, epoch.augment = step, augment
    order = torch.randperm(n, generator=torch.Generator().manual_seed(1))
    losses = epoch(order, 0)
    assert torch.equal(torch.cat(seen), order.double() + 1)
    assert [len(part) for part in seen] == [len(part) for part in order.split(size)]
    assert losses.tolist() == list(range(len(seen)))


def test_batches_of_all_sizes_share_their_memory():
    spec = small_spec(batch_size=32)
    x, networks = torch.from_numpy(small_data()[0]).double(), networks_of(spec)
    with torch.inference_mode():
        epoch = Epoch(spec, networks, [Capture() for _ in networks], x, torch.Generator())
        epoch(torch.arange(len(x)), 0)
    assert sorted(epoch.step.pairs) == [8, 32]
    firsts = {pairs[0][0].scratch.data_ptr() for pairs in epoch.step.pairs.values()}
    assert firsts == {epoch.step.workspace.memory.data_ptr()}


CASES = MODELS | {
    "equation-14-bare": {"activation": "symmetric_relu", "batch_norm": False},
    "relu-bare": {"activation": "relu", "batch_norm": False},
    "cl-predictor": CONTRASTIVE | {"predictor": "linear"},
    "simsiam-two-layers": SIMSIAM | {"layers": 2},
}


class TestWorkspace:
    def test_tensors_of_one_fork_are_apart_and_those_of_two_are_not(self):
        workspace = Workspace(CPU)
        one, other = workspace.fork(), workspace.fork()
        a, b = one.new(3, 5, dtype=torch.float32), one.new(7, dtype=torch.int64)
        c = other.new(20, dtype=torch.uint8)
        assert (a.shape, a.dtype, b.shape, b.dtype) == ((3, 5), torch.float32, (7,), torch.int64)
        assert a.data_ptr() == c.data_ptr() == workspace.memory.data_ptr()
        assert b.data_ptr() == a.data_ptr() + 64  # 60 bytes, then the next line of the cache
        a.fill_(1)
        b.fill_(2)
        assert (a == 1).all()
        assert (c == a.view(-1).view(torch.uint8)[:20]).all()

    def test_what_does_not_fit_has_memory_of_its_own(self):
        space = Workspace(CPU).fork()
        size = len(space.memory)
        large, small, other = (space.new(count, dtype=torch.uint8) for count in (size + 1, size, 1))
        assert small.data_ptr() == space.memory.data_ptr()
        end = space.memory.data_ptr() + size
        assert all(
            not space.memory.data_ptr() <= tensor.data_ptr() < end for tensor in (large, other)
        )

    @pytest.mark.parametrize("name", CASES)
    @pytest.mark.parametrize("keep", [0.5, 0.3])
    @pytest.mark.parametrize("scheme", block_names("masks"))
    def test_sharing_changes_no_bit(self, name, keep, scheme, monkeypatch):
        """Masks and step overwrite each other's tensors only after their use."""
        spec = small_spec(**CASES[name] | {"masks": {"scheme": scheme, "keep": keep}})
        together = losses_of(spec, count=5)
        monkeypatch.setattr(
            Workspace,
            "new",
            lambda self, *shape, dtype: torch.empty(shape, dtype=dtype),
        )
        assert torch.equal(losses_of(spec, count=5), together)
