"""Settings, inputs and code of records, against those of the config."""

import json
from collections.abc import Iterator
from typing import Any

from ssl_landscape.pipeline.code_roots import modules_of
from ssl_landscape.pipeline.jobs import Job, hash_spec
from ssl_landscape.provenance.checks.finding import Finding, some
from ssl_landscape.provenance.graph import Graph, is_kept
from ssl_landscape.provenance.inventory import Evidence


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
            yield Finding("settings", job.record, f"other inputs: {some(names)}")
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
    pairs = _flat(json.loads(json.dumps(old))), _flat(json.loads(json.dumps(new)))
    keys = [
        key
        for key in dict.fromkeys([*pairs[0], *pairs[1]])
        if pairs[0].get(key, ...) != pairs[1].get(key, ...)
    ]
    return some([f"{k}: {pairs[0].get(k, 'absent')} -> {pairs[1].get(k, 'absent')}" for k in keys])


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
    now, then = modules_of(job.rule, job.spec), record.get("modules")
    if then is None:
        return f"{record['code']}, now {job.code}"
    names = sorted(m for m in now.keys() | then.keys() if now.get(m) != then.get(m))
    return some([name.removeprefix("ssl_landscape.") for name in names]) or "published numbers"


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
    return some(names) or "nothing"
