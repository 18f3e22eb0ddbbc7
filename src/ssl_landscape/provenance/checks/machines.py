"""Where and how jobs ran: commit, versions, machines, attempts."""

from collections import Counter
from collections.abc import Iterator

from ssl_landscape.provenance.checks.finding import PROBLEM, REMARK, Finding
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import Inventory


def check_machines(graph: Graph, found: Inventory) -> Iterator[Finding]:
    """Find results of a dirty tree or no commit; mixed versions and processors."""
    records = {job.record: record for job in graph.jobs if (record := found.facts(job))}
    for path, record in records.items():
        git = record["git"]
        if git is None:
            yield Finding("no commit", path, "made outside of a git repository", REMARK)
        elif git["dirty"]:
            yield Finding("dirty tree", path, f"uncommitted changes on {git['commit'][:10]}")
    versions = {path: {"python": r["python"], **r["packages"]} for path, r in records.items()}
    for package in sorted({name for one in versions.values() for name in one}):
        values = {path: one[package] for path, one in versions.items() if package in one}
        yield from _minority(values, package, "mixed versions", PROBLEM)
    processors = {path: record["cpu"] for path, record in records.items()}
    yield from _minority(processors, "processor", "mixed machines", REMARK)


def _minority(values: dict[str, str], name: str, kind: str, weight: str) -> Iterator[Finding]:
    counts = Counter(values.values())
    if len(counts) < 2:
        return
    usual = max(counts, key=lambda value: (counts[value], value))
    for path, value in values.items():
        if value != usual:
            yield Finding(kind, path, f"{name} {value}, elsewhere {usual}", weight)


def check_attempts(graph: Graph, found: Inventory) -> Iterator[Finding]:
    """Find jobs that failed or were killed, and those that took more than one attempt."""
    for path, attempts in found.attempts.items():
        if attempts and path in graph.producer:
            last = attempts[-1]
            why = last.get("error", "began and did not end: killed, or still running")
            yield Finding("failed", path, f"attempt {len(attempts)}, {last['start'][:16]}: {why}")
    for path, record in found.records.items():
        if record["attempt"] > 1:
            yield Finding("retried", path, f"succeeded at attempt {record['attempt']}", REMARK)
