"""What a trace follows: a whole artefact, a cell of a table, or a curve of a figure."""

import csv
from dataclasses import dataclass
from pathlib import Path

from ssl_landscape.config.types import suggest
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.pipeline.plan import Plan

METRICS = {"max": "max_max_cosine", "median": "median_max_cosine", "min": "min_max_cosine"}
VALUES = {"runs", "mean", "std", "sample_std", "population_std", "best", "published_mean"}
VALUES |= {"published_std", "difference", "tolerance", "within"}  # all other columns are keys


@dataclass(frozen=True)
class Choice:
    """What of an artefact is asked for: all, or one model at one sparsity."""

    what: str
    model: str | None = None
    sparsity: str | None = None
    metric: str | None = None
    row: dict[str, str] | None = None

    def takes(self, job: Job) -> bool:
        """Return whether a job that makes data belongs to it."""
        if self.model and job.rule in ("metrics", "replication_finals"):
            return job.name == self.model
        if self.model and job.rule == "train":
            return (job.spec["model"], job.spec["sparsity"]) == (self.model, self.sparsity)
        return True


def choose_cell(table: Path, cell: str) -> Choice:
    """Find the one line of a table that has all that is asked for, in its order."""
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    wanted = [METRICS.get(part.strip(), part.strip()) for part in cell.split(",")]
    keys = [[v for name, v in row.items() if v and name not in VALUES] for row in rows]
    fitting = [row for row, key in zip(rows, keys, strict=True) if _fits(wanted, key)]
    if len(fitting) != 1:
        known = [",".join(key[1:]) for key in keys]
        hint = suggest(cell, known) if not fitting else "name its other columns, too"
        raise UserError(f"--cell: {len(fitting)} cells of {table} fit {cell!r}; {hint}")
    row = fitting[0]
    what = f"{row['label']}, Pr(sparse) = {row['pr_sparse']}, {row['metric']}"
    return Choice(what, row["model"], row["pr_sparse"], row["metric"], row)


def _fits(wanted: list[str], key: list[str]) -> bool:
    left = iter(key)
    return all(any(_same(part, other) for other in left) for part in wanted)


def _same(one: str, other: str) -> bool:
    """Compare two texts; numbers in any notation."""
    try:
        return float(one) == float(other)
    except ValueError:
        return one == other


def choose_curve(plan: Plan, job: Job, file: str, curve: str) -> Choice:
    """Find the curve of a figure that a label or a name, and Pr(sparse), stand for."""
    if job.rule != "figure":
        raise UserError(f"--curve: {file} is not a figure of learning curves")
    label, _, sparsity = (part.strip() for part in curve.rpartition(","))
    names = []
    for entry in job.spec["models"]:
        model, own = entry["model"], entry["label"]
        for value in plan.model(model).sparsities:
            if label in (model, own) and _same(sparsity, value):
                return Choice(f"curve of {own}, Pr(sparse) = {value}", model, value)
            names.append(f"{own},{value}")
    raise UserError(f"--curve: {file} has no curve {curve!r}; {suggest(curve, names)}")
