"""The two sides of the comparison: epochs as the pipeline trains them, and in plain PyTorch."""

from collections.abc import Callable

import torch

from ssl_landscape.benchmark.plain import PlainRun, draw_views
from ssl_landscape.experiment.curve import History
from ssl_landscape.experiment.data import generate
from ssl_landscape.experiment.fast import make_step
from ssl_landscape.experiment.fast.epoch import Epoch, cut_batches
from ssl_landscape.experiment.fast.workspace import Workspace
from ssl_landscape.experiment.networks import build_networks
from ssl_landscape.experiment.registry import find_block, update_networks

RunEpochs = Callable[[], None]


def our_epochs(spec: dict, dataset: dict, count: int = 1, curve: bool = False) -> RunEpochs:
    """Return a function that trains epochs as the pipeline does, on the CPU.

    Args:
        spec: the resolved spec of the run.
        dataset: the resolved spec of its dataset, which is drawn anew.
        count: epochs a call.
        curve: also close each epoch's row in the curve (the cosines, every epoch).
    """
    samples, _, dictionary = generate(dataset)
    x, M = torch.from_numpy(samples), torch.from_numpy(dictionary)
    networks = build_networks(spec, update_networks(spec["update"]), M, _stream(1))
    batches = cut_batches(len(x), spec["batch_size"], spec["partial_batch"])
    workspace = Workspace(x.device)
    step = make_step(spec, networks, workspace)
    scheme, keep = find_block("masks", spec["masks"]["scheme"]), spec["masks"]["keep"]
    masks, order = _stream(2), _stream(3)

    def augment(samples: torch.Tensor, views: torch.Tensor, workspace: Workspace) -> torch.Tensor:
        return scheme(samples, keep, masks, views, workspace)

    with step.grad_mode():
        epoch = Epoch(step, augment, x, batches, workspace)
        history = History(spec, networks, M, lambda *_: None) if curve else None

    def run() -> None:
        with step.grad_mode():  # entered once a run: a call is many epochs
            for _ in range(count):
                epoch(torch.randperm(len(x), generator=order))
                if history:
                    history.end_epoch(epoch.losses)

    return run


def plain_epochs(spec: dict, dataset: dict, count: int = 1) -> RunEpochs:
    """Return a function that trains epochs in plain PyTorch; arguments as in :func:`our_epochs`."""
    x = torch.from_numpy(generate(dataset)[0])
    run_plain = PlainRun(spec, x.shape[1], torch.float32)
    steps, size = steps_an_epoch(spec, len(x)), spec["batch_size"]
    order, masks = _stream(3), _stream(2)

    def run() -> None:
        for _ in range(count):
            shuffled = torch.randperm(len(x), generator=order)
            for chosen in shuffled.split(size)[:steps]:
                run_plain.step(*draw_views(spec, x[chosen], masks))

    return run


def steps_an_epoch(spec: dict, n: int) -> int:
    """Count the steps of an epoch over ``n`` samples."""
    return len(cut_batches(n, spec["batch_size"], spec["partial_batch"]))


def _stream(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
