"""Settings, inputs and code of records, against those of the config."""

import json
from collections.abc import Iterator
from typing import Any

from ssl_landscape.pipeline.code_roots import modules_of
from ssl_landscape.pipeline.jobs import Job, hash_spec
from ssl_landscape.provenance.checks.finding import Finding, some
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import Inventory


def check_settings(graph: Graph, found: Inventory) -> Iterator[Finding]:
    """Find records whose settings, code or inputs are not those of the current config."""
    for job in graph.jobs:
        record = found.facts(job)
        if not record:
            continue
        if hash_spec(record["spec"]) != job.spec_hash:
            yield Finding("settings", job.record, differences(record["spec"], job.spec))
        elif set(record["inputs"]) != set(job.inputs):
            names = sorted(set(record["inputs"]) ^ set(job.inputs))
            yield Finding("settings", job.record, f"other inputs: {some(names)}")
        elif record["code"] != job.code:
            what = changed_modules(record, job)
            yield Finding("code", job.record, f"made by code other than the current ({what})")
        for file in job.inputs:  # those that no rule makes have no record
            known = record["inputs"].get(file)
            if known and file not in graph.producer and found.hash(file) != known["sha256"]:
                yield Finding("inconsistent", file, f"was changed since {job.record}")


def differences(old: Any, new: Any) -> str:
    """Return how a spec differs from another one: ``key: old -> new``."""
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
    now, then = modules_of(job.rule, job.spec), record["modules"]
    names = sorted(m for m in now.keys() | then.keys() if now.get(m) != then.get(m))
    return some([name.removeprefix("ssl_landscape.") for name in names]) or "published numbers"
