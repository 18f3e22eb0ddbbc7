"""The manifest: every artefact with its hashes; beside it ``jobs.csv``, what made them.

Nothing in the manifest tells how, when or where an artefact was made: equal results, equal bytes.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.experiment.seeds import compact, expand
from ssl_landscape.io.files import write_text
from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.hashing import read_sealed, seal, sha256
from ssl_landscape.provenance.job_log import write_lines
from ssl_landscape.provenance.record import read_record

FORMAT = 2
ENDINGS = {"all": "", "ablations": "-ablations"}  # target -> ending of its files' names


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
    """Return the job that writes a target's manifest.

    Its record has no inputs: the manifest lists them with their hashes.
    """
    stem, ending = f"{graph.results}/provenance", ENDINGS[target]
    outputs = f"{stem}/manifest{ending}.json", f"{stem}/jobs{ending}.csv"
    record = f"{stem}/manifest{ending}.record.json"
    return Job(target, "manifest", ending[1:], manifest_spec(graph, target), (), outputs, record)


def write_manifest(spec: dict[str, Any], inputs: list[Path], outputs: list[Path]) -> dict[str, int]:
    """Write a manifest and its list of jobs from the records that the spec names.

    Args:
        spec: as :func:`manifest_spec` returns it.
        inputs: none; the spec names the records.
        outputs: ``manifest.json`` and ``jobs.csv``.

    Returns:
        The number of artefacts, for the record.

    Raises:
        UserError: a record is missing or was altered, or a file does not match its record.
    """
    records = {path: read_record(Path(path)) for path in _paths(spec["records"])}
    artefacts = {}
    for path, record in records.items():
        for file, recorded in record["outputs"].items():
            if not Path(file).is_file():
                raise UserError(f"{file}: no such file; rerun Snakemake")
            if sha256(Path(file)) != recorded["sha256"]:
                raise UserError(f"{file}: does not match the hash recorded in {path}; {AGAIN}")
            artefacts[file] = recorded
    content = seal({"format": FORMAT, "artefacts": dict(sorted(artefacts.items()))})
    write_text(outputs[0], _text(content))
    write_text(outputs[1], write_lines(records))
    return {"artefacts": len(artefacts)}


def read_manifest(path: Path) -> dict[str, dict[str, Any]]:
    """Return what a manifest lists: file -> sha256, bytes and, for Parquet, content.

    Raises:
        UserError: it cannot be read, was altered, or has another format.
    """
    return read_sealed(path, FORMAT)["artefacts"]


def _paths(records: dict[str, str]) -> list[str]:
    return [
        pattern.replace("*", str(seed))
        for pattern, seeds in records.items()
        for seed in (expand(seeds) or [0])
    ]


def _text(content: dict[str, Any]) -> str:
    """Write a line per artefact."""
    lines = ",\n".join(
        f"  {json.dumps(file)}: {json.dumps(known)}" for file, known in content["artefacts"].items()
    )
    return (
        f'{{\n"format": {content["format"]},\n"artefacts": {{\n{lines}\n}},\n'
        f'"seal": "{content["seal"]}"\n}}\n'
    )
