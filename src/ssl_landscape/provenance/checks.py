"""What an audit looks at; each check yields what it finds."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ssl_landscape.pipeline.jobs import Job, hash_spec
from ssl_landscape.provenance.differences import changed_modules, changed_settings, some
from ssl_landscape.provenance.failed_attempts import FOLDER, read_attempts
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.hashing import OTHER_VERSION, logical_hash
from ssl_landscape.provenance.inventory import OWN, Inventory
from ssl_landscape.provenance.manifest import read_manifest

PROBLEM, REMARK = "problem", "remark"
RUN_FILES = ("curve.parquet", "weights.safetensors", "run.json")
AGAIN = "rerun and publish"


@dataclass(frozen=True)
class Finding:
    """One thing found: what kind, of which file (from the repository's root), and what about it."""

    kind: str
    subject: str
    detail: str
    weight: str = PROBLEM


def check_files(graph: Graph, found: Inventory) -> Iterator[Finding]:
    """Check that what a record tells of is there, unaltered, and that all else has a record."""
    for path, why in found.broken.items():
        yield Finding("other version" if why == OTHER_VERSION else "altered", path, why)
    for job in [*graph.jobs, *found.manifests]:
        recorded = job.record in found.files
        here = [file for file in job.outputs if file in found.files]
        readers = {
            file: next(iter(read)) for file in job.outputs if (read := found.readers.get(file))
        }
        if job.rule == "train" and readers and not here and not recorded:
            folder = Path(job.record).parent.as_posix()
            yield Finding("incomplete", folder, f"a run of {job.spec['model']} is missing")
            continue
        if here and not recorded:
            names = some([Path(file).name for file in here])
            yield Finding("missing", job.record, f"no record tells what made {names}")
        for file in job.outputs:
            if file in here:
                yield from _check_file(file, job, found)
            elif recorded:
                yield Finding("missing", file, "its job has run; rerun Snakemake")
            elif file in readers:  # else its job has not run
                yield Finding("missing", file, f"{readers[file]} tells that its job has run")


def _check_file(file: str, job: Job, found: Inventory) -> Iterator[Finding]:
    recorded = found.facts(job).get("outputs", {}).get(file)
    read, now = found.readers.get(file, {}), found.hash(file)
    if recorded:
        if now != recorded["sha256"]:
            detail = f"does not match the hash in its record{_same_content(file, recorded)}"
            yield Finding("altered", file, detail)
        for reader, then in read.items():
            if then != recorded["sha256"]:
                yield Finding("inconsistent", file, f"{reader} has read another version of it")
    elif read and now not in read.values():
        yield Finding("altered", file, f"is not as {next(iter(read))} tells of it")
    elif not read and job.record in found.records:
        yield Finding("unverified", file, f"{job.record} does not tell of it")


def _same_content(file: str, known: dict[str, Any]) -> str:
    """Tell whether only the bytes of a Parquet file differ."""
    if "content" not in known:
        return ""
    try:
        same = logical_hash(Path(file)) == known["content"]
    except (pa.ArrowException, OSError):
        return "; it is no longer readable"
    return "; its logical content is the same" if same else ""


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


def check_settings(graph: Graph, found: Inventory) -> Iterator[Finding]:
    """Find records whose settings, code or inputs are not those of the current config."""
    for job in graph.jobs:
        record = found.facts(job)
        if not record:
            continue
        if hash_spec(record["spec"]) != job.spec_hash:
            yield Finding("settings", job.record, changed_settings(record, job))
        elif set(record["inputs"]) != set(job.inputs):
            names = sorted(set(record["inputs"]) ^ set(job.inputs))
            yield Finding("settings", job.record, f"other inputs: {some(names)}")
        elif record["code"] != job.code:
            yield Finding("code", job.record, f"made by other code: {changed_modules(record, job)}")
        for file in job.inputs:  # those that no rule makes have no record
            known = record["inputs"].get(file)
            if known and file not in graph.producer and found.hash(file) != known["sha256"]:
                yield Finding("inconsistent", file, f"was changed since {job.record}")


def check_machines(graph: Graph, found: Inventory) -> Iterator[Finding]:
    """Find results of a dirty tree or no commit; mixed versions and processors."""
    records = {job.record: record for job in graph.jobs if (record := found.facts(job))}
    for path, record in records.items():
        git = record["git"]
        if git is None:
            yield Finding("no commit", path, "made outside of a git repository", REMARK)
        elif git["dirty"]:
            yield Finding("dirty tree", path, f"uncommitted changes on {git['commit'][:10]}")
    facts = {
        path: {"processor": record["cpu"], "python": record["python"], **record["packages"]}
        for path, record in records.items()
    }
    for name in sorted({name for one in facts.values() for name in one}):
        counts = Counter(one[name] for one in facts.values() if name in one)
        usual = max(counts, key=lambda value: (counts[value], value))
        kind = ("mixed machines", REMARK) if name == "processor" else ("mixed versions", PROBLEM)
        for path, one in facts.items():
            if one.get(name, usual) != usual:
                detail = f"{name} {one[name]}, elsewhere {usual}"
                yield Finding(kind[0], path, detail, kind[1])


def check_attempts(graph: Graph, found: Inventory) -> Iterator[Finding]:
    """Find jobs that failed or were killed, and those that took more than one attempt."""
    root = Path(graph.results)
    for note in sorted((root / FOLDER).rglob("*.jsonl")):
        path = (root / note.relative_to(root / FOLDER)).with_suffix(".json").as_posix()
        attempts = read_attempts(note)
        if attempts and path in graph.producer:
            last = attempts[-1]
            why = last.get("error", "began and did not end: killed, or still running")
            yield Finding("failed", path, f"attempt {len(attempts)}, {last['start'][:16]}: {why}")
    for path, record in found.records.items():
        if record["attempt"] > 1:
            yield Finding("retried", path, f"succeeded at attempt {record['attempt']}", REMARK)


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


def check_published(graph: Graph, found: Inventory) -> Iterator[Finding]:
    """Check the published copy against its manifests, the current config and the current code."""
    published = found.published
    if not published.exists:
        return
    for path, why in published.broken.items():
        yield Finding("altered", path, why)
    for file, sha256 in published.files.items():
        if file in published.broken:
            continue
        if file not in found.files:
            yield Finding("missing", file, "was published and is no longer there")
        elif found.hash(file) != sha256:
            yield Finding("altered", file, "is not as it was published")
    if published.broken:
        return
    listed = {*published.files, published.seal_path.as_posix()}
    for file in sorted(found.files - listed):
        if Path(file).is_relative_to(published.folder):
            yield Finding("unclaimed", file, "was not put there by publish")
    jobs = dict(published.jobs)
    for job in graph.jobs:
        line = jobs.pop(job.record, None)
        if line is None:
            yield Finding("settings", job.record, f"its job was not published; {AGAIN}")
        elif line["spec"] != job.spec_hash:
            yield Finding("settings", job.record, f"was published with other settings; {AGAIN}")
        elif line["code"] != job.code:
            yield Finding("code", job.record, f"was published with other code; {AGAIN}")
    for record in jobs:
        yield Finding("settings", record, f"published, but not in the config any more; {AGAIN}")


CHECKS_OF_BUILT = (
    *(check_files, check_manifests, check_settings, check_machines, check_attempts),
    check_unclaimed,
)
CHECKS = (*CHECKS_OF_BUILT, check_published)
