"""The manifest: one line an artefact, with its hashes and where it comes from.

Nothing in it tells when or where it was made: equal results, equal bytes. Git has it, so that the
tracked figures and tables can be checked in a clone without the runs.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.io.files import write_text
from ssl_landscape.pipeline.jobs import hash_spec
from ssl_landscape.pipeline.plan import canonical
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.hashing import identity, is_whole, seal
from ssl_landscape.provenance.job_log import history

FORMAT = 1
NAMES = {"all": "manifest.json", "ablations": "manifest-ablations.json"}


def manifest_spec(graph: Graph, target: str) -> dict[str, Any]:
    """Name the records that a target's manifest is made from, and hash what they should say.

    Records that differ in the seed alone stand together: a command has no room for 600 paths.
    """
    records: dict[str, list[int]] = {}
    shared: dict[str, list[int]] = {}
    digest = hashlib.sha256()
    for job in sorted(graph.closure(target), key=lambda job: job.record):
        chosen = records if job.target == target else shared
        seed = re.search(r"/seed-(\d+)/", job.record)
        seeds = chosen.setdefault(re.sub(r"/seed-\d+/", "/seed-*/", job.record), [])
        seeds += [int(seed[1])] if seed else []
        digest.update(f"{job.record} {job.spec_hash} {job.code}\n".encode())
    return {"records": records, "shared": shared, "jobs": digest.hexdigest()[:16]}


def manifest_inputs(graph: Graph, target: str) -> list[str]:
    """Name the files that a target's manifest rests on, without the records."""
    return [file for job in graph.closure(target) for file in job.outputs]


def manifest_path(results: str, target: str) -> str:
    """Name a target's manifest."""
    return f"{results}/provenance/{NAMES[target]}"


def history_path(manifest: Path) -> Path:
    """Name the history of a manifest's jobs: ``jobs.csv`` beside ``manifest.json``."""
    return manifest.with_name(manifest.name.replace("manifest", "jobs")).with_suffix(".csv")


def write_manifest(spec: dict[str, Any], output: Path, jobs: Path) -> int:
    """Write a manifest from the records that the spec names; return the number of artefacts.

    Beside it goes what lasts in no artefact: when and on what the jobs ran.

    Raises:
        UserError: a record is missing or was changed, or a file is not as its record says.
    """
    known: dict[str, dict[str, Any]] = {}
    records = {
        path: _read_record(path) for kind in ("shared", "records") for path in _paths(spec[kind])
    }
    producer = {file: record for record in records.values() for file in record["outputs"]}

    def add(record: dict[str, Any]) -> None:
        for file in record["inputs"]:
            if file not in known and file in producer:
                add(producer[file])
        known.update({file: _line(file, record, known) for file in record["outputs"]})

    for record in records.values():
        if not all(file in known for file in record["outputs"]):
            add(record)
    listed = [file for path in _paths(spec["records"]) for file in records[path]["outputs"]]
    write_text(jobs, history({path: records[path] for path in _paths(spec["records"])}))
    own = {file: known[file] for file in sorted(listed)}
    write_text(output, _text(seal({"format": FORMAT, "artefacts": own})))
    return len(own)


def read_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest.

    Raises:
        UserError: it cannot be read, or was changed after it was made.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        whole = is_whole(content)
    except (OSError, ValueError, AttributeError) as error:
        raise UserError(f"{path}: cannot be read ({error}); let Snakemake make it") from None
    if not whole:
        raise UserError(f"{path}: was changed after it was made; delete it and make it again")
    return content


def _paths(records: dict[str, list[int]]) -> list[str]:
    return [
        pattern.replace("*", str(seed))
        for pattern, seeds in records.items()
        for seed in seeds or [0]
    ]


def _read_record(path: str) -> dict[str, Any]:
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; let Snakemake make it") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error}); {AGAIN}") from None
    if not isinstance(record, dict) or "outputs" not in record:
        raise UserError(f"{path}: is no record; {AGAIN}")
    if record.get("format", 1) > 1 and not is_whole(record):
        raise UserError(f"{path}: was changed after it was made; {AGAIN}")
    for file, recorded in record["outputs"].items():
        found = identity(Path(file)) if Path(file).exists() else {"sha256": "missing"}
        if found["sha256"] != recorded["sha256"]:
            raise UserError(f"{file}: is not as {path} says; {AGAIN}")
        recorded |= found  # the first format of records had no logical content
    return record


def _line(file: str, record: dict[str, Any], known: dict[str, dict]) -> dict[str, Any]:
    inputs = sorted(record["inputs"])
    # Its own rule is not in a record of the first format, which only training wrote.
    rule = record.get("rule", record["step"])
    line = {
        **record["outputs"][file],
        "rule": rule,
        "spec": hash_spec(record["spec"]),
        "code": record["code"],
        "inputs": inputs,
        "roots": sorted({root for name in inputs for root in known.get(name, {}).get("roots", [])}),
    }
    if rule == "dataset":
        line["roots"] = [Path(file).parent.as_posix()]
    # What an artefact is and all that it was made from, down to the datasets, in one hash.
    above = [
        known[name]["lineage"] if name in known else record["inputs"][name]["sha256"]
        for name in inputs
    ]
    said = line.get("content", line["sha256"])
    chain = canonical({"what": said, **{k: line[k] for k in ("rule", "spec", "code")}, "of": above})
    return {**line, "lineage": hashlib.sha256(chain.encode()).hexdigest()[:16]}


def _text(content: dict[str, Any]) -> str:
    lines = ",\n".join(
        f"  {json.dumps(file)}: {json.dumps(line)}" for file, line in content["artefacts"].items()
    )
    return (
        f'{{\n"format": {content["format"]},\n"artefacts": {{\n{lines}\n}},\n'
        f'"seal": "{content["seal"]}"\n}}\n'
    )
