"""``ssl-landscape trace``: where one number, curve or picture comes from, as a tree."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssl_landscape.config.types import suggest
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.graph import PUBLISHED, Graph
from ssl_landscape.provenance.inventory import Inventory
from ssl_landscape.provenance.lineage import Choice, Source, choose_cell, choose_curve, lineage
from ssl_landscape.provenance.published import Published
from ssl_landscape.provenance.why import config_options

Node = dict[str, Any]


def trace(
    plan: Plan, artefact: Path, cell: str | None, curve: str | None, configs: list[Path]
) -> dict[str, Any]:
    """Trace an artefact, or one cell or curve of it, down to datasets and code.

    Args:
        plan: the plan of the config.
        artefact: a built file, told of by its records; or a published one, by what is published.
        cell: a table's cell.
        curve: a figure's curve.
        configs: the config files.

    Raises:
        UserError: no job makes it, or it has no such cell or curve.
    """
    graph, given = Graph(plan), artefact.as_posix()
    file = graph.built_path(given) if f"/{PUBLISHED}/" in given else given
    source: Source = Inventory(graph) if file == given else Published(graph)
    if file not in graph.producer:
        hint = suggest(given, sorted(graph.producer)).partition("allowed:")[0].rstrip()
        variant = f"only {graph.results}/ is searched; name a variant's config with --config"
        raise UserError(f"no rule makes {given}; {hint or variant}")
    job, choice = graph.producer[file], Choice("the whole file")
    if cell:
        choice = choose_cell(graph, source, file, cell)
    elif curve:
        choice = choose_curve(graph, file, curve)
    tree = lineage(graph, source, job, [file], choice)
    nodes = list({(n["rule"], n["name"]): n for n in _walk(tree)}.values())
    rules = [node["rule"] for node in nodes]
    command = ["snakemake --cores 2", job.outputs[0], *config_options(configs)]
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
            "what is stale of it": " ".join(command),
            "all of it, from the datasets on": " ".join([command[0], "--forceall", *command[1:]]),
        },
    }


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for one in node["from"]:
        yield from _walk(one)


def _codes(nodes: list[Node]) -> dict[str, dict[str, Any]]:
    """Return rule -> fingerprint -> its modules, and whether it is the current code."""
    found: dict[str, dict[str, Any]] = {}
    for node in nodes:
        code, now = node["code"] or node["code now"], node["code now"]
        known = {"current": code == now, "modules": sorted(node["modules"] or [])}
        found.setdefault(node["rule"], {}).setdefault(code, known)
    return found


def _settings(nodes: list[Node]) -> dict[str, Any]:
    """Return rule -> what all its jobs' specs have in common."""
    found: dict[str, Node] = {}
    for node in nodes:
        if node["rule"] in ("train", "dataset"):
            rule, spec = node["rule"], dict(node["spec"])
            shared = found.get(rule, spec)
            found[rule] = {k: v for k, v in shared.items() if k in spec and spec[k] == v}
    return found


def _machines(nodes: list[Node]) -> list[dict[str, Any]]:
    """Return each machine with its versions and commit, how many jobs it ran, and when."""
    found: dict[str, dict[str, Any]] = {}
    ran: list[Node] = [node["made"] for node in nodes if node["made"]]
    for made in ran:
        place = {k: v for k, v in made.items() if k not in ("start", "seconds", "slurm_job")}
        if place["device"] in (None, "", "cpu"):  # told by training alone
            del place["device"]
        one = found.setdefault(repr(place), {**place, "jobs": 0, "starts": []})
        one["jobs"] += 1
        one["starts"] = sorted({*one["starts"][:1], *one["starts"][-1:], made["start"]})
    return list(found.values())


def text(report: dict[str, Any]) -> str:
    """Return the report as text."""
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
        lines += ["", f"Settings that all its {rule} jobs share"]
        lines += [f"  {key}: {value}" for key, value in spec.items()]
    lines += ["", "Made on", *_places(report["made on"]), "", "Reproduce it"]
    lines += [f"  {what}: {command}" for what, command in report["reproduce it"].items()]
    return "\n".join(lines) + "\n"


def _branches(node: Node, first: str, rest: str) -> Iterator[str]:
    title = f"{node['rule']} {node['name']}".strip()
    value = f", {node['value']:.6f}" if "value" in node else ""
    yield f"{first}{title}{value}  [code {node['code'] or 'not recorded'}]"
    bar = "│  " if node["from"] else "   "
    for file in node["files"]:
        yield f"{rest}{bar}{file['file']}  {(file['sha256'] or '')[:12]}  {file['state']}"
    for one in node["from"]:
        last = one is node["from"][-1]
        branch, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield from _branches(one, rest + branch, rest + below)


def _places(places: list[dict[str, Any]]) -> Iterator[str]:
    if not places:
        yield "  not recorded: its jobs have not run here; trace the published file instead"
    for place in places:
        git, host = place["git"], place["host"] or "a host that is not published"
        commit = git["commit"] + (" (DIRTY)" if git["dirty"] else "") if git else "no commit"
        packages = ", ".join(f"{name} {version}" for name, version in place["packages"].items())
        yield f"  {place['jobs']} job(s) on {host}, {place['cpu']}, {commit}"
        yield f"    from {place['starts'][0][:19]} to {place['starts'][-1][:19]}"
        yield f"    Python {place['python']}, {packages}"
