"""Attempts of a job that did not succeed, kept until one does.

Snakemake keeps nothing of a failed job. A job notes its start before it does anything, and the note
goes when its record is written; what is left tells of jobs that failed or were killed.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError
from ssl_landscape.io.files import write_text
from ssl_landscape.provenance.environment import machine

FOLDER = Path("logs") / "attempts"
STAGES = (
    "datasets",
    "runs",
    "metrics",
    "figures",
    "tables",
    "ablations",
    "theory",
    "fidelity",
    "provenance",
    "report",
)


class Attempts:
    """The attempts of the job with this record."""

    def __init__(self, record: Path) -> None:
        self.path = _note_of(record)
        self.earlier = read_attempts(self.path) if self.path else []
        self.this: dict[str, Any] | None = None

    @property
    def number(self) -> int:
        """The number of this attempt, from 1."""
        return len(self.earlier) + 1

    def begin(self) -> None:
        """Note that an attempt has begun."""
        where = machine()
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.this = {
            "start": now,
            "host": where["host"],
            "slurm_job": where["slurm_job"],
            "process": os.getpid(),
        }
        self._write([*self.earlier, self.this])

    def fail(self, error: BaseException) -> None:
        """Note why it failed, if it had begun and no later attempt has succeeded."""
        noted = read_attempts(self.path) if self.path else []
        if self.this is None or self.this not in noted:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        noted[noted.index(self.this)] = {**self.this, "end": now, "error": text}
        self._write(noted)

    def succeed(self) -> None:
        """Drop the notes: from now on the record has them."""
        if self.path:
            self.path.unlink(missing_ok=True)

    def _write(self, attempts: list[dict[str, Any]]) -> None:
        if self.path:
            lines = [json.dumps(attempt, ensure_ascii=False) for attempt in attempts]
            write_text(self.path, "\n".join(lines) + "\n")


def read_attempts(note: Path) -> list[dict[str, Any]]:
    """Read a job's notes; none if there is no such file."""
    try:
        return [json.loads(line) for line in note.read_text(encoding="utf-8").splitlines()]
    except (FileNotFoundError, ValueError):  # none, or damaged: no reason to refuse the job
        return []


def check_is_latest(record: Path) -> None:
    """Refuse to go on in a job that outlived its Snakemake (killed), where a later one has begun.

    Raises:
        UserError: the job's last attempt is not this process's.
    """
    note = _note_of(record)
    if note is None:
        return
    noted = read_attempts(note)
    here = machine()["host"], os.getpid()
    latest = (noted[-1]["host"], noted[-1].get("process")) == here if noted else False
    if not latest and (noted or record.exists()):
        raise UserError(
            f"{record.parent}: a later process makes the same files; this one leaves them to it"
        )


def results_of(path: Path) -> Path | None:
    """Return the folder of the results that a path inside it belongs to, by its layout."""
    for folder in path.parents:
        if folder.name in STAGES:
            root = folder.parent
            return root.parent if root.name == "report" else root  # report/fidelity, say
    return None


def _note_of(record: Path) -> Path | None:
    root = results_of(record)
    return root / FOLDER / record.relative_to(root).with_suffix(".jsonl") if root else None
