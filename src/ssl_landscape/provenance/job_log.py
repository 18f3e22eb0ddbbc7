"""When and on what jobs ran, a line a job: what a clone without the records can still tell."""

import csv
import io
from pathlib import Path
from typing import Any

COLUMNS = (
    "record",
    "start",
    "seconds",
    "peak_memory_mb",
    "attempt",
    "cpu",
    "device",
    "platform",
    "python",
    "packages",
    "commit",
    "dirty",
)


def history(records: dict[str, dict[str, Any]]) -> str:
    """Write the lines as CSV, in the order of the records' names; hosts are left out."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for path, record in sorted(records.items()):
        git = record["git"] or {"commit": "", "dirty": ""}
        known = {name: record.get(name, "") for name in COLUMNS}
        packages = " ".join(f"{name}={version}" for name, version in record["packages"].items())
        writer.writerow({**known, "record": path, "packages": packages, **git})
    return stream.getvalue()


def read_history(path: Path) -> dict[str, dict[str, Any]]:
    """Read them: record -> what a record itself would tell of its machine; none without a file."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {row["record"]: _made(row) for row in rows}


def _made(row: dict[str, str]) -> dict[str, Any]:
    git = {"commit": row["commit"], "dirty": row["dirty"] == "True"} if row["commit"] else None
    packages = dict(item.split("=", 1) for item in row["packages"].split())
    return {**row, "git": git, "packages": packages, "host": "a host not told here"}
