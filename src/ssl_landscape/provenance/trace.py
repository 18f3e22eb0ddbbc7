"""``ssl-landscape trace``: where one number, curve or picture comes from, as a tree."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssl_landscape.config.types import suggest
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.choice import Choice, choose_cell, choose_curve
from ssl_landscape.provenance.graph import PUBLISHED, Graph
from ssl_landscape.provenance.hashing import sha256
from ssl_landscape.provenance.inventory import Inventory
from ssl_landscape.provenance.own_snakemake import config_options
from ssl_landscape.provenance.published import Published

Node = dict[str, Any]
Source = Inventory | Published  # what tells of jobs and files
WITH_CELLS = ("table", "cells", "replication_cells")
MACHINE = ("host", "cpu", "python", "packages", "git")
MADE = ("start", "seconds", "device", *MACHINE)


def trace(
    plan: Plan, artefact: Path, cell: str | None, curve: str | None, configs: list[Path]
) -> dict[str, Any]:
    """Trace an artefact, or one cell or curve of it, down to datasets and code.

    Args:
        plan: the plan of the config.
        artefact: a built file, told of by its records; or a published one, by what is published.
        cell: a table's or the comparison's cell: label, the table's own columns if it has any,
            Pr(sparse) and metric: ``CL-basic,0.1,min`` or ``NCL-basic,0.02,0.1,min``.
        curve: a figure's curve: the model's label or name, and Pr(sparse): ``CL-basic,0.1``.
        configs: the config files.

    Raises:
        UserError: no job makes it, or it has no such cell or curve.
    """
    graph, given = Graph(plan), artefact.as_posix()
    file = given.replace(f"/{PUBLISHED}/", "/", 1)
    source: Source = Inventory(graph) if file == given else Published(graph)
    if file not in graph.producer:
        hint = suggest(given, sorted(graph.producer)).partition("choose from")[0].rstrip()
        variant = f"only {graph.results}/ is searched; name a variant's config with --config"
        raise UserError(f"no rule makes {given}; {hint or variant}")
    job, choice = graph.producer[file], Choice("the whole file")
    if cell:
        place = source.place(Path(file).with_suffix(".csv").as_posix())
        if job.rule not in WITH_CELLS or not place or not place.is_file():
            raise UserError(f"--cell: {file} has no cells, or its .csv is not there")
        choice = choose_cell(place, cell)
    elif curve:
        choice = choose_curve(plan, job, file, curve)
    tree = _lineage(graph, source, job, [file], choice)
    nodes = list({(n["rule"], n["name"]): n for n in _walk(tree)}.values())
    rules = [node["rule"] for node in nodes]
    options = " ".join([job.outputs[0], *config_options(configs)])
    return {
        "artefact": given,
        "what": choice.what,
        "row": choice.row,
        "tree": tree,
        "reaches": {rule: rules.count(rule) for rule in dict.fromkeys(rules)},
        "code": _codes(nodes),
        "settings": _settings(nodes),
        "made on": _machines(nodes),
        "reproduce it": {
            "what is stale of it": f"snakemake --cores 2 {options}",
            "all of it, from the datasets on": f"snakemake --cores 2 --forceall {options}",
        },
    }


def _lineage(graph: Graph, source: Source, job: Job, files: list[str], choice: Choice) -> Node:
    """Return the tree of jobs that some of a job's files rest on; ``from`` has the jobs before."""
    facts = source.facts(job)
    node: Node = {
        "rule": job.rule,
        "name": job.name,
        "code": facts.get("code"),
        "code now": job.code,
        "modules": facts.get("modules"),
        "spec": facts["spec"] if "inputs" in facts else job.spec,  # a hash in the published list
        "seeds": facts.get("seeds"),
        "made": {key: facts.get(key) for key in MADE} if facts else None,
        "files": [_file(file, source) for file in files],
    }
    if choice.metric and "final" in facts:
        node["value"] = facts["final"][choice.metric]
    before: dict[str, list[str]] = {}
    for file in job.inputs:
        made = graph.producer.get(file)
        if made is None:
            now = sha256(Path(file)) if Path(file).is_file() else None
            node["files"].append({"file": file, "sha256": now, "state": "source"})
        elif choice.takes(made):
            before.setdefault(made.record, []).append(file)
    node["from"] = [
        _lineage(graph, source, graph.producer[record], files, choice)
        for record, files in before.items()
    ]
    return node


def _file(file: str, source: Source) -> dict[str, Any]:
    """Return a file with its hash and whether it is as its record or the manifest says."""
    known, place = source.known(file) or {}, source.place(file)
    now = sha256(place) if place and place.is_file() else None
    if now is None:
        state = "missing" if place else "not published"
    elif not known:
        state = "unverified"
    else:
        state = "sound" if now == known["sha256"] else "ALTERED"
    return {"file": str(place or file), "sha256": now or known.get("sha256"), "state": state}


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for one in node["from"]:
        yield from _walk(one)


def _codes(nodes: list[Node]) -> dict[str, dict[str, Any]]:
    """Return rule -> fingerprint -> its modules, and whether it is the current code."""
    found: dict[str, Node] = {}
    for node in nodes:
        code = node["code"] or node["code now"]
        known = {"current": code == node["code now"], "modules": sorted(node["modules"] or [])}
        found.setdefault(node["rule"], {})[code] = known
    return found


def _settings(nodes: list[Node]) -> dict[str, Any]:
    """Return rule -> what all its jobs' specs have in common."""
    found: dict[str, Node] = {}
    for node in nodes:
        rule, spec = node["rule"], node["spec"]
        if rule in ("train", "dataset"):
            shared = found.setdefault(rule, spec)
            found[rule] = {k: v for k, v in shared.items() if k in spec and spec[k] == v}
    return found


def _machines(nodes: list[Node]) -> list[dict[str, Any]]:
    """Return each machine with its versions and commit, and how many jobs it ran."""
    found: dict[str, Node] = {}
    for made in (node["made"] for node in nodes if node["made"]):
        place = {key: made[key] for key in MACHINE}
        found.setdefault(repr(place), {**place, "jobs": 0})["jobs"] += 1
    return list(found.values())
