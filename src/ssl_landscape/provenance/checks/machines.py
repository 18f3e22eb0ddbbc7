"""Where and how jobs ran: commit, versions, machines, attempts."""

from collections import Counter
from collections.abc import Iterator

from ssl_landscape.provenance.checks.finding import PROBLEM, REMARK, Finding
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import Evidence


def check_machines(graph: Graph, found: Evidence) -> Iterator[Finding]:
    """Results of a dirty tree or no commit; mixed versions and processors."""
    records = {
        job.record: found.records[job.record] for job in graph.jobs if job.record in found.records
    }
    for path, record in records.items():
        if record["git"] is None:
            yield Finding("no commit", path, "made outside of a git repository", REMARK)
        elif record["git"]["dirty"]:
            yield Finding(
                "dirty tree", path, f"uncommitted changes on {record['git']['commit'][:10]}"
            )
        if "format" not in record:
            yield Finding("old record", path, "without seal, seeds, modules and content", REMARK)
    versions = {
        path: {"python": record["python"], **record["packages"]} for path, record in records.items()
    }
    for package in sorted({name for one in versions.values() for name in one}):
        yield from _minority(
            {p: v[package] for p, v in versions.items() if package in v},
            package,
            "mixed versions",
            PROBLEM,
        )
    yield from _minority(
        {p: r["cpu"] for p, r in records.items()}, "processor", "mixed machines", REMARK
    )


def _minority(values: dict[str, str], name: str, kind: str, weight: str) -> Iterator[Finding]:
    counts = Counter(values.values())
    if len(counts) < 2:
        return
    usual = max(counts, key=lambda value: (counts[value], value))
    for path, value in values.items():
        if value != usual:
            yield Finding(kind, path, f"{name} {value}, elsewhere {usual}", weight)


def check_attempts(graph: Graph, found: Evidence) -> Iterator[Finding]:
    """Jobs that failed or were killed, and those that took more than one attempt."""
    for path, attempts in found.attempts.items():
        if attempts and path in graph.producer:
            last = attempts[-1]
            why = last.get("error", "began and did not end: killed, or still running")
            yield Finding("failed", path, f"attempt {len(attempts)}, {last['start'][:16]}: {why}")
    for path, record in found.records.items():
        if record.get("attempt", 1) > 1:
            yield Finding("retried", path, f"succeeded at attempt {record['attempt']}", REMARK)
