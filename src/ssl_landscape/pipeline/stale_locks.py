"""Which Snakemake processes run in this folder, so that a killed one does not stop the next.

Snakemake's own lock outlives a ``kill -9``. Each Snakemake that executes jobs therefore also keeps
a note in ``.snakemake/running/`` under an operating system's lock (flock), which ends with the
process. It writes the note before Snakemake takes its lock. A lock on files of a results folder is
hence stale if a note about this folder is of a dead process, and none is of one that may be alive.
"""

import atexit
import contextlib
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

from ssl_landscape.pipeline.layout import STAGES

NOTES = Path(".snakemake") / "running"
LOCKS = Path(".snakemake") / "locks"

_held: list[TextIO] = []  # open until this process ends: closing a file ends its lock


def watch(workflow: Any, plan: Any) -> None:
    """Let this Snakemake register right before it executes jobs.

    ``snakemake -n``, ``--lint``, ``--report`` and the like execute none, and change nothing here.

    Args:
        workflow: Snakemake's workflow, while it reads the Snakefile.
        plan: what the config asks for.
    """
    if "--unlock" in sys.argv:
        for note in read_notes():
            if not note["alive"]:  # the user says that no other process runs
                note["path"].unlink(missing_ok=True)
    execute, results = workflow.execute, plan.results.as_posix()

    def registered(executor_plugin: Any, *arguments: Any, **settings: Any) -> Any:
        from snakemake.logging import logger

        if not executor_plugin.common_settings.dryrun_exec:
            for line in register(results):
                logger.warning(line)
        return execute(executor_plugin, *arguments, **settings)

    workflow.execute = registered


def register(results: str) -> list[str]:
    """Note that this process runs, and remove Snakemake's lock if its process is known to be dead.

    Args:
        results: the results folder that it builds.

    Returns:
        What the user should know, one line each. Where the file system has no locks nothing is
        done, and Snakemake's own lock stays as it is.
    """
    try:
        own = _write(results)  # first: of two that start at once, each sees the other
        others = [note for note in read_notes(results) if note["path"] != own]
        if any(note["alive"] is not False for note in others):
            return [sentence(note) for note in others if note["alive"] is not False]
        removed = _remove_locks(results) if others else 0
        for note in others:
            note["path"].unlink(missing_ok=True)
    except OSError:
        return []
    return ["A previous run was killed; its lock has been removed."] if removed else []


def read_notes(results: str | None = None) -> list[dict[str, Any]]:
    """Read the notes about a results folder, or about all, and change nothing.

    Returns:
        results, process, host, since, command and path of each; ``alive`` is None where that cannot
        be told from this machine.
    """
    notes = []
    for path in sorted(NOTES.glob("[!.]*.json")):
        with contextlib.suppress(FileNotFoundError, ValueError):  # its process has just ended
            note = json.loads(path.read_text(encoding="utf-8"))
            if results in (None, note["results"]):
                notes.append({**note, "path": path, "alive": _is_alive(path)})
    return notes


def sentence(note: dict[str, Any]) -> str:
    """Say what a note tells, for a reader."""
    who = f"process {note['process']} on {note['host']}, since {note['since']}: {note['command']}"
    if note["alive"]:
        return (
            f"another Snakemake process is already building {note['results']}/ ({who}); wait until "
            f"it has finished, or stop it: kill -INT {note['process']}"
        )
    if note["alive"] is None:
        return (
            f"another Snakemake process may be building {note['results']}/ ({who}); if it no "
            "longer runs on that machine: snakemake --unlock"
        )
    return f"a Snakemake process that was building {note['results']}/ was killed ({who})"


def _remove_locks(results: str) -> int:
    """Remove the locks on files of these results, not of a variant's; return their number."""
    folders = tuple(f"{results}/{stage}/" for stage in (*STAGES, "report", "provenance"))
    removed = 0
    for lock in LOCKS.glob("*.lock"):
        with contextlib.suppress(FileNotFoundError):
            files = lock.read_text(encoding="utf-8").splitlines()
            if any(file.startswith(folders) for file in files):
                lock.unlink()
                removed += 1
    return removed


def _is_alive(path: Path) -> bool | None:
    if path.name.rpartition("-")[0] != socket.gethostname():  # a node that shares the file system
        return None
    try:
        with path.open("r+", encoding="utf-8") as stream:  # NFS locks only what may be written
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        raise
    except OSError:  # another user's note, or no locks here
        return None
    return False


def _write(results: str) -> Path:
    command = shlex.join(["snakemake", *sys.argv[1:]])
    content = {
        "results": results,
        "process": os.getpid(),
        "host": socket.gethostname(),
        "since": f"{datetime.now():%d %b %H:%M}",
        "command": command if len(command) < 200 else f"{command[:197]}...",
    }
    NOTES.mkdir(parents=True, exist_ok=True)
    # Not named by the process: a container gives a killed one's number to the next.
    path = NOTES / f"{socket.gethostname()}-{uuid.uuid4().hex}.json"
    temporary = path.with_name(f".{path.name}")
    stream = temporary.open("w", encoding="utf-8")
    try:
        # Locked before it is seen under its name, so that nobody takes it for a dead process's.
        fcntl.flock(stream, fcntl.LOCK_EX)
        stream.write(json.dumps(content))
        stream.flush()
        temporary.rename(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    _held.append(stream)
    atexit.register(path.unlink, missing_ok=True)
    return path
