"""The published copy: altered or missing files, what else lies there, and what made it."""

from collections.abc import Iterator

from ssl_landscape.provenance.checks.finding import Finding
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import Inventory

AGAIN = "rerun and publish"


def check_published(graph: Graph, found: Inventory) -> Iterator[Finding]:
    """Check the published copy against its manifests, the current config and the current code."""
    published = found.published
    if not published.exists:
        return
    for path, why in published.broken.items():
        yield Finding("altered", path, why)
    listed = published.files()
    place = f"{published.folder.as_posix()}/"
    seal = published.seal_path.as_posix()
    for file, sha256 in listed.items():
        if file in published.broken:
            continue
        if file not in found.files:
            yield Finding("missing", file, "was published and is no longer there")
        elif found.hash(file) != sha256:
            yield Finding("altered", file, "is not as it was published")
    if not published.broken:
        for file in sorted(f for f in found.files if f.startswith(place)):
            if file not in listed and file != seal:
                yield Finding("unclaimed", file, "was not put there by publish")
        yield from _check_jobs(graph, found)


def _check_jobs(graph: Graph, found: Inventory) -> Iterator[Finding]:
    jobs = dict(found.published.jobs)
    for job in graph.jobs:
        line = jobs.pop(job.record, None)
        if line is None:
            yield Finding("settings", job.record, f"its job was not published; {AGAIN}")
        elif line["spec"] != job.spec_hash:
            detail = f"published results were made with other settings; {AGAIN}"
            yield Finding("settings", job.record, detail)
        elif line["code"] != job.code:
            detail = f"published results were made by other code; {AGAIN}"
            yield Finding("code", job.record, detail)
    for record in jobs:
        yield Finding("settings", record, f"published, but not in the config any more; {AGAIN}")
