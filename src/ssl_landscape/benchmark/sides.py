"""The two sides of the comparison: an epoch as the pipeline trains it, and in plain PyTorch."""

from collections.abc import Callable

import torch

from ssl_landscape.benchmark.plain import PlainRun, draw_views
from ssl_landscape.blocks import find_block, update_networks
from ssl_landscape.datasets import generate
from ssl_landscape.history import History
from ssl_landscape.networks import build_networks
from ssl_landscape.steps import make_step
from ssl_landscape.steps.epoch import Epoch, cut_batches

RunEpoch = Callable[[], None]


def our_epoch(spec: dict, dataset: dict, curve: bool = False) -> RunEpoch:
    """Give a function that trains one epoch as the pipeline does, on the CPU.

    Args:
        spec: the resolved spec of the run.
        dataset: the resolved spec of its dataset, which is drawn anew.
        curve: also close the epoch's row in the curve (the cosines, every epoch).
    """
    samples, _, dictionary = generate(dataset)
    x, M = torch.from_numpy(samples), torch.from_numpy(dictionary)
    networks = build_networks(spec, update_networks(spec["update"]), M, _stream(1))
    batches = cut_batches(len(x), spec["batch_size"], spec["partial_batch"])
    step = make_step(spec, networks)
    scheme, keep = find_block("masks", spec["masks"]["scheme"]), spec["masks"]["keep"]
    masks, order = _stream(2), _stream(3)
    with step.grad_mode():
        epoch = Epoch(step, lambda x, views: scheme(x, keep, masks, views), x, batches)
        history = History(spec, networks, M, lambda *_: None) if curve else None

    def run() -> None:
        with step.grad_mode():
            epoch(torch.randperm(len(x), generator=order))
            if history:
                history.end_epoch(epoch.losses)

    return run


def plain_epoch(spec: dict, dataset: dict) -> RunEpoch:
    """Give a function that trains one epoch in plain PyTorch; arguments as in :func:`our_epoch`."""
    x = torch.from_numpy(generate(dataset)[0])
    run_plain = PlainRun(spec, x.shape[1], torch.float32)
    steps, size = steps_an_epoch(spec, len(x)), spec["batch_size"]
    order, masks = _stream(3), _stream(2)

    def run() -> None:
        shuffled = torch.randperm(len(x), generator=order)
        for chosen in shuffled.split(size)[:steps]:
            run_plain.step(*draw_views(spec, x[chosen], masks))

    return run


def steps_an_epoch(spec: dict, n: int) -> int:
    """Count the steps of an epoch over ``n`` samples."""
    return len(cut_batches(n, spec["batch_size"], spec["partial_batch"]))


def _stream(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
