"""The manifest: every artefact with its hashes; beside it ``jobs.csv``, what made them.

Nothing in the manifest tells how, when or where an artefact was made: equal results, equal bytes.
"""

import csv
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.experiment.seeds import compact, expand
from ssl_landscape.io.files import write_text
from ssl_landscape.pipeline.job_files import files_of
from ssl_landscape.pipeline.jobs import ALL, TARGETS, Job, hash_spec
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.hashing import is_identity, read_sealed, seal, sha256
from ssl_landscape.provenance.record import read_record

FORMAT = 2
ENDINGS = {target: "" if target == ALL else f"-{target}" for target in TARGETS}  # of their files
COLUMNS = (  # of jobs.csv
    *("record", "rule", "spec", "code", "start", "seconds", "peak_memory_mb", "attempt"),
    *("cpu", "device", "platform", "python", "packages", "commit", "dirty", "seal"),
)


def manifest_spec(graph: Graph, target: str) -> dict[str, Any]:
    """Name the records that a target's manifest lists, and hash what they should say.

    Records that differ only in the seed share an entry: a command has no room for 10,000 paths.
    """
    patterns: dict[str, list[int]] = {}
    digest = hashlib.sha256()
    for job in graph.of(target):
        seed = re.search(r"/seed-(\d+)/", job.record)
        seeds = patterns.setdefault(re.sub(r"/seed-\d+/", "/seed-*/", job.record), [])
        seeds += [int(seed[1])] if seed else []
        digest.update(f"{job.record} {job.spec_hash} {job.code}\n".encode())
    records = {pattern: compact(sorted(seeds)) for pattern, seeds in sorted(patterns.items())}
    return {"records": records, "jobs": digest.hexdigest()[:16]}


def manifest_inputs(graph: Graph, target: str) -> list[str]:
    """Return the files that a target's manifest lists."""
    return [file for job in graph.of(target) for file in job.outputs]


def manifest_job(graph: Graph, target: str) -> Job:
    """Return the job that writes a target's manifest, which lists its inputs itself."""
    spec = manifest_spec(graph, target)
    files = files_of("manifest", target, spec, graph.results)
    return Job(target, "manifest", target, spec, files.inputs, files.outputs, files.record)


def write_manifest(spec: dict[str, Any], inputs: list[Path], outputs: list[Path]) -> dict[str, int]:
    """Write ``manifest.json`` and ``jobs.csv`` from the records that the spec names.

    Returns:
        The number of artefacts, for the record.

    Raises:
        UserError: a record is missing or was altered, or a file does not match its record.
    """
    paths = [
        Path(pattern.replace("*", str(seed)))
        for pattern, seeds in spec["records"].items()
        for seed in (expand(seeds) if seeds else [0])
    ]
    records = {path.as_posix(): read_record(path) for path in paths}
    artefacts = {}
    for record, content in records.items():
        for file, recorded in content["outputs"].items():
            if not Path(file).is_file():
                raise UserError(f"{file}: no such file; rerun Snakemake")
            if sha256(Path(file)) != recorded["sha256"]:
                raise UserError(f"{file}: does not match the hash recorded in {record}; {AGAIN}")
            artefacts[file] = recorded
    sealed = seal({"format": FORMAT, "artefacts": dict(sorted(artefacts.items()))})
    artefact_lines = ",\n".join(
        f"  {json.dumps(file)}: {json.dumps(known)}" for file, known in sealed["artefacts"].items()
    )
    text = (
        f'"format": {FORMAT},\n"artefacts": {{\n{artefact_lines}\n}},\n"seal": "{sealed["seal"]}"'
    )
    write_text(outputs[0], f"{{\n{text}\n}}\n")
    write_text(outputs[1], _job_lines(records))
    return {"artefacts": len(artefacts)}


def read_manifest(path: Path) -> dict[str, dict[str, Any]]:
    """Return what a manifest lists: file -> sha256, bytes and, for Parquet, content.

    Raises:
        UserError: it cannot be read, was altered, or has another format.
    """
    artefacts = read_sealed(path, FORMAT).get("artefacts")
    if not isinstance(artefacts, dict) or not all(map(is_identity, artefacts.values())):
        raise UserError(f"{path}: does not list files with their hashes; delete it and rerun")
    return artefacts


def _job_lines(records: dict[str, dict[str, Any]]) -> str:
    """Return a line of CSV per record, in the order of their names."""
    lines = [job_line(path, record) for path, record in sorted(records.items())]
    return "\n".join([",".join(COLUMNS), *lines, ""])


def job_line(path: str, record: dict[str, Any]) -> str:
    """Return the line of CSV of a record; the host is left out, but for the seal of it all."""
    stream = io.StringIO()
    git = record["git"] or {"commit": "", "dirty": ""}
    packages = " ".join(f"{name}={version}" for name, version in record["packages"].items())
    own = {"record": path, "spec": hash_spec(record["spec"]), "packages": packages}
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="", extrasaction="ignore")
    writer.writerow({"device": "", **record, **own, **git})
    return stream.getvalue()


def read_jobs(path: Path) -> dict[str, dict[str, Any]]:
    """Return record -> what the record itself would tell of the job (``spec`` is its hash).

    Raises:
        UserError: the file cannot be read.
    """
    jobs: dict[str, dict[str, Any]] = {}
    try:
        if not path.is_file():  # to open a pipe would wait for a writer
            raise UserError(f"{path}: no such file; rerun Snakemake")
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            names = COLUMNS[:-1]  # lists published before 0.2.0 have no seals
            if missing := [name for name in names if name not in (reader.fieldnames or ())]:
                raise UserError(f"{path}: its first line does not name the column {missing[0]!r}")
            for row in reader:
                git = {"commit": row["commit"], "dirty": row["dirty"] == "True"}
                packages = dict(item.split("=", 1) for item in row["packages"].split())
                own = {"git": git if row["commit"] else None, "packages": packages}
                jobs[row["record"]] = {**row, **own}
    except (OSError, ValueError, AttributeError, csv.Error) as error:
        raise UserError(f"{path}: cannot be read ({error})") from None
    return jobs
