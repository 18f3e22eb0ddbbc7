"""Attempts of a job that did not succeed, noted until one does.

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
MOST_BYTES = 2**24  # of a note


class Attempt:
    """This process's attempt at a job."""

    def __init__(self, record: Path, results: Path) -> None:
        """Read the notes of earlier attempts, in the folder of the results."""
        self.path = _note_of(record, results)
        self.earlier = read_attempts(self.path)
        self.this = {"start": _now(), **_process()}

    def begin(self) -> None:
        """Note that it has begun."""
        self._write([*self.earlier, self.this])

    def fail(self, error: BaseException) -> None:
        """Note why it failed, if it had begun and no later attempt has succeeded."""
        noted = read_attempts(self.path)
        if self.this in noted:
            text = f"{type(error).__name__}: {error}".splitlines()[0]
            noted[noted.index(self.this)] = {**self.this, "end": _now(), "error": text}
            self._write(noted)

    def succeed(self) -> None:
        """Drop the notes: from now on the record has them."""
        self.path.unlink(missing_ok=True)

    def _write(self, attempts: list[dict[str, Any]]) -> None:
        lines = [json.dumps(attempt, ensure_ascii=False) for attempt in attempts]
        write_text(self.path, "\n".join(lines) + "\n")


def read_attempts(note: Path) -> list[dict[str, Any]]:
    """Read a job's notes; none if there is no such file, or a damaged one."""
    try:
        is_note = note.is_file() and note.stat().st_size <= MOST_BYTES
        lines = note.read_text(encoding="utf-8").splitlines() if is_note else []
        attempts = [json.loads(line) for line in lines]
        sound = all(isinstance(a, dict) and isinstance(a.get("start"), str) for a in attempts)
    except (OSError, ValueError, RecursionError):  # no reason to refuse the job
        return []
    return attempts if sound else []


def check_is_latest(record: Path, results: Path) -> None:
    """Refuse to go on in a job that outlived its Snakemake (killed), where a later one has begun.

    Raises:
        UserError: the job's last attempt is not this process's.
    """
    noted = read_attempts(_note_of(record, results))
    is_last = bool(noted) and noted[-1].items() >= _process().items()
    if not is_last and (noted or record.exists()):
        raise UserError(
            f"{record.parent}: a later process is making the same files; this one stops"
        )


def _note_of(record: Path, results: Path) -> Path:
    return results / FOLDER / record.relative_to(results).with_suffix(".jsonl")


def _process() -> dict[str, Any]:
    where = machine()
    return {"host": where["host"], "slurm_job": where["slurm_job"], "process": os.getpid()}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
