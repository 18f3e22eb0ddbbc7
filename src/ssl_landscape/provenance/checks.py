"""What an audit looks at; each check yields what it finds."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from ssl_landscape.pipeline.jobs import Job, hash_spec
from ssl_landscape.provenance.check_lists import NOT_LISTED, check_manifests
from ssl_landscape.provenance.differences import changed_modules, changed_settings, some
from ssl_landscape.provenance.failed_attempts import FOLDER, read_attempts
from ssl_landscape.provenance.finding import PROBLEM, REMARK, Finding
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.hashing import OTHER_VERSION, logical_hash
from ssl_landscape.provenance.inventory import OWN, Inventory
from ssl_landscape.provenance.machines import check_machines
from ssl_landscape.provenance.published import SUMS, checksums

RUN_FILES = ("curve.parquet", "weights.safetensors", "run.json")
AGAIN = "rerun and publish"


Check = Callable[[Graph, Inventory], Iterator[Finding]]


def check_files(graph: Graph, found: Inventory) -> Iterator[Finding]:
    """Check that what a record tells of is there, unaltered, and that all else has a record."""
    for path, why in found.broken.items():
        yield Finding("other version" if why == OTHER_VERSION else "altered", path, why)
    gone = _models_gone(graph, found)
    for model, reader in gone.items():
        detail = f"all of model {model} is missing; {reader} tells that it was here"
        yield Finding("incomplete", f"{graph.results}/runs/{model}", detail)
    for job in [*graph.jobs, *found.manifests]:
        if _model_of(job) in gone:
            continue
        recorded = job.record in found.files
        here = [file for file in job.outputs if file in found.files]
        readers = {
            file: next(iter(read)) for file in job.outputs if (read := found.readers.get(file))
        }
        if job.rule == "train" and readers and not here and not recorded:
            folder = Path(job.record).parent.as_posix()
            yield Finding("incomplete", folder, f"a run of {job.spec['model']} is missing")
            continue
        if here and not recorded and job.record not in found.unreadable:
            names = some([Path(file).name for file in here])
            yield Finding("missing", job.record, f"no record tells what made {names}")
        for file in job.outputs:
            if file in found.unreadable:
                continue  # a finding of its own
            if file in here:
                yield from _check_file(file, job, found)
            elif recorded:
                yield Finding("missing", file, "its job has run; rerun Snakemake")
            elif file in readers:  # else its job has not run
                yield Finding("missing", file, f"{readers[file]} tells that its job has run")


def _model_of(job: Job) -> str:
    """Return the model whose runs or metrics a job makes; empty for other jobs."""
    if job.rule == "train":
        return str(job.spec["model"])
    return job.name if job.rule in ("metrics", "replication_finals") else ""


def _models_gone(graph: Graph, found: Inventory) -> dict[str, str]:
    """Return models of which nothing is here, and a record that tells of each."""
    files: dict[str, list[str]] = {}
    for job in graph.jobs:
        if model := _model_of(job):
            files.setdefault(model, []).extend(job.files)
    readers = {
        model: [*found.readers[file]]
        for model, own in files.items()
        if found.files.isdisjoint(own)
        for file in own
        if file in found.readers
    }
    return {model: first[0] for model, first in readers.items()}


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
    except (pa.ArrowException, OSError, ValueError, TypeError, LookupError):
        return "; it is no longer readable"
    return "; its logical content is the same" if same else ""


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
        elif others := sorted(set(record["outputs"]) - set(job.outputs)):
            yield Finding("settings", job.record, f"other outputs: {some(others)}")
        elif record["code"] != job.code:
            yield Finding("code", job.record, f"made by other code: {changed_modules(record, job)}")
        for file in job.inputs:  # those that no rule makes have no record
            known = record["inputs"].get(file)
            if known and file not in graph.producer and found.hash(file) != known["sha256"]:
                yield Finding("inconsistent", file, f"was changed since {job.record}")


def check_attempts(graph: Graph, found: Inventory) -> Iterator[Finding]:
    """Find jobs that failed or were killed, and those that took more than one attempt."""
    root = Path(graph.results)
    for note in (Path(file) for file in sorted(found.files) if file.endswith(".jsonl")):
        if not note.is_relative_to(root / FOLDER):
            continue
        path = (root / note.relative_to(root / FOLDER)).with_suffix(".json").as_posix()
        attempts = read_attempts(note)
        if not attempts:
            yield Finding("altered", note.as_posix(), "cannot be read as notes of a job's attempts")
        elif path in graph.producer:
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
        if top in OWN or (not rest and path.suffix in (".html", ".zip")):
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
        # Ablations may have seeds of their own, which do not begin at 1.
        first = 1 if model in graph.plan.config.models else min(seeds, default=1)
        left_out = sorted(set(range(first, max(seeds, default=0) + 1)) - set(seeds))
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
    seal, sums = published.seal_path.as_posix(), published.folder / SUMS
    if sums.as_posix() not in found.files:
        yield Finding("missing", sums.as_posix(), "was published and is no longer there")
    hashes = {**published.files, seal: found.hash(seal) or ""}
    short = {file.removeprefix(f"{published.folder}/"): known for file, known in hashes.items()}
    if sums.is_file() and sums.read_bytes() != checksums(short).encode():
        yield Finding("altered", sums.as_posix(), "does not list the files beside it")
    listed = {*hashes, sums.as_posix()}
    for file in sorted(found.files - listed):
        if Path(file).is_relative_to(published.folder):
            yield Finding("unclaimed", file, "was not put there by publish")
    jobs = dict(published.jobs)
    for job in graph.jobs:
        line = jobs.pop(job.record, None)
        if job.target not in published.targets and line is None:
            continue
        if line is None:
            yield Finding("settings", job.record, f"its job was not published; {AGAIN}")
        elif line["spec"] != job.spec_hash:
            yield Finding("settings", job.record, f"was published with other settings; {AGAIN}")
        elif line["code"] != job.code:
            # The copy is sound: its commit has the code that made it.
            yield Finding("code", job.record, f"was published with other code; {AGAIN}", REMARK)
        elif line["git"] and line["git"]["dirty"]:
            yield Finding("dirty tree", job.record, "was published with uncommitted changes")
        for file in job.outputs if line else ():
            if not published.known(file):
                yield Finding(NOT_LISTED, file, "its job was published, the file is not")
    for file in published.artefacts.keys() - graph.producer.keys() if not jobs else ():
        yield Finding(NOT_LISTED, file, "is listed as published, though no job makes it")
    for record in jobs:
        yield Finding("settings", record, f"published, but not in the config any more; {AGAIN}")


def check_readable(graph: Graph, found: Inventory) -> Iterator[Finding]:
    """Find what is no file or cannot be read; comes last, for the other checks try to read."""
    for path, why in found.unreadable.items():
        yield Finding("unreadable", path, why)
    lists = {str(r["installed"]): path for path, r in found.records.items() if "installed" in r}
    for name, record in lists.items():
        path = f"{graph.results}/provenance/installed-{name}.txt"
        if path not in found.files:
            detail = f"has the packages of {record}, whose own versions are in it"
            yield Finding("missing", path, detail, REMARK)
        elif not (found.hash(path) or "").startswith(name):
            yield Finding("altered", path, "is not what its name says")


CHECKS_OF_BUILT = (
    *(check_files, check_manifests, check_settings, check_machines, check_attempts),
    *(check_unclaimed, check_readable),
)
CHECKS = (*CHECKS_OF_BUILT, check_published)


def findings_of(graph: Graph, found: Inventory, checks: Iterable[Check]) -> list[Finding]:
    """Return what checks find; that a list tells another thing, where nothing else is wrong."""
    findings = [finding for check in checks for finding in check(graph, found)]
    wrong = [one for one in findings if one.weight == PROBLEM and one.kind != NOT_LISTED]
    named = {one.subject for one in wrong}
    return [one for one in findings if one.kind != NOT_LISTED or one.subject not in named]
