"""Two results folders: the cells that moved, each with the settings that explain it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from ssl_landscape.inspect.differences import as_text, differences, leaves, only_in_one
from ssl_landscape.inspect.records import read_record
from ssl_landscape.inspect.text import columns
from ssl_landscape.io.files import read_spec
from ssl_landscape.pipeline.aggregate import QUANTITIES
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.tables import published_values, read_finals

MADE_BY = ("code", "packages", "device", "host")  # of a run's record, beside its settings
CELL = ["model", "sparsity", "metric"]
SHOWN = 40  # cells listed


def compare_results(first: Path, second: Path, plan: Plan, tolerance: float) -> str:
    """Describe which settings, programs and cells differ between two results folders.

    Args:
        first: a folder with ``metrics/`` and ``runs/``.
        second: the other one.
        plan: for the numbers that the paper published.
        tolerance: smallest change of a mean that counts as moved.

    Raises:
        UserError: a record, curve or table is missing or damaged.
    """
    ours, theirs = _models(first, _spec_of), _models(second, _spec_of)
    settings = differences(ours, theirs)
    made = differences(_models(first, _program_of), _models(second, _program_of))
    cells = _cells(first).join(_cells(second), how="inner", suffixes=("_a", "_b"))
    cells["change"] = cells["mean_b"] - cells["mean_a"]
    moved = cells[cells["change"].abs() >= tolerance]
    lines = [f"A: {first}", f"B: {second}", "", "Settings that differ, A -> B"]
    lines += [*only_in_one(ours, theirs), *as_text(settings)] or ["  none"]
    lines += ["", "Code, programs and machines that differ, A -> B", *(as_text(made) or ["  none"])]
    lines += ["", f"Cells in both: {len(cells)}; moved by {tolerance:g} or more: {len(moved)}"]
    reasons = {
        model: ", ".join(d.key for d in settings if model in d.names)
        or ", ".join(d.key for d in made if model in d.names)
        for model in ours
    }
    return "\n".join([*lines, *(["", _table(moved, plan, reasons)] if len(moved) else [])]) + "\n"


def _spec_of(record: Path) -> dict[str, Any]:
    spec = read_spec(record.with_name("curve.parquet"))
    return {key: value for key, value in spec.items() if key not in ("model", "sparsity", "seed")}


def _program_of(record: Path) -> dict[str, Any]:
    content = read_record(record, MADE_BY)
    return {key: content[key] for key in MADE_BY}


def _models(folder: Path, read: Callable[[Path], dict]) -> dict[str, dict[str, Any]]:
    """Return one mapping per model; a value that its runs do not share is a list of all of them."""
    models: dict[str, dict[str, list]] = {}
    for record in sorted((folder / "runs").glob("*/sparsity-*/seed-*/run.json")):
        entry = models.setdefault(record.parts[-4], {})
        for key, value in leaves(read(record)).items():
            if value not in entry.setdefault(key, []):
                entry[key].append(value)
    return {
        model: {key: f[0] if len(f) == 1 else sorted(f, key=str) for key, f in entry.items()}
        for model, entry in models.items()
    }


def _cells(folder: Path) -> pd.DataFrame:
    """Return mean and std over the runs of each (model, sparsity, metric) at the last epoch."""
    frames = [pd.DataFrame(columns=[*CELL, "value"])]
    for path in sorted((folder / "metrics").glob("*.final.csv")):
        frame = read_finals(path).melt("sparsity", list(QUANTITIES[1:]), "metric")
        frames.append(frame.assign(model=path.name.removesuffix(".final.csv")))
    return pd.concat(frames[1:] or frames).groupby(CELL)["value"].agg(["mean", "std"])


def _table(moved: pd.DataFrame, plan: Plan, reasons: dict[str, str]) -> str:
    printed = {
        (row.model, f"{sparsity:g}", metric): f"{mean:g}"
        for table in plan.config.tables.values()
        for (label, sparsity, sigma, metric), (mean, _) in published_values(table.published).items()
        for row in table.rows
        if (label, sigma) == (row.label, row.columns.get("σ"))
    }
    largest = moved.sort_values("change", key=lambda c: -c.abs(), kind="stable")
    rows = [
        [
            f"{key[0]} {key[1]} {key[2].removesuffix('_max_cosine')}",
            *(_mean(cell[f"mean_{side}"], cell[f"std_{side}"]) for side in "ab"),
            f"{cell['change']:+.3f}",
            printed.get(key, ""),
            reasons.get(key[0]) or "unknown",
        ]
        for key, cell in largest.head(SHOWN).iterrows()
    ]
    more = f"\n... and {len(moved) - SHOWN} more" if len(moved) > SHOWN else ""
    return columns(["Cell", "A", "B", "change", "published", "what differs"], rows) + more


def _mean(mean: float, std: float) -> str:
    return f"{mean:.3f}" + ("" if pd.isna(std) else f" ± {std:.3f}")
