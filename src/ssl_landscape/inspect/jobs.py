"""What is said of one job: waiting, running, failed; by Snakemake's log, its own log, and SLURM."""

import re
from datetime import datetime
from pathlib import Path

from ssl_landscape.inspect.queue import GONE, Queued
from ssl_landscape.inspect.snakelog import Job
from ssl_landscape.inspect.time_left import in_words

KILLED = re.compile(r"^slurmstepd: error: (.*)$", re.MULTILINE)  # by SLURM, with its reason


def running(folder: Path, job: Job, now: datetime, queued: Queued | None) -> str:
    """Describe a job that Snakemake has started or submitted.

    Args:
        folder: the project's root.
        job: the job, as Snakemake's log has it.
        now: local time.
        queued: the job as SLURM has it; None without SLURM, or where it does not answer.
    """
    text = f"  {_name(job)}"
    if queued and queued.waits:
        reason = f" ({queued.reason})" if queued.reason not in ("", "None") else ""
        return f"{text}: waits in SLURM's queue{reason}"
    if queued and queued is GONE:
        return f"{text}: SLURM does not know it any more"
    if queued and queued.over:
        return f"{text}: {queued.state} in SLURM, Snakemake has not looked since"
    if job.log and not _has_begun(folder / job.log, job):
        return f"{text}: " + (f"starts on {queued.nodes}" if queued else "waits to start")
    last = last_line(folder / job.log) if job.log else ""
    progress = re.search(r"epoch \d+/\d+", last)
    since = in_words((now - job.start).total_seconds()) if job.start else "?"
    since = f"on {queued.nodes} since {queued.elapsed}" if queued else f"{since} so far"
    return f"{text}: {progress[0] + ', ' if progress else ''}{since}"


def failed(folder: Path, job: Job) -> str:
    """Say why a job failed, and where its logs are; SLURM's reason comes first."""
    reason = last_line(folder / job.log) if job.log else ""
    reason = re.sub(r"^ssl-landscape [\w -]+: error: ", "", reason)
    logs = [f"\n    log: {job.log or 'none'}"]
    if job.slurm_log:
        found = KILLED.findall(_read(folder / job.slurm_log))
        reason = found[-1].strip("* ") if found else reason
        logs.append(f"\n    SLURM's log: {_relative(job.slurm_log, folder)}")
    if job.slurm_state:
        reason = f"SLURM says {job.slurm_state}" + (f"; {reason}" if reason else "")
    return f"  {_name(job)}: {reason or 'no message'}{''.join(logs)}"


def last_line(path: Path) -> str:
    """Return the last line of a log that says something, without its time."""
    said = [part for line in _read(path).split("\n") for part in line.split("\r") if part.strip()]
    return re.sub(r"^\d{4}-\d\d-\d\d [\d:,]+ ", "", said[-1]).strip() if said else ""


def _name(job: Job) -> str:
    text = f"{job.rule} {job.name}".rstrip()
    return text + (f" [SLURM {job.slurm}]" if job.slurm else "")


def _has_begun(log: Path, job: Job) -> bool:
    """Return whether a job's own log is of this start, and not of an earlier one."""
    earliest = job.start.timestamp() - 1 if job.start else 0.0  # Snakemake writes whole seconds
    return log.is_file() and log.stat().st_mtime >= earliest


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _relative(path: Path, folder: Path) -> Path:
    folder = folder.resolve()
    return path.relative_to(folder) if path.is_relative_to(folder) else path
