"""Built files: altered, missing, not of one version, or made by no rule."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.provenance.checks.finding import REMARK, Finding, some
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.hashing import OTHER_VERSION
from ssl_landscape.provenance.inventory import OWN, Inventory
from ssl_landscape.provenance.manifest import read_manifest

RUN_FILES = ("curve.parquet", "weights.safetensors", "run.json")


def check_files(graph: Graph, found: Inventory) -> Iterator[Finding]:
    """Check that what a record tells of is there, unaltered, and that all else has a record."""
    for path, why in found.broken.items():
        yield Finding("other version" if why == OTHER_VERSION else "altered", path, why)
    for job in [*graph.jobs, *found.manifests]:
        if not found.is_made(job):
            yield from _check_unmade(job, found)
            continue
        here = [file for file in job.outputs if file in found.files]
        if job.record not in found.files:
            names = some([Path(file).name for file in here])
            yield Finding("missing", job.record, f"no record tells what made {names}")
        for file in job.outputs:
            if file in here:
                yield from _check_file(file, job, found)
            elif job.record in found.files or found.read_by(file):
                yield Finding("missing", file, "its job has run; rerun Snakemake")


def check_manifests(graph: Graph, found: Inventory) -> Iterator[Finding]:
    """Check that a manifest lists the files as their records do."""
    for job in found.manifests:
        path = job.outputs[0]
        written = found.facts(job).get("outputs", {}).get(path, {})
        if found.hash(path) != written.get("sha256", "none"):
            continue  # missing or altered, which is a finding of its own
        for file, line in read_manifest(Path(path)).items():
            now = found.known(file)
            if now and now["sha256"] != line["sha256"]:
                yield Finding("not in manifest", file, f"{path} lists another version of it")


def _check_unmade(job: Job, found: Inventory) -> Iterator[Finding]:
    """A job of which nothing is here has not run, unless another job has read its outputs."""
    read = [file for file in job.outputs if found.read_by(file)]
    if read and job.rule == "train":
        folder = Path(job.record).parent.as_posix()
        yield Finding("incomplete", folder, f"a run of {job.spec['model']} is missing")
    elif read:
        for file in read:
            reader = next(iter(found.read_by(file)))
            yield Finding("missing", file, f"{reader} tells of a job that has read it")


def _check_file(file: str, job: Job, found: Inventory) -> Iterator[Finding]:
    recorded, read = found.facts(job).get("outputs", {}).get(file), found.read_by(file)
    known = recorded or next(({"sha256": h} for h in read.values()), None)
    if known is None:
        if job.record in found.records:
            yield Finding("unverified", file, f"{job.record} does not tell of it")
        return  # else its record is missing or damaged, which is a finding of its own
    if found.hash(file) != known["sha256"]:
        by = job.record if recorded else next(iter(read))
        same = _same_content(file, known)
        yield Finding("altered", file, f"does not match the hash recorded in {by}{same}")
    for reader, read_hash in read.items():
        if recorded and read_hash != recorded["sha256"]:
            yield Finding("inconsistent", file, f"{reader} has read another version of it")


def _same_content(file: str, known: dict[str, Any]) -> str:
    """Tell whether only the bytes of a Parquet file differ."""
    if "content" not in known:
        return ""
    import pyarrow as pa

    from ssl_landscape.provenance.hashing import logical_hash

    try:
        same = logical_hash(Path(file)) == known["content"]
    except (pa.ArrowException, OSError):
        return "; it is no longer readable"
    return "; its logical content is the same" if same else ""


def check_unclaimed(graph: Graph, found: Inventory) -> Iterator[Finding]:
    """Find files that no rule makes, runs and seeds that the config leaves out."""
    excluded = set()
    planned = {Path(job.record).parent for job in graph.jobs if job.rule == "train"}
    for file in sorted(found.files - graph.producer.keys()):
        path = Path(file)
        top, *rest = path.relative_to(graph.results).parts
        if top in OWN or (not rest and path.suffix == ".html"):
            continue
        if top == "runs" and path.name == "checkpoint.safetensors" and path.parent in planned:
            continue  # of a run that was killed, or is running
        if top == "runs" and path.name in RUN_FILES and rest[0] in graph.plan.models:
            excluded.add(path.parent.as_posix())
        else:
            yield Finding("unclaimed", file, "no rule makes it")
    for folder in sorted(excluded):
        yield Finding("excluded", folder, "a run that the config leaves out")
    for model, entry in graph.plan.models.items():
        seeds = entry.seeds if isinstance(entry.seeds, list) else []
        left_out = sorted(set(range(1, max(seeds, default=0) + 1)) - set(seeds))
        if left_out:
            detail = f"the config leaves out seeds {', '.join(map(str, left_out))}"
            yield Finding("excluded", f"config.yaml: models.{model}.seeds", detail, REMARK)
