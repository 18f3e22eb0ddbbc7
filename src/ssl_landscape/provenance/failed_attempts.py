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
_RUNNING: dict[Path, "Attempts"] = {}  # record -> this process's attempt


class Attempts:
    """The attempts of the job with this record."""

    def __init__(self, record: Path, results: Path | None) -> None:
        """Read the notes of earlier attempts.

        Args:
            record: the job's record.
            results: the folder of the results, which holds the notes; None keeps none, as does a
                record outside of it.
        """
        self.path, self.record = _note_of(record, results), record
        self.earlier = read_attempts(self.path) if self.path else []
        self.this: dict[str, Any] | None = None

    @property
    def number(self) -> int:
        """The number of this attempt, from 1."""
        return len(self.earlier) + 1

    def begin(self) -> None:
        """Note that an attempt has begun."""
        where = machine()
        here = {"host": where["host"], "slurm_job": where["slurm_job"], "process": os.getpid()}
        self.this = {"start": _now(), **here}
        self._write([*self.earlier, self.this])
        _RUNNING[self.record] = self

    def fail(self, error: BaseException) -> None:
        """Note why it failed, if it had begun and no later attempt has succeeded."""
        noted = read_attempts(self.path) if self.path else []
        if self.this is None or self.this not in noted:
            return
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        noted[noted.index(self.this)] = {**self.this, "end": _now(), "error": text}
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
    running = _RUNNING.get(record)
    if running is None or running.path is None:
        return
    noted = read_attempts(running.path)
    if noted[-1:] != [running.this] and (noted or record.exists()):
        raise UserError(
            f"{record.parent}: a later process is making the same files; this one stops"
        )


def _note_of(record: Path, results: Path | None) -> Path | None:
    if results is None or not record.is_relative_to(results):
        return None
    return results / FOLDER / record.relative_to(results).with_suffix(".jsonl")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
