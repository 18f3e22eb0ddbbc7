"""Which Snakemake processes run in this folder, so that a killed one does not stop the next.

Snakemake's own lock outlives a ``kill -9``. Each process therefore also keeps a note in
``.snakemake/running/`` under an operating system's lock (flock), which ends with the process.
Snakemake's locks on files of no living process are removed.
"""

import atexit
import fcntl
import json
import os
import shlex
import socket
import sys
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

NOTES = Path(".snakemake") / "running"
LOCKS = Path(".snakemake") / "locks"

_held: list[TextIO] = []  # open until this process ends: closing a file ends its lock


def register(results: str, unlock: bool) -> list[str]:
    """Note that this process runs, and remove Snakemake's lock if those that made it are dead.

    Args:
        results: the folder that it writes to.
        unlock: whether the user says that no other process runs (``snakemake --unlock``).

    Returns:
        What the user should know, a line each. Where the file system has no locks nothing is done,
        and Snakemake's own lock stays as it is.
    """
    try:
        others = [note for note in map(_read, NOTES.glob("[!.]*.json")) if note]
        if unlock:
            for note in [note for note in others if not note["alive"]]:
                note["path"].unlink(missing_ok=True)
                others.remove(note)
        _write(results)
    except (OSError, ValueError):
        return []
    said = [_sentence(note) for note in others if note["results"] == results]
    if not unlock and _remove_locks([f"{note['results']}/" for note in others]):
        said.append("An earlier run here was killed; its lock is removed.")
    return said


def _remove_locks(alive: list[str]) -> int:
    """Remove the locks on no file in the folders of those that may be alive; say how many."""
    removed = 0
    for lock in LOCKS.glob("*.lock"):
        files = lock.read_text(encoding="utf-8").splitlines()
        if not any(file.startswith(folder) for file in files for folder in alive):
            lock.unlink(missing_ok=True)
            removed += 1
    return removed


def _read(path: Path) -> dict[str, Any] | None:
    """Read a note; remove it if its process is dead. ``alive`` is None where nobody can tell."""
    host = path.name.rpartition("-")[0]
    if host != socket.gethostname():  # another node of a cluster, on a shared file system
        return {**_content(path), "alive": None}
    with path.open("r+", encoding="utf-8") as stream:  # NFS locks only what may be written
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return {**_content(path), "alive": True}
        path.unlink(missing_ok=True)
    return None


def _content(path: Path) -> dict[str, Any]:
    return {**json.loads(path.read_text(encoding="utf-8")), "path": path}


def _write(results: str) -> None:
    command = shlex.join(["snakemake", *sys.argv[1:]])
    content = {
        "results": results,
        "process": os.getpid(),
        "host": socket.gethostname(),
        "since": f"{datetime.now():%d %b %H:%M}",
        "command": command if len(command) < 200 else f"{command[:197]}...",
    }
    NOTES.mkdir(parents=True, exist_ok=True)
    path = NOTES / f"{socket.gethostname()}-{os.getpid()}.json"
    temporary = path.with_name(f".{path.stem}.{uuid.uuid4().hex}{path.suffix}")
    stream = temporary.open("w", encoding="utf-8")
    # Locked before it is seen under its name, so that nobody takes it for a dead process's.
    fcntl.flock(stream, fcntl.LOCK_EX)
    stream.write(json.dumps(content))
    stream.flush()
    temporary.rename(path)
    _held.append(stream)
    atexit.register(path.unlink, missing_ok=True)


def _sentence(note: dict[str, Any]) -> str:
    who = f"process {note['process']} on {note['host']}, since {note['since']}: {note['command']}"
    if note["alive"]:
        return (
            f"Snakemake already makes {note['results']} ({who}). Wait until it has ended, or end "
            f"it with: kill -INT {note['process']}"
        )
    return (
        f"Snakemake makes {note['results']}, or was killed ({who}). If it does not run on that "
        "machine any more: snakemake --unlock"
    )
