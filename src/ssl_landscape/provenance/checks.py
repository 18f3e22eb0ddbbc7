"""What an audit looks at; each check yields what it finds."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssl_landscape.provenance.evidence import Evidence
from ssl_landscape.provenance.graph import Graph, Job, hash_spec, is_kept
from ssl_landscape.provenance.manifest import NAMES, manifest_path

PROBLEM, REMARK = "problem", "remark"


@dataclass(frozen=True)
class Finding:
    """One thing found: what kind, of which file (from the repository's root), and what about it."""

    kind: str
    subject: str
    detail: str
    weight: str = PROBLEM


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

    from ssl_landscape.provenance.content import logical_hash

    try:
        same = logical_hash(Path(file)) == known["content"]
    except (pa.ArrowException, OSError):
        return "; it is no longer readable"
    return "; its logical content is the same" if same else ""


def check_settings(graph: Graph, found: Evidence) -> Iterator[Finding]:
    """Records whose settings, code or inputs are not those of the current config."""
    for job in graph.jobs:
        record = found.records.get(job.record)
        if record is None:
            yield from _check_manifest_line(job, found)
            continue
        if hash_spec(record["spec"]) != job.spec_hash:
            yield Finding("settings", job.record, differences(record["spec"], job.spec))
        elif set(record["inputs"]) != set(job.inputs):
            names = sorted(set(record["inputs"]) ^ set(job.inputs))
            yield Finding("settings", job.record, f"other inputs: {_some(names)}")
        elif record["code"] != job.code:
            what = changed_modules(record, job)
            yield Finding("code", job.record, f"made by other code than the current ({what})")
        yield from _check_other_inputs(job, record, graph, found)


def _check_manifest_line(job: Job, found: Evidence) -> Iterator[Finding]:
    """Where there is no record, the manifest tells of settings and code."""
    for file in job.outputs:
        line = found.manifest.get(file)
        if line is None or file not in found.files:
            continue
        if line["spec"] != job.spec_hash:
            yield Finding("settings", file, "made with other settings than the config's")
        elif line["code"] != job.code:
            yield Finding("code", file, "made by other code than the current")


def _check_other_inputs(
    job: Job, record: dict[str, Any], graph: Graph, found: Evidence
) -> Iterator[Finding]:
    for file, identity in record["inputs"].items():
        made = file in graph.producer or file not in job.inputs
        if not made and found.hash(file) != identity["sha256"]:
            yield Finding("inconsistent", file, f"was changed since {job.record}")


def differences(old: Any, new: Any) -> str:
    """Say how a spec differs from another one: ``key: old -> new``."""
    import json

    pairs = _flat(json.loads(json.dumps(old))), _flat(json.loads(json.dumps(new)))
    keys = [
        key
        for key in dict.fromkeys([*pairs[0], *pairs[1]])
        if pairs[0].get(key, ...) != pairs[1].get(key, ...)
    ]
    return _some([f"{k}: {pairs[0].get(k, 'absent')} -> {pairs[1].get(k, 'absent')}" for k in keys])


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    if isinstance(value, dict) and value:
        return {
            k: v for key, part in value.items() for k, v in _flat(part, f"{prefix}{key}.").items()
        }
    if isinstance(value, list) and value:
        items = enumerate(value, 1)
        return {k: v for n, part in items for k, v in _flat(part, f"{prefix}{n}.").items()}
    return {prefix.removesuffix("."): value}


def changed_modules(record: dict[str, Any], job: Job) -> str:
    """Name the modules whose code has changed since a record, as far as it tells."""
    from ssl_landscape.provenance.code import modules_of

    now, then = modules_of(job.rule, job.spec), record.get("modules")
    if then is None:
        return f"{record['code']}, now {job.code}"
    names = sorted(m for m in now.keys() | then.keys() if now.get(m) != then.get(m))
    return _some([name.removeprefix("ssl_landscape.") for name in names]) or "published numbers"


def check_code(graph: Graph, found: Evidence) -> Iterator[Finding]:
    """Runs of one model, and so inputs of one figure, that were made by different code."""
    codes: dict[str, dict[str, list[Job]]] = {}
    for job in graph.jobs:
        if job.rule == "train" and job.record in found.records:
            by_code = codes.setdefault(job.spec["model"], {})
            by_code.setdefault(found.records[job.record]["code"], []).append(job)
    for model, by_code in codes.items():
        if len(by_code) < 2:
            continue
        usual = max(by_code, key=lambda code: (len(by_code[code]), code))
        for code in by_code.keys() - {usual}:
            for job in by_code[code]:
                detail = (
                    f"code {code}, other runs of {model} {usual}; shown in {shown_in(graph, job)}"
                )
                yield Finding("mixed code", job.record, detail)


def shown_in(graph: Graph, job: Job) -> str:
    """Name the figures, tables and reports that a job's results stand in."""
    names = [
        one.name or one.rule
        for one in graph.downstream(job)
        if is_kept(one.outputs[0], graph.results)
    ]
    return _some(names) or "nothing"


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


def check_claims(graph: Graph, found: Evidence) -> Iterator[Finding]:
    """Files that no rule makes; runs left out of the grid; seeds that the config leaves out."""
    own = {"logs", "timings", "provenance", "benchmarks"}
    excluded = set()
    for file in sorted(found.files - graph.producer.keys()):
        stage, *rest = Path(file).relative_to(graph.results).parts
        if stage in own:
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


def _folder(job: Job) -> str:
    return Path(job.record).parent.as_posix()


def _some(items: list[str], most: int = 4) -> str:
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(map(str, items[:most])) + more


CHECKS = (
    check_files,
    check_manifest,
    check_settings,
    check_code,
    check_machines,
    check_attempts,
    check_claims,
)
