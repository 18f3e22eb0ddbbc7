"""The step in closed form: the gradients of autograd, in float64; and which runs take it."""

import pytest
import torch

from ssl_landscape.benchmark import plain as reference
from ssl_landscape.experiment.fast import make_step
from ssl_landscape.experiment.fast.autograd import AutogradStep
from ssl_landscape.experiment.fast.cuda_graph import CapturedEpoch
from ssl_landscape.experiment.fast.epoch import Epoch, cut_batches
from ssl_landscape.experiment.fast.step import ClosedFormStep
from ssl_landscape.experiment.fast.workspace import Workspace
from ssl_landscape.experiment.masks.dependent import dependent
from ssl_landscape.experiment.masks.independent import independent
from ssl_landscape.experiment.networks import build_networks
from ssl_landscape.experiment.registry import find_block, update_networks

from ..helpers import CONTRASTIVE, SIMSIAM, small_data, small_spec
from .test_training import MODELS

N = 24
RELATIVE = 1e-6

CASES = MODELS | {
    "equation-14-bare": {"activation": "symmetric_relu", "batch_norm": False},
    "relu-bare": {"activation": "relu", "batch_norm": False},
    "identity-batch-norm": {"activation": "identity"},
    "l2-as-it-is": {"loss": {"name": "l2", "normalise": False}},
    "inner-product-normalised": {"loss": {"name": "inner_product", "normalise": True}},
    "cl-predictor": CONTRASTIVE | {"predictor": "linear"},
    "cl-cold": CONTRASTIVE | {"loss": {"name": "nt_xent", "temperature": 0.005}},
    "simsiam-two-layers": SIMSIAM | {"layers": 2},
}


def in_float64(networks):
    for network in networks:
        for tensor in network.parameters:
            tensor.data = tensor.data.double()
    return networks


def networks_of(spec, dictionary):
    stream = torch.Generator().manual_seed(3)
    count = update_networks(spec["update"])
    return in_float64(build_networks(spec, count, torch.from_numpy(dictionary), stream))


class Capture:
    """Stands where a descent stands, and keeps the gradients instead of following them."""

    def step(self, gradients):
        self.gradients = [gradient.clone() for gradient in gradients]


def one_step(spec, number, views):
    """Give the loss and the learner's gradients of the closed form, for given views."""
    _, dictionary = small_data()
    networks = networks_of(spec, dictionary)
    with torch.no_grad():
        step = make_step(spec, networks)
        assert isinstance(step, ClosedFormStep)
        step.descents = [Capture() for _ in networks]
        for _ in range(2):  # the second time on used buffers
            loss = step(*views, number)
    return loss, step.descents[number % len(networks)].gradients


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("case", CASES)
def test_gradients_are_those_of_autograd(case, number):
    spec = small_spec(**CASES[case])
    x, dictionary = small_data()
    networks = networks_of(spec, dictionary)
    samples = torch.from_numpy(x[:N]).double()
    keep = torch.Generator().manual_seed(2)
    views = samples * torch.bernoulli(torch.full((2, *samples.shape), 0.6).double(), generator=keep)

    entry = reference.loss_function(spec["loss"])
    update = find_block("updates", spec["update"])
    for network in networks:  # autograd through the blocks' formulas, with the reference's loss
        network.parameters = [tensor.requires_grad_() for _, tensor in network.named_tensors()]
    loss, learner = update(networks, *views, number, entry)
    wanted = torch.autograd.grad(loss, learner.parameters, materialize_grads=True)

    value, gradients = one_step(spec, number, views)
    assert value.item() == pytest.approx(loss.item(), rel=RELATIVE)
    largest = max(g.abs().max() for g in wanted)
    assert largest > 1e-3
    for (name, _), ours, theirs in zip(learner.named_tensors(), gradients, wanted, strict=True):
        scale = theirs.norm().clamp(min=1e-8 * largest)
        assert (ours - theirs).norm() <= RELATIVE * scale, name


def test_rows_without_direction_have_no_gradient():
    """A fully masked sample without bias: its representation is 0 in both networks."""
    spec = small_spec(batch_norm=False, initial_bias="zero")
    x, _ = small_data()
    views = torch.from_numpy(x[:N]).double().repeat(2, 1, 1)
    views[:, 5] = 0
    loss, gradients = one_step(spec, 0, views)
    assert all(g.isfinite().all() for g in gradients)
    without = torch.cat([views[:, :5], views[:, 6:]], dim=1)
    smaller, others = one_step(spec, 0, without)
    assert loss.item() == pytest.approx(smaller.item() * (N - 1) / N)
    for one, other in zip(gradients, others, strict=True):
        torch.testing.assert_close(one, other * (N - 1) / N)


@pytest.mark.parametrize(
    "change",
    [
        {"loss": {"name": "contrastive", "temperature": 0.5}, "update": "shared"},
        {"loss": {"name": "l2"}, "update": "shared"},
    ],
)
def test_blocks_without_a_closed_form_are_left_to_autograd(change):
    spec = small_spec(**change)
    _, dictionary = small_data()
    networks = networks_of(spec, dictionary)
    assert isinstance(make_step(spec, networks), AutogradStep)


class TestEpochOnADevice:
    """The bookkeeping around CUDA graphs, with a graph that runs on the CPU."""

    class Graph:
        def __init__(self, epoch):
            self.epoch, self.start = epoch, epoch.steps_done

        def replay(self):
            before, self.epoch.steps_done = self.epoch.steps_done, self.start
            self.epoch.run()  # as it was captured, with the step's number of that moment
            self.epoch.steps_done = before

    @pytest.mark.parametrize("batch_size", [16, 24])  # 4 steps an epoch, 3 steps an epoch
    @pytest.mark.parametrize("fails", [False, True])
    def test_replayed_epochs_equal_plain_ones(self, batch_size, fails, monkeypatch, caplog):
        def capture(captured):
            if fails:
                raise RuntimeError("operation not permitted when stream is capturing")
            graph = self.Graph(captured.epoch)
            captured.epoch.steps_done += len(captured.losses)  # Python ran, the device did not
            return graph

        monkeypatch.setattr(CapturedEpoch, "_capture", capture)
        plain, wrapped = (self.losses(batch_size, wrap) for wrap in (False, True))
        assert torch.equal(plain, wrapped)
        assert ("no CUDA graph" in caplog.text) == fails

    @staticmethod
    def losses(batch_size, wrap):
        spec = small_spec()
        x, dictionary = small_data()
        masks, order = (torch.Generator().manual_seed(k) for k in (4, 5))
        with torch.no_grad():
            networks = networks_of(spec, dictionary)
            step = make_step(spec, networks)
            batches = cut_batches(len(x), batch_size, "keep")
            run = Epoch(
                step,
                lambda samples, *places: independent(samples, 0.5, masks, *places),
                torch.from_numpy(x).double(),
                batches,
            )
            run = CapturedEpoch(run, 2, masks) if wrap else run
            rows = []
            for _ in range(7):
                run(torch.randperm(len(x), generator=order))
                rows.append(run.losses.clone())
        return torch.stack(rows)


class TestBatches:
    def test_the_rest_is_kept_or_dropped(self):
        assert cut_batches(40, 16, "keep") == [slice(0, 16), slice(16, 32), slice(32, 40)]
        assert cut_batches(40, 16, "drop") == [slice(0, 16), slice(16, 32)]
        assert cut_batches(32, 16, "keep") == cut_batches(32, 16, "drop")

    @pytest.mark.parametrize(("n", "size"), [(5000, 512), (5000, 3000), (2048, 512), (7, 16)])
    def test_every_batch_sees_the_views_of_its_own_samples(self, n, size):
        """More samples than are augmented at once: views are taken in groups of batches."""
        seen, groups = [], []

        def augment(samples, views, workspace):
            groups.append(len(samples))
            views[0].copy_(samples)
            torch.neg(samples, out=views[1])

        def step(first, second, number):
            assert torch.equal(first, -second)
            assert number == len(seen)
            seen.append(first.flatten().clone())
            return first.new_tensor(float(number))

        x = torch.arange(n, dtype=torch.float64)[:, None]
        run = Epoch(step, augment, x, cut_batches(n, size, "keep"))
        order = torch.randperm(n, generator=torch.Generator().manual_seed(1))
        run(order)
        assert torch.equal(torch.cat(seen), order.double())
        assert [len(part) for part in seen] == [len(part) for part in order.split(size)]
        assert run.losses.tolist() == list(range(len(seen)))
        assert max(groups) <= max(2048, size)
        assert len(groups) < len(seen) or len(seen) <= 2


def test_batches_of_all_sizes_share_their_memory():
    """A smaller last batch adds no memory, and gives what it gives alone."""
    spec = small_spec()
    x, dictionary = small_data()
    views = torch.from_numpy(x).double().repeat(2, 1, 1)
    steps = []
    for sizes in ([32, 8], [8]):
        networks = networks_of(spec, dictionary)
        with torch.no_grad():
            step = make_step(spec, networks)
            step.descents = [Capture() for _ in networks]
            for size in sizes:
                loss = step(*views[:, :size], 0)
        firsts = {pair[0].scratch.data_ptr() for size in sizes for pair in step.branches[size]}
        assert firsts == {step.workspace.memory.data_ptr()}
        steps.append((loss, step.descents[0].gradients))
    (loss, gradients), (alone, others) = steps
    assert torch.equal(loss, alone)
    assert all(torch.equal(one, other) for one, other in zip(gradients, others, strict=True))


class TestWorkspace:
    def test_tensors_of_one_fork_are_apart_and_those_of_two_are_not(self):
        workspace = Workspace(torch.device("cpu"))
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
        space = Workspace(torch.device("cpu")).fork()
        size = len(space.memory)
        large, small, other = (space.new(count, dtype=torch.uint8) for count in (size + 1, size, 1))
        assert small.data_ptr() == space.memory.data_ptr()
        end = space.memory.data_ptr() + size
        assert all(
            not space.memory.data_ptr() <= tensor.data_ptr() < end for tensor in (large, other)
        )

    @pytest.mark.parametrize("name", CASES)
    @pytest.mark.parametrize("keep", [0.5, 0.3])
    @pytest.mark.parametrize("scheme", [independent, dependent])
    def test_sharing_changes_no_bit(self, name, keep, scheme):
        """The augmentation and the step overwrite each other's tensors only after their use."""
        spec = small_spec(**CASES[name])
        apart, together = (self.losses(spec, keep, scheme, shared) for shared in (False, True))
        assert torch.equal(apart, together)

    @staticmethod
    def losses(spec, keep, scheme, shared):
        x, dictionary = small_data()
        networks = networks_of(spec, dictionary)
        workspaces = [Workspace(torch.device("cpu")) for _ in range(2)]
        order, masks = (torch.Generator().manual_seed(k) for k in (4, 5))
        step = make_step(spec, networks, workspaces[0])
        with step.grad_mode():
            run = Epoch(
                step,
                lambda samples, *places: scheme(samples, keep, masks, *places),
                torch.from_numpy(x).double(),
                cut_batches(len(x), 16, "keep"),
                workspaces[0 if shared else 1],
            )
            rows = []
            for _ in range(5):
                run(torch.randperm(len(x), generator=order))
                rows.append(run.losses.clone())
        return torch.stack(rows)
