"""Files: changed, missing, not of one version, or made by no rule."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.provenance.checks.finding import PROBLEM, REMARK, Finding
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import OWN, Evidence
from ssl_landscape.provenance.manifest import NAMES, manifest_path


def check_files(graph: Graph, found: Evidence) -> Iterator[Finding]:
    """Changed and missing files; grids that are not whole."""
    for path, why in found.broken.items():
        yield Finding("altered", path, why)
    for job in graph.jobs:
        files = (*job.outputs, job.record)
        missing = [f for f in files if f not in found.files and found.is_expected(f)]
        if len(missing) == len(files) and job.rule == "train":
            yield Finding("incomplete", _folder(job), f"a run of {job.spec['model']} is missing")
            continue
        for file in missing:
            yield Finding("missing", file, "is not there; its job has run in this clone")
        for file in job.outputs:
            if file in found.files:
                yield from _check_file(file, job, found)


def check_manifest(graph: Graph, found: Evidence) -> Iterator[Finding]:
    """The manifest of results that are all there."""
    for target in NAMES:
        path = manifest_path(graph.results, target)
        done = all(job.record in found.files for job in graph.of(target))
        if done and path not in found.files:
            yield Finding("missing", path, "all is there but the manifest")
        record = found.records.get(Path(path).with_suffix(".record.json").as_posix(), {})
        for file, known in record.get("outputs", {}).items():
            if file not in found.broken and found.hash(file) not in (None, known["sha256"]):
                yield Finding("altered", file, "differs from its record")


def _check_file(file: str, job: Job, found: Evidence) -> Iterator[Finding]:
    recorded, listed = found.recorded(file), found.manifest.get(file)
    read = found.read_by(file)
    known = recorded or listed or next(({"sha256": h} for h in read.values()), None)
    if known is None:
        weight = REMARK if set(found.manifests) & found.broken.keys() else PROBLEM
        yield Finding("unverified", file, "neither a record nor a manifest tells of it", weight)
        return
    if found.hash(file) != known["sha256"]:
        by = job.record if recorded else "the manifest" if listed else "what its consumers read"
        yield Finding("altered", file, f"differs from {by}{_same_content(file, known)}")
    elif listed and recorded and listed["sha256"] != recorded["sha256"]:
        yield Finding("not in manifest", file, "the manifest has another version of it")
    if not recorded:
        return
    for consumer, read_hash in read.items():
        if read_hash != recorded["sha256"]:
            yield Finding("inconsistent", file, f"{consumer} has read another version of it")


def _same_content(file: str, known: dict[str, Any]) -> str:
    """Say so where only the bytes of a Parquet file are others."""
    if "content" not in known:
        return ""
    import pyarrow as pa

    from ssl_landscape.provenance.hashing import logical_hash

    try:
        same = logical_hash(Path(file)) == known["content"]
    except (pa.ArrowException, OSError):
        return "; it is no longer readable"
    return "; its logical content is the same" if same else ""


def _folder(job: Job) -> str:
    return Path(job.record).parent.as_posix()


def check_claims(graph: Graph, found: Evidence) -> Iterator[Finding]:
    """Files that no rule makes; runs left out of the grid; seeds that the config leaves out."""
    excluded = set()
    for file in sorted(found.files - graph.producer.keys()):
        stage, *rest = Path(file).relative_to(graph.results).parts
        if stage in OWN:
            continue
        if stage == "runs" and rest[0] in graph.plan.models and len(rest) == 4:
            excluded.add(Path(file).parent.as_posix())
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
