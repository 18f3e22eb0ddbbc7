"""``ssl-landscape trace``: where one number, curve or picture comes from, as a tree."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssl_landscape.config.types import suggest
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import Evidence
from ssl_landscape.provenance.lineage import Choice, choose_cell, choose_curve, lineage


def trace(
    plan: Plan, artefact: Path, cell: str | None, curve: str | None, configs: list[Path]
) -> dict[str, Any]:
    """Trace an artefact, or one cell or curve of it, down to datasets and code.

    Raises:
        UserError: no job makes it, or it has no such cell or curve.
    """
    graph = Graph(plan)
    file = artefact.as_posix()
    if file not in graph.producer:
        hint = suggest(file, sorted(graph.producer)).partition("allowed:")[0].rstrip()
        results = f"{graph.results}/ is looked at (another variant's: give its --config)"
        raise UserError(f"no rule makes {file}; {hint or results}")
    choice = Choice("the whole file")
    if cell:
        choice = choose_cell(graph, file, cell)
    elif curve:
        choice = choose_curve(graph, file, curve)
    tree = lineage(graph, Evidence(graph), file, choice)
    return {
        "artefact": file,
        "what": choice.what,
        "row": choice.row,
        "tree": tree,
        "reaches": _count(tree),
        "code": _codes(tree),
        "settings": _settings(tree),
        "made on": _machines(tree),
        "make it again": _commands(graph, file, configs),
    }


def _nodes(tree: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all jobs of a tree, each once."""
    found: dict[tuple, dict[str, Any]] = {}

    def visit(node: dict[str, Any]) -> None:
        found.setdefault((node["rule"], node["name"]), node)
        for one in node["from"]:
            visit(one)

    visit(tree)
    return list(found.values())


def _count(tree: dict[str, Any]) -> dict[str, int]:
    rules = [node["rule"] for node in _nodes(tree)]
    return {rule: rules.count(rule) for rule in dict.fromkeys(rules)}


def _codes(tree: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Rule -> fingerprint -> its modules, and whether it is the current code."""
    found: dict[str, dict[str, Any]] = {}
    for node in _nodes(tree):
        codes = found.setdefault(node["rule"], {})
        current = node["code"] in (None, node["code now"])
        modules = sorted(node["modules"] or [])
        codes.setdefault(node["code"] or node["code now"], {"current": current, "modules": modules})
    return found


def _settings(tree: dict[str, Any]) -> dict[str, Any]:
    """Rule -> what all its jobs' specs have in common."""
    found: dict[str, Any] = {}
    for node in _nodes(tree):
        if node["rule"] in ("train", "dataset"):
            shared = found.setdefault(node["rule"], dict(node["spec"]))
            for key in [key for key in shared if shared[key] != node["spec"].get(key)]:
                del shared[key]
    return found


def _machines(tree: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each machine with its versions and commit, how many jobs it ran, and when."""
    found: dict[str, dict[str, Any]] = {}
    for node in _nodes(tree):
        if made := node["made"]:
            place = {k: v for k, v in made.items() if k not in ("start", "seconds", "slurm_job")}
            place = {k: v for k, v in place.items() if k != "device" or v not in (None, "", "cpu")}
            one = found.setdefault(repr(place), {**place, "jobs": 0, "first": made["start"]})
            one["jobs"] += 1
            one["first"] = min(one["first"], made["start"])
            one["last"] = max(one.get("last", ""), made["start"])
    return list(found.values())


def _commands(graph: Graph, file: str, configs: list[Path]) -> dict[str, str]:
    job = graph.producer[file]
    names = [path.as_posix() for path in configs]
    variant = f" --configfile {' '.join(names[1:])}" if names[1:] else ""
    return {
        "what is stale of it": f"snakemake --cores 2 {job.outputs[0]}{variant}",
        "all of it, from the datasets on": (
            f"snakemake --cores 2 --forceall {job.outputs[0]}{variant}"
        ),
    }


def text(report: dict[str, Any]) -> str:
    """Write the report for a reader."""
    lines = [f"{report['artefact']}: {report['what']}"]
    if row := report["row"]:
        mean, std = row.get("mean"), row.get("std") or row.get("sample_std")
        theirs = row.get("published_mean")
        published = f"; published {theirs} ± {row.get('published_std')}" if theirs else ""
        lines.append(f"{mean} ± {std} over {row['runs']} runs{published}")
    lines += ["", *_branches(report["tree"], "", ""), ""]
    lines.append("Reaches " + ", ".join(f"{n} {rule}" for rule, n in report["reaches"].items()))
    lines += ["", "Code"]
    for rule, codes in report["code"].items():
        for code, known in codes.items():
            state = "" if known["current"] else " (NOT the current code)"
            modules = ", ".join(m.removeprefix("ssl_landscape.") for m in known["modules"])
            lines.append(f"  {rule}: {code}{state}{': ' if modules else ''}{modules}")
    for rule, spec in report["settings"].items():
        lines += ["", f"Settings that all of its {rule} jobs share"]
        lines += [f"  {key}: {value}" for key, value in spec.items()]
    lines += ["", "Made on", *_places(report["made on"])]
    lines += ["", "Make it again"]
    lines += [f"  {what}: {command}" for what, command in report["make it again"].items()]
    return "\n".join(lines) + "\n"


def _branches(node: dict[str, Any], first: str, rest: str) -> Iterator[str]:
    title = f"{node['rule']} {node['name']}".strip()
    value = f", {node['value']:.6f}" if "value" in node else ""
    yield f"{first}{title}{value}  [code {node['code'] or 'not recorded'}]"
    for file in node["files"]:
        bar = "│  " if node["from"] else "   "
        shown = (file["sha256"] or "")[:12]
        yield f"{rest}{bar}{file['file']}  {shown}  {file['state']}"
    for position, one in enumerate(node["from"], 1):
        last = position == len(node["from"])
        yield from _branches(
            one, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  ")
        )


def _places(places: list[dict[str, Any]]) -> Iterator[str]:
    if not places:
        yield "  neither its records nor the list of jobs is present in this clone"
    for place in places:
        git = place["git"]
        commit = (
            "no commit" if git is None else git["commit"] + (" (DIRTY)" if git["dirty"] else "")
        )
        packages = ", ".join(f"{name} {version}" for name, version in place["packages"].items())
        yield f"  {place['jobs']} job(s) on {place['host']}, {place['cpu']}, {commit}"
        yield f"    from {place['first'][:19]} to {place['last'][:19]}"
        yield f"    Python {place['python']}, {packages}"
