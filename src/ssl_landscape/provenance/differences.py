"""In what a job, as the config asks for it, differs from its record."""

import json
from typing import Any

from ssl_landscape.pipeline.code_roots import modules_of
from ssl_landscape.pipeline.jobs import Job


def some(items: list[str], most: int = 4) -> str:
    """List the first of some items, and how many there are besides."""
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more


def changed_settings(record: dict[str, Any], job: Job) -> str:
    """Return how a job's spec differs from its record's: ``key: old -> new``."""
    old, new = _flat(record["spec"]), _flat(json.loads(json.dumps(job.spec)))
    keys = [key for key in old | new if old.get(key, ...) != new.get(key, ...)]
    return some([f"{k}: {old.get(k, 'absent')} -> {new.get(k, 'absent')}" for k in keys])


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """Return dotted key -> value."""
    if not value or not isinstance(value, dict | list):
        return {prefix.removesuffix("."): value}
    items = value.items() if isinstance(value, dict) else enumerate(value, 1)
    return {k: v for key, part in items for k, v in _flat(part, f"{prefix}{key}.").items()}


def changed_modules(record: dict[str, Any], job: Job) -> str:
    """Name the modules whose code has changed since a record, as far as it tells."""
    now, then = modules_of(job.rule, job.spec), record["modules"]
    names = sorted(m for m in now.keys() | then.keys() if now.get(m) != then.get(m))
    return some([name.removeprefix("ssl_landscape.") for name in names]) or "published numbers"
