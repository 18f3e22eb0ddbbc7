"""The lineage of one artefact, cell or curve: the jobs it rests on and what is known of each."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssl_landscape.config.types import suggest
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import Job, hash_spec
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.hashing import sha256
from ssl_landscape.provenance.inventory import Inventory
from ssl_landscape.provenance.published import Published

Source = Inventory | Published  # what tells of jobs and files
METRICS = {"max": "max_max_cosine", "median": "median_max_cosine", "min": "min_max_cosine"}
WHERE = ("start", "seconds", "host", "cpu", "device", "python", "packages", "git", "slurm_job")
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
        if self.model and job.rule == "metrics":
            return job.name == self.model
        if self.model and job.rule == "train":
            return (job.spec["model"], job.spec["sparsity"]) == (self.model, self.sparsity)
        return True


def choose_cell(graph: Graph, source: Source, artefact: str, cell: str) -> Choice:
    """Find a cell of a table or of the comparison with the paper by what identifies its line.

    Args:
        graph: all jobs.
        source: where the file is.
        artefact: a file of the table, as it is built.
        cell: label, the table's own columns if it has any, Pr(sparse) and metric, with commas
            between them: ``CL-basic,0.1,min`` or ``NCL-basic,0.02,0.1,min``.

    Raises:
        UserError: the file has no cells, or not exactly one fits.
    """
    place = source.place(Path(artefact).with_suffix(".csv").as_posix())
    if graph.producer[artefact].rule not in ("table", "cells") or not place or not place.is_file():
        raise UserError(f"--cell: {artefact} has no cells, or its .csv is not there")
    with place.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    wanted = [METRICS.get(part.strip(), part.strip()) for part in cell.split(",")]
    keys = [[v for name, v in row.items() if v and name not in VALUES] for row in rows]
    fitting = [row for row, key in zip(rows, keys, strict=True) if _fits(wanted, key)]
    if len(fitting) != 1:
        known = [",".join(key[1:]) for key in keys]
        hint = suggest(cell, known) if not fitting else "name its other columns, too"
        raise UserError(f"--cell: {len(fitting)} cells of {place} fit {cell!r}; {hint}")
    row = fitting[0]
    what = f"{row['label']}, Pr(sparse) = {row['pr_sparse']}, {row['metric']}"
    return Choice(what, row["model"], row["pr_sparse"], row["metric"], row)


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
        UserError: the file is not a figure of learning curves, or has no such curve.
    """
    job = graph.producer[artefact]
    if job.rule != "figure":
        raise UserError(f"--curve: {artefact} is not a figure of learning curves")
    label, _, sparsity = (part.strip() for part in curve.rpartition(","))
    known = [
        (entry["model"], entry["label"], value)
        for entry in job.spec["models"]
        for value in graph.plan.model(entry["model"]).sparsities
    ]
    for model, own, value in known:
        if label in (model, own) and _same(sparsity, value):
            return Choice(f"curve of {own}, Pr(sparse) = {value}", model, value)
    names = [f"{own},{value}" for _, own, value in known]
    raise UserError(f"--curve: {artefact} has no curve {curve!r}; {suggest(curve, names)}")


def lineage(
    graph: Graph, source: Source, job: Job, files: list[str], choice: Choice
) -> dict[str, Any]:
    """Return the tree of jobs that some of a job's files rest on; ``from`` has the jobs before."""
    node = _node(job, source, choice)
    node["files"] = [_file(file, source) for file in files]
    before: dict[str, list[str]] = {}
    for file in job.inputs:
        made = graph.producer.get(file)
        if made is None:
            now = sha256(Path(file)) if Path(file).is_file() else None
            node["files"].append({"file": file, "sha256": now, "state": "source"})
        elif choice.takes(made):
            before.setdefault(made.record, []).append(file)
    node["from"] = [
        lineage(graph, source, graph.producer[record], files, choice)
        for record, files in before.items()
    ]
    return node


def _node(job: Job, source: Source, choice: Choice) -> dict[str, Any]:
    facts = source.facts(job)
    spec = facts.get("spec", job.spec)
    is_hash = isinstance(spec, str)  # in the published list of jobs
    node = {
        "rule": job.rule,
        "name": job.name,
        "record": job.record if "inputs" in facts else None,
        "code": facts.get("code"),
        "code now": job.code,
        "modules": facts.get("modules"),
        "spec": job.spec if is_hash else spec,
        "as in config": (spec if is_hash else hash_spec(spec)) == job.spec_hash,
        "seeds": facts.get("seeds"),
        "made": {key: facts.get(key) for key in WHERE} if facts else None,
    }
    if choice.metric and "final" in facts:
        node["value"] = facts["final"][choice.metric]
    return node


def _file(file: str, source: Source) -> dict[str, Any]:
    """Return a file with its hash and whether it is as its record or the manifest says."""
    known, place = source.known(file), source.place(file)
    now = sha256(place) if place and place.is_file() else None
    if now is None:
        state = "missing" if place else source.absent
    elif known is None:
        state = "unverified"
    else:
        state = "sound" if now == known["sha256"] else "ALTERED"
    shown = place.as_posix() if place else file
    return {"file": shown, "sha256": now or (known or {}).get("sha256"), "state": state}
