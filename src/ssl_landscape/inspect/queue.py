"""What SLURM says of a run's jobs, where there is a SLURM: squeue is asked once."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

WAITING = ("PENDING", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT")
OVER = ("BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY")
OVER += ("REVOKED", "TIMEOUT")
FORMAT = "%i|%T|%r|%M|%N|%e"
PATIENCE = 15  # seconds; squeue itself tries for about nine


@dataclass(frozen=True)
class Queued:
    """A job as squeue shows it.

    Attributes:
        state: SLURM's word, for example ``PENDING``.
        reason: why it waits, or how it ended.
        elapsed: how long it runs, as SLURM writes it.
        nodes: where.
        ended: when it ended; None for a job that has not.
    """

    state: str
    reason: str = ""
    elapsed: str = ""
    nodes: str = ""
    ended: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether it has not started, or is to start again."""
        return self.state in WAITING

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state in OVER


GONE = Queued("gone")  # SLURM forgets a job some minutes after its end


def ask(numbers: Iterable[str]) -> dict[str, Queued] | None:
    """Ask for SLURM's jobs with these numbers.

    Returns:
        Number -> job, ``GONE`` for one that SLURM does not know; None without an answer.
    """
    wanted = set(numbers)
    if not wanted or shutil.which("squeue") is None:
        return None
    command = ["squeue", "--noheader", "--states=all", "--user", str(os.getuid())]
    try:
        done = subprocess.run(
            [*command, "--format", FORMAT], capture_output=True, text=True, timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    known = {line.split("|")[0]: _read(line) for line in done.stdout.splitlines() if "|" in line}
    return {number: known.get(number, GONE) for number in wanted}


def _read(line: str) -> Queued:
    _, state, reason, elapsed, nodes, end = line.split("|", 5)
    job = Queued(state, reason, elapsed, nodes)
    if not job.over:
        return job  # its end is the limit of its time
    try:
        return Queued(state, reason, elapsed, nodes, datetime.fromisoformat(end))
    except ValueError:
        return job
