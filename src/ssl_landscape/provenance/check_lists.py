"""Whether manifests and lists of jobs say what the records say."""

from collections.abc import Iterator
from pathlib import Path

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.provenance.differences import some
from ssl_landscape.provenance.finding import REMARK, Finding
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import Inventory
from ssl_landscape.provenance.manifest import COLUMNS, job_line, manifest_inputs, read_manifest

NOT_LISTED = "not in manifest"


def check_manifests(graph: Graph, found: Inventory) -> Iterator[Finding]:
    """Check that a manifest lists the files as their records do."""
    for job in found.manifests:
        path = job.outputs[0]
        record = found.facts(job)
        made = record.get("outputs", {})
        if any(f not in made or found.hash(f) != made[f]["sha256"] for f in job.outputs):
            continue  # missing or altered, which is a finding of its own
        if others := sorted(made.keys() - set(job.outputs)):
            yield Finding("settings", job.record, f"other outputs: {some(others)}")
        if record["spec"] != job.spec:
            yield Finding("settings", path, "lists the jobs of other settings; rerun Snakemake")
            continue
        try:
            artefacts = read_manifest(Path(path))
        except UserError as error:
            yield Finding("altered", path, str(error).removeprefix(f"{path}: "))
            continue
        for file in sorted(artefacts.keys() ^ set(manifest_inputs(graph, job.target))):
            listed = "lists it, though no job makes it" if file in artefacts else "does not list it"
            yield Finding(NOT_LISTED, file, f"{path} {listed}")
        yield from _check_jobs(Path(job.outputs[1]), graph.of(job.target), found)
        for file, line in artefacts.items():
            now = found.known(file)
            if now and now["sha256"] != line["sha256"]:
                yield Finding(NOT_LISTED, file, f"{path} lists another version of it")


def _check_jobs(path: Path, jobs: list[Job], found: Inventory) -> Iterator[Finding]:
    """Check that a list of jobs says what their records say; it may be older than a record."""
    header, *rows = path.read_text(encoding="utf-8", errors="replace").splitlines() or [""]
    if header != ",".join(COLUMNS):
        yield Finding("altered", path.as_posix(), "its first line is not that of a list of jobs")
        return
    lines = {row.partition(",")[0]: row for row in rows}
    for job in jobs:
        record, line = found.facts(job), lines.pop(job.record, "")
        then = dict(zip(COLUMNS, line.split(","), strict=False)).get("start", "~")
        if line and (not record or line == job_line(job.record, record)):
            continue
        if record and then < record["start"]:
            # Equal results leave the list as it is, and nothing is left to compare the line with.
            detail = f"{path} tells of an earlier run of this job"
            yield Finding("listed before", job.record, detail, REMARK)
        else:
            yield Finding(NOT_LISTED, job.record, f"{path} tells another thing of it")
    for name in lines:
        yield Finding(NOT_LISTED, name, f"{path} lists it, though there is no such job")
