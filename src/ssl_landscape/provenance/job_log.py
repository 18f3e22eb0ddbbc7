"""What each job ran, when and on what, a line per job, as CSV: what a clone tells of its jobs."""

import csv
import io
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import hash_spec

COLUMNS = [*("record", "rule", "spec", "code", "start", "seconds", "peak_memory_mb", "attempt")]
COLUMNS += ["cpu", "device", "platform", "python", "packages", "commit", "dirty"]


def write_lines(records: dict[str, dict[str, Any]]) -> str:
    """Return a line per record, in the order of their names; hosts are left out."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for path, record in sorted(records.items()):
        git = record["git"] or {"commit": "", "dirty": ""}
        packages = " ".join(f"{name}={version}" for name, version in record["packages"].items())
        own = {"record": path, "spec": hash_spec(record["spec"]), "packages": packages}
        writer.writerow({"device": "", **record, **own, **git})
    return stream.getvalue()


def read_lines(path: Path) -> dict[str, dict[str, Any]]:
    """Return record -> what the record itself would tell of the job (``spec`` is its hash).

    Raises:
        UserError: the file cannot be read.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return {row["record"]: _facts(row) for row in csv.DictReader(stream)}
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise UserError(f"{path}: cannot be read ({error})") from None


def _facts(row: dict[str, str]) -> dict[str, Any]:
    git = {"commit": row["commit"], "dirty": row["dirty"] == "True"} if row["commit"] else None
    packages = dict(item.split("=", 1) for item in row["packages"].split())
    return {**row, "git": git, "packages": packages}
