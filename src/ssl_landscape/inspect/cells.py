"""Two folders of results: the cells that moved, each with the settings that explain it."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from ssl_landscape.experiment.max_cosine import METRICS
from ssl_landscape.inspect.differences import Difference, as_text, grouped, leaves
from ssl_landscape.inspect.text import columns
from ssl_landscape.io.files import read_spec
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.tables import published_values, read_finals

MADE_BY = ("code", "packages", "device", "host")  # of a run's record, beside its settings
SHOWN = 40  # cells listed


def compare_results(first: Path, second: Path, plan: Plan, tolerance: float) -> str:
    """Say which settings, programs and cells differ between two folders of results.

    Args:
        first: a folder with ``metrics/`` and ``runs/``.
        second: the other one.
        plan: for the numbers that the paper published.
        tolerance: smallest change of a mean that counts as moved.
    """
    settings = [_models(_records(folder, _spec_of)) for folder in (first, second)]
    programs = [_models(_records(folder, _program_of)) for folder in (first, second)]
    differences = list(grouped(*settings, "model"))
    made = [d for d in grouped(*programs, "model") if d.before]
    cells = _cells(first).join(_cells(second), how="inner", suffixes=("_a", "_b"))
    moved = cells[(cells["mean_b"] - cells["mean_a"]).abs() >= tolerance]
    lines = [f"A: {first}", f"B: {second}", "", "Settings that differ, A -> B"]
    lines += as_text(differences) or ["  none"]
    lines += ["", "Code, programs and machines that differ, A -> B", *(as_text(made) or ["  none"])]
    lines += ["", f"Cells in both: {len(cells)}; moved by {tolerance:g} or more: {len(moved)}"]
    if len(moved):
        lines += ["", _table(moved, plan, differences, made)]
    return "\n".join(lines) + "\n"


def _records(folder: Path, read: Any) -> dict[str, dict[str, Any]]:
    """Read something of each run: ``model/sparsity/seed`` -> mapping."""
    found = {}
    for path in sorted((folder / "runs").glob("*/sparsity-*/seed-*/run.json")):
        model, sparsity, seed = path.parent.parts[-3:]
        name = f"{model}/{sparsity.removeprefix('sparsity-')}/{seed.removeprefix('seed-')}"
        found[name] = leaves(read(path))
    return found


def _spec_of(record: Path) -> dict[str, Any]:
    spec = read_spec(record.with_name("curve.parquet"))
    return {key: value for key, value in spec.items() if key not in ("model", "sparsity", "seed")}


def _program_of(record: Path) -> dict[str, Any]:
    content = json.loads(record.read_text(encoding="utf-8"))
    return {key: content.get(key) for key in MADE_BY}


def _models(runs: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return one mapping a model; a value that its runs do not share is a list of all of them."""
    models: dict[str, dict[str, list]] = {}
    for name, values in runs.items():
        entry = models.setdefault(name.split("/")[0], {})
        for key, value in values.items():
            if value not in entry.setdefault(key, []):
                entry[key].append(value)
    return {
        model: {key: f[0] if len(f) == 1 else sorted(f, key=str) for key, f in entry.items()}
        for model, entry in models.items()
    }


def _cells(folder: Path) -> pd.DataFrame:
    """Return mean, std and number of runs of each (model, sparsity, metric) at the last epoch."""
    parts = []
    for path in sorted((folder / "metrics").glob("*.final.csv")):
        frame = read_finals(path).melt("sparsity", list(METRICS), "metric")
        cells = frame.groupby(["sparsity", "metric"])["value"].agg(["mean", "std", "count"])
        parts.append(pd.concat({path.name.removesuffix(".final.csv"): cells}, names=["model"]))
    if not parts:
        index = pd.MultiIndex.from_tuples([], names=["model", "sparsity", "metric"])
        return pd.DataFrame(columns=["mean", "std", "count"], index=index)
    return pd.concat(parts)


def _table(
    moved: pd.DataFrame, plan: Plan, settings: list[Difference], made: list[Difference]
) -> str:
    change = moved["mean_b"] - moved["mean_a"]
    printed = _published(plan)
    rows = []
    for key in change.abs().sort_values(ascending=False, kind="stable").index[:SHOWN]:
        cell, (model, sparsity, metric) = moved.loc[key], key
        rows.append(
            [
                f"{model} {sparsity} {metric.removesuffix('_max_cosine')}",
                _mean(cell["mean_a"], cell["std_a"]),
                _mean(cell["mean_b"], cell["std_b"]),
                f"{change[key]:+.3f}",
                printed.get(key, ""),
                _why(model, settings) or _why(model, made) or "unknown",
            ]
        )
    header = ["Cell", "A", "B", "change", "published", "what differs"]
    more = [f"... and {len(moved) - SHOWN} more"] if len(moved) > SHOWN else []
    return "\n".join([columns(header, rows), *more])


def _mean(mean: float, std: float) -> str:
    return f"{mean:.3f}" + ("" if pd.isna(std) else f" ± {std:.3f}")


def _why(model: str, differences: list[Difference]) -> str:
    return ", ".join(d.key for d in differences if d.everywhere or model in d.names)


def _published(plan: Plan) -> dict[tuple[str, str, str], str]:
    """Return the paper's mean of each (model, sparsity, metric) that stands in its tables."""
    found = {}
    for table in plan.config.tables.values():
        printed = published_values(table.published)
        for row in table.rows:
            for (label, sparsity, sigma, metric), (mean, _) in printed.items():
                if (label, sigma) == (row.label, row.columns.get("σ")):
                    found[row.model, f"{sparsity:g}", metric] = f"{mean:g}"
    return found
