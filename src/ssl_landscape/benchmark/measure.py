"""What is measured: steps against plain PyTorch and the floor, and how time grows with size."""

from statistics import median

import pandas as pd
import torch

from ssl_landscape.benchmark.clock import seconds, side_by_side
from ssl_landscape.benchmark.floor import floor_of
from ssl_landscape.benchmark.sides import our_epochs, plain_epochs, steps_an_epoch

Case = tuple[str, dict, dict]  # label, resolved spec of a run, and of its dataset

FACTORS = (0.25, 0.5, 1, 2, 4)
AXES = ("n", "batch_size", "p", "m", "epochs")
EPOCHS = 5  # trained in one call


def measure_steps(cases: list[Case], rounds: int) -> pd.DataFrame:
    """Time a step of each case, ours and plain PyTorch's side by side, on one core.

    Args:
        cases: what to time.
        rounds: turns of each side.

    Returns:
        One row a case: model; ours, ours_with_curve, plain (median ms a step), their least values
        (``_min``); speedup; floor, floor_products, floor_traffic (ms); times_floor.
    """
    torch.set_num_threads(1)
    rows = []
    for label, spec, dataset in cases:
        sides = {
            "ours": our_epochs(spec, dataset, EPOCHS),
            "ours_with_curve": our_epochs(spec, dataset, EPOCHS, curve=True),
            "plain": plain_epochs(spec, dataset, EPOCHS),
        }
        steps = EPOCHS * steps_an_epoch(spec, dataset["n"])
        times = side_by_side(sides, rounds)
        row: dict = {"model": label}
        row |= {name: 1e3 * median(values) / steps for name, values in times.items()}
        row |= {f"{name}_min": 1e3 * min(values) / steps for name, values in times.items()}
        floor = floor_of(spec, dataset["p"])
        row |= {"speedup": row["plain"] / row["ours"], "floor": 1e3 * floor["floor"]}
        row |= {f"floor_{part}": 1e3 * floor[part] for part in ("products", "traffic")}
        rows.append(row | {"times_floor": row["ours"] / row["floor"]})
    return pd.DataFrame(rows)


def measure_scaling(cases: list[Case], rounds: int) -> pd.DataFrame:
    """Time our epochs at other sizes, one size at a time changed by a factor.

    Returns:
        One row a (case, size, factor): model, axis, value, ms_per_step, ms_per_epoch, and seconds,
        the time of all the epochs of a run.
    """
    torch.set_num_threads(1)
    rows = []
    for label, spec, dataset in cases:
        for axis in AXES:
            for factor in FACTORS:
                value, changed, data = resize(spec, dataset, axis, factor)
                epoch = seconds(our_epochs(changed, data, EPOCHS, curve=True), rounds) / EPOCHS
                steps = steps_an_epoch(changed, data["n"])
                rows.append(
                    {
                        "model": label,
                        "axis": axis,
                        "value": value,
                        "ms_per_step": 1e3 * epoch / steps,
                        "ms_per_epoch": 1e3 * epoch,
                        "seconds": epoch * changed["epochs"],
                    }
                )
    return pd.DataFrame(rows)


def resize(spec: dict, dataset: dict, axis: str, factor: float) -> tuple[int, dict, dict]:
    """Change one size of a run by a factor; batches stay full where n < batch size."""
    owner, key = {
        "n": (dataset, "n"),
        "p": (dataset, "p"),
        "m": (spec, "neurons"),
        "batch_size": (spec, "batch_size"),
        "epochs": (spec, "epochs"),
    }[axis]
    value = round(owner[key] * factor)
    spec, dataset = dict(spec), dict(dataset)
    (dataset if axis in ("n", "p") else spec)[key] = value
    if axis == "batch_size":  # enough samples for a batch, at every size
        dataset["n"] = max(dataset["n"], 2 * value)
    if axis == "n":  # at least one whole batch
        spec["batch_size"] = min(spec["batch_size"], value)
    return value, spec, dataset
