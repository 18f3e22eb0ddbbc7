"""Which Snakemake builds a results folder, so that a killed one does not stop the next.

Snakemake's own lock outlives a ``kill -9``. Each Snakemake that executes jobs therefore also keeps
a note in ``.snakemake/running/`` under an operating system's lock (flock), which ends with the
process. It writes the note before Snakemake takes its lock. A lock on files of a results folder is
hence stale if there is a note about this folder, and its process is dead.
"""

import atexit
import contextlib
import fcntl
import json
import os
import shlex
import socket
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from ssl_landscape.pipeline.layout import STAGES

NOTES = Path(".snakemake") / "running"
LOCKS = Path(".snakemake") / "locks"


def watch(workflow: Any, plan: Any) -> None:
    """Let this Snakemake register right before it executes jobs; not those inside SLURM's jobs.

    ``snakemake -n``, ``--lint``, ``--report`` and the like execute none, and change nothing here.
    """
    execute, results = workflow.execute, plan.results.as_posix()
    if not workflow.is_main_process:
        return
    if "--unlock" in sys.argv and (note := read_note(results)) and not note["alive"]:
        note_of(results).unlink(missing_ok=True)  # the user says that no other process runs

    def registered(executor_plugin: Any, *arguments: Any, **settings: Any) -> Any:
        from snakemake.logging import logger

        if not executor_plugin.common_settings.dryrun_exec and (said := register(results)):
            logger.warning(said)
        return execute(executor_plugin, *arguments, **settings)

    workflow.execute = registered


def register(results: str) -> str:
    """Note that this process builds ``results``; remove the lock of a process known to be dead.

    Returns what the user should know, if anything. Where the file system has no locks nothing is
    done, and Snakemake's own lock stays as it is.
    """
    try:
        before, path = read_note(results), note_of(results)
        if before and before["alive"] is not False:
            return sentence(before)
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a", encoding="utf-8")
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        atexit.register(stream.close)  # not before: closing a file ends its lock
        atexit.register(path.unlink, missing_ok=True)
        removed = before is not None and _remove_locks(results)
        stream.truncate(0)
        note = {
            "results": results,
            "process": os.getpid(),
            "host": socket.gethostname(),
            "since": f"{datetime.now():%d %b %H:%M}",
            "command": shlex.join(["snakemake", *sys.argv[1:]])[:200],
        }
        stream.write(json.dumps(note))
        stream.flush()
    except OSError:
        return ""
    return "A previous run was killed; its lock has been removed." if removed else ""


def note_of(results: str) -> Path:
    """Return the path of the note about a results folder."""
    return NOTES / f"{results.replace('/', '.')}.json"


def read_note(results: str) -> dict[str, Any] | None:
    """Read the note about a results folder, if there is one, and change nothing.

    Its ``alive`` is None where that cannot be told from this machine.
    """
    path = note_of(results)
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # empty: it starts just now, and has locked nothing
        return None
    here = note["host"] == socket.gethostname()  # else a node that shares the file system
    return {**note, "alive": _is_locked(path) if here else None}


def sentence(note: dict[str, Any]) -> str:
    """Say what a note tells, for a reader."""
    said = {
        True: "another Snakemake process is already building {results}/ ({who}); wait until it has "
        "finished, or stop it: kill -INT {process}",
        None: "another Snakemake process may be building {results}/ ({who}); if it no longer runs "
        "on that machine: snakemake --unlock",
        False: "a Snakemake process that was building {results}/ was killed ({who})",
    }
    who = "process {process} on {host}, since {since}: {command}".format(**note)
    return said[note["alive"]].format(who=who, **note)


def _is_locked(path: Path) -> bool | None:
    try:
        with path.open("r+", encoding="utf-8") as stream:  # NFS locks only what may be written
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:  # None: another user's note, or no locks here
        return True if isinstance(error, BlockingIOError) else None
    return False


def _remove_locks(results: str) -> bool:
    """Remove the locks on files of these results, not of a variant's; return whether any was."""
    folders = tuple(f"{results}/{stage}/" for stage in (*STAGES, "report", "provenance"))
    removed = False
    for lock in LOCKS.glob("*.lock"):
        with contextlib.suppress(FileNotFoundError):
            if any(f.startswith(folders) for f in lock.read_text(encoding="utf-8").splitlines()):
                lock.unlink()
                removed = True
    return removed
