"""What is measured: a step against plain PyTorch and the floor, and how time grows with size."""

import itertools
from collections.abc import Callable
from statistics import median

import pandas as pd
import torch

from ssl_landscape.benchmark.clock import seconds, side_by_side
from ssl_landscape.benchmark.floor import floor_of
from ssl_landscape.experiment import fast, training
from ssl_landscape.experiment.curve import Curve
from ssl_landscape.experiment.data import generate
from ssl_landscape.experiment.networks import build_networks
from ssl_landscape.experiment.registry import network_names
from ssl_landscape.experiment.sgd import SGD

Case = tuple[str, dict, dict]  # label, resolved spec of a run, and of its dataset

FACTORS = (0.25, 0.5, 1, 2, 4)
AXES = ("n", "batch_size", "p", "m")
EPOCHS = 5  # trained per call


def epochs(
    spec: dict, dataset: dict, plain: bool = False, curve: bool = False
) -> Callable[[], None]:
    """Return a function that trains ``EPOCHS`` epochs on the CPU.

    Args:
        spec: the resolved spec of the run.
        dataset: the resolved spec of its dataset, which is drawn anew.
        plain: train by autograd, as ``experiment`` reads, and not in the fast form.
        curve: also add each epoch's row to the curve.
    """
    samples, _, dictionary = generate(dataset)
    x, M = torch.from_numpy(samples), torch.from_numpy(dictionary)
    weights, masks, order = (torch.Generator().manual_seed(seed) for seed in (1, 2, 3))
    is_fast = not plain and fast.has_fast_form(spec)
    make_epoch = fast.Epoch if is_fast else training.autograd_epoch
    with torch.inference_mode(is_fast):
        networks = build_networks(spec, len(network_names(spec["update"]["name"])), M, weights)
        optimisers = [SGD(network, spec) for network in networks]
        run_epoch = make_epoch(spec, networks, optimisers, x, masks)
        rows = Curve(spec, networks, M, lambda *_: None) if curve else None
    done = 0

    def run() -> None:
        nonlocal done
        with torch.inference_mode(is_fast):  # entered once per run: a call is many epochs
            for _ in range(EPOCHS):
                losses = run_epoch(torch.randperm(len(x), generator=order), done)
                if rows:
                    rows.end_epoch(losses)
                done += 1

    return run


def steps_per_epoch(spec: dict, n: int) -> int:
    """Count the steps of an epoch over ``n`` samples."""
    groups = training.group_batches(n, spec["batch_size"], spec["partial_batch"])
    return sum(len(group) for group in groups)


def measure_steps(cases: list[Case], rounds: int, repeats: int) -> pd.DataFrame:
    """Time a step of each case, ours and plain PyTorch's side by side, on one core.

    Args:
        cases: what to time.
        rounds: turns of each side.
        repeats: how often all of it is measured.

    Returns:
        One row per case, of medians over the repeats: model; ours, ours_with_curve, plain (median
        ms per step), their least values (``_min``); speedup; floor, floor_products, floor_traffic
        (ms); times_floor.
    """
    torch.set_num_threads(1)
    rows = []
    for _, (label, spec, dataset) in itertools.product(range(repeats), cases):
        sides = {
            "ours": epochs(spec, dataset),
            "ours_with_curve": epochs(spec, dataset, curve=True),
            "plain": epochs(spec, dataset, plain=True),
        }
        ms = 1e3 / (EPOCHS * steps_per_epoch(spec, dataset["n"]))
        times = side_by_side(sides, rounds)
        row: dict = {name: ms * median(values) for name, values in times.items()}
        row |= {f"{name}_min": ms * min(values) for name, values in times.items()}
        row |= {"speedup": row["plain"] / row["ours"], **floor_of(spec, dataset["p"])}
        rows.append({"model": label, **row, "times_floor": row["ours"] / row["floor"]})
    return pd.DataFrame(rows).groupby("model", sort=False).median().reset_index()


def measure_scaling(cases: list[Case], rounds: int) -> pd.DataFrame:
    """Time our epochs at other sizes, one size at a time changed by a factor.

    Returns:
        One row per (case, size, factor): model, axis, value, ms_per_step, ms_per_epoch, and
        seconds, the time of all the epochs of a run.
    """
    torch.set_num_threads(1)
    rows = []
    for (label, run, data), axis, factor in itertools.product(cases, AXES, FACTORS):
        value, spec, dataset = resize(run, data, axis, factor)
        epoch = seconds(epochs(spec, dataset, curve=True), rounds) / EPOCHS
        step = epoch / steps_per_epoch(spec, dataset["n"])
        times = (1e3 * step, 1e3 * epoch, epoch * spec["epochs"])
        rows.append((label, axis, value, *times))
    columns = ["model", "axis", "value", "ms_per_step", "ms_per_epoch", "seconds"]
    return pd.DataFrame(rows, columns=columns)


def resize(spec: dict, dataset: dict, axis: str, factor: float) -> tuple[int, dict, dict]:
    """Change one size of a run by a factor; batches stay full where n < batch size."""
    spec, dataset = dict(spec), dict(dataset)
    owner, key = (dataset if axis in ("n", "p") else spec), {"m": "neurons"}.get(axis, axis)
    value = owner[key] = round(owner[key] * factor)
    if axis == "batch_size":  # enough samples for a batch, at every size
        dataset["n"] = max(dataset["n"], 2 * value)
    if axis == "n":  # at least one whole batch
        spec["batch_size"] = min(spec["batch_size"], value)
    return value, spec, dataset
