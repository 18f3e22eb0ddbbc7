"""On what the jobs ran, and from which commit: whether they fit together."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from ssl_landscape.provenance.differences import some
from ssl_landscape.provenance.environment import libraries
from ssl_landscape.provenance.finding import PROBLEM, REMARK, Finding
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import Inventory

NOT_CHOSEN = ("cpu", "cpu_capability", "driver")
MACHINE = (*NOT_CHOSEN, "device", "threads", "cuda", "cudnn")  # in records


def check_machines(graph: Graph, found: Inventory) -> Iterator[Finding]:
    """Find results of a dirty tree or no commit, and jobs run otherwise than others.

    A dirty tree is a problem: its commit does not tell which code ran. So is a mixture that a
    setting avoids; that the nodes of a cluster differ is a remark, as nobody has chosen it.
    """
    records = {job.record: record for job in graph.jobs if (record := found.facts(job))}
    for path, record in records.items():
        git = record["git"]
        if git is None:
            yield Finding("no commit", path, "made outside of a git repository", REMARK)
        elif git["dirty"]:
            changed = git.get("changed")
            names = f": {some(list(map(str, changed)))}" if isinstance(changed, list) else ""
            detail = f"uncommitted changes on {git['commit'][:10]}{names}"
            yield Finding("dirty tree", path, detail)
    yield from _mixtures(graph, {path: _made_on(record) for path, record in records.items()})


def _made_on(record: dict[str, Any]) -> dict[str, str]:
    own = {name: str(record[name]) for name in MACHINE if name in record}
    return {"python": record["python"], **libraries(record["packages"]), **own}


def _mixtures(graph: Graph, facts: dict[str, dict[str, str]]) -> Iterator[Finding]:
    """Find jobs that differ from the usual in what all the jobs of an artefact should share."""
    usual = {}
    for name in sorted({name for one in facts.values() for name in one}):
        counts = Counter(one[name] for one in facts.values() if name in one)
        if len(counts) > 1:
            usual[name] = max(counts, key=lambda value: (counts[value], value))
    odd: dict[tuple[str, str], list[str]] = {}  # (record, what differs) -> artefacts
    behind: dict[str, set[str]] = {}  # record -> records of all jobs that it rests on
    for job in graph.jobs if usual else ():
        makers = {graph.producer[file].record for file in job.inputs if file in graph.producer}
        behind[job.record] = {job.record}.union(*(behind[maker] for maker in makers))
        for name, most in usual.items():
            values = {r: facts[r][name] for r in behind[job.record] if name in facts.get(r, {})}
            for record in values if len({*values.values()}) > 1 else ():
                if values[record] != most:
                    odd.setdefault((record, name), []).append(job.name or job.rule)
    for (path, name), artefacts in odd.items():
        kind = "mixed machines" if name in MACHINE else "mixed versions"
        detail = f"{name} {facts[path][name]}, elsewhere {usual[name]}; both in {some(artefacts)}"
        yield Finding(kind, path, detail, REMARK if name in NOT_CHOSEN else PROBLEM)
