"""The lineage of one artefact, cell or curve: the jobs it rests on and what is known of each."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssl_landscape.config.types import suggest
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import Evidence

METRICS = {"max": "max_max_cosine", "median": "median_max_cosine", "min": "min_max_cosine"}
WHERE = ("start", "seconds", "host", "cpu", "device", "python", "packages", "git", "slurm_job")


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
        if self.model is None:
            return True
        if job.rule == "metrics":
            return job.name == self.model
        if job.rule == "train":
            return (job.spec["model"], job.spec["sparsity"]) == (self.model, self.sparsity)
        return True


def choose_cell(graph: Graph, artefact: str, cell: str) -> Choice:
    """Find a cell of a table or of the comparison with the paper by what identifies its line.

    Args:
        graph: all jobs.
        artefact: a file of the table.
        cell: label, the table's own columns if it has any, Pr(sparse) and metric, with commas
            between them: ``CL-basic,0.1,min`` or ``NCL-basic,0.02,0.1,min``.

    Raises:
        UserError: the file has no cells, or not exactly one fits.
    """
    source = Path(artefact).with_suffix(".csv")
    job = graph.producer[artefact]
    if job.rule not in ("table", "fidelity_cells") or not source.is_file():
        raise UserError(f"--cell: {artefact} has no cells, or {source} is not there")
    with source.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    wanted = [METRICS.get(part.strip(), part.strip()) for part in cell.split(",")]
    names = [column for column in rows[0] if column in _KEYS or column not in _VALUES]
    keys = [[row[name] for name in names if row[name]] for row in rows]
    fitting = [row for row, key in zip(rows, keys, strict=True) if _fits(wanted, key)]
    if len(fitting) != 1:
        known = [",".join(key[1:]) for key in keys]
        hint = suggest(cell, known) if not fitting else "name its other columns, too"
        raise UserError(f"--cell: {len(fitting)} cells of {source} fit {cell!r}; {hint}")
    row = fitting[0]
    what = f"{row['label']}, Pr(sparse) = {row['pr_sparse']}, {row['metric']}"
    return Choice(what, row["model"], row["pr_sparse"], row["metric"], row)


_KEYS = ("model", "label", "pr_sparse", "metric")
_VALUES = (
    "runs",
    "mean",
    "std",
    "sample_std",
    "population_std",
    "best",
    "published_mean",
    "published_std",
    "difference",
    "tolerance",
    "within",
)


def _fits(wanted: list[str], key: list[str]) -> bool:
    """Return whether a line has all that is wanted, in its order, a number in any notation."""
    left = iter(key)
    return all(any(_same(part, other) for other in left) for part in wanted)


def _same(one: str, other: str) -> bool:
    try:
        return float(one) == float(other)
    except ValueError:
        return one == other


def choose_curve(graph: Graph, artefact: str, curve: str) -> Choice:
    """Find a curve of a figure: the model's label or name, and Pr(sparse), with a comma between.

    Raises:
        UserError: the file is no figure of learning curves, or has no such curve.
    """
    job = graph.producer[artefact]
    if job.rule != "figure":
        raise UserError(f"--curve: {artefact} is no figure of learning curves")
    label, _, sparsity = (part.strip() for part in curve.rpartition(","))
    models = {e["model"]: e["label"] for e in job.spec["models"]}
    known = [f"{models[model]},{s}" for model in models for s in graph.plan.model(model).sparsities]
    for model, own in models.items():
        for value in graph.plan.model(model).sparsities:
            if label in (model, own) and _same(sparsity, value):
                return Choice(f"curve of {own}, Pr(sparse) = {value}", model, value)
    raise UserError(f"--curve: {artefact} has no curve {curve!r}; {suggest(curve, known)}")


def lineage(graph: Graph, found: Evidence, artefact: str, choice: Choice) -> dict[str, Any]:
    """Return the tree of jobs that an artefact rests on; ``from`` holds the jobs before."""
    job = graph.producer[artefact]
    node = _node(job, [artefact], found, choice)
    before: dict[str, tuple[Job, list[str]]] = {}
    for file in job.inputs:
        made = graph.producer.get(file)
        if made is None:
            node["files"].append({"file": file, "sha256": found.hash(file), "state": "source"})
        elif choice.takes(made):
            before.setdefault(made.record, (made, []))[1].append(file)
    node["from"] = [
        _with_files(lineage(graph, found, files[0], choice), files, found)
        for _, files in before.values()
    ]
    return node


def _with_files(node: dict[str, Any], files: list[str], found: Evidence) -> dict[str, Any]:
    return {**node, "files": [_file(file, found) for file in files]}


def _node(job: Job, files: list[str], found: Evidence, choice: Choice) -> dict[str, Any]:
    record = found.records.get(job.record, {})
    line = next((found.manifest[f] for f in job.outputs if f in found.manifest), {})
    made = record or found.history.get(job.record)
    node = {
        "rule": job.rule,
        "name": job.name,
        "files": [_file(file, found) for file in files],
        "record": job.record if record else None,
        "code": record.get("code", line.get("code")),
        "code now": job.code,
        "modules": record.get("modules"),
        "spec": record.get("spec", job.spec),
        "as in config": (record or line) and _spec_hash(record, line) == job.spec_hash,
        "seeds": record.get("seeds"),
        "made": {key: made.get(key) for key in WHERE} if made else None,
    }
    if choice.metric and "final" in record:
        node["value"] = record["final"][choice.metric]
    return node


def _spec_hash(record: dict[str, Any], line: dict[str, Any]) -> str | None:
    from ssl_landscape.pipeline.jobs import hash_spec

    return hash_spec(record["spec"]) if record else line.get("spec")


def _file(file: str, found: Evidence) -> dict[str, Any]:
    """Return a file's hash and whether it is as recorded: by its record, else by the manifest."""
    known = found.recorded(file) or found.manifest.get(file)
    now = found.hash(file)
    if now is None:
        state = "missing" if found.is_expected(file) else "not present in this clone"
    elif known is None:
        state = "unverified"
    else:
        state = "sound" if now == known["sha256"] else "ALTERED"
    return {"file": file, "sha256": now or (known or {}).get("sha256"), "state": state}
