"""How long the rest of a run will take, by how long its jobs took so far."""

from datetime import datetime
from statistics import fmean

from ssl_landscape.inspect.snakelog import Job, RunLog


def seconds_left(log: RunLog, known: dict[str, float], now: datetime) -> float | None:
    """Estimate how long the jobs that are left will take.

    The mean time of a rule's finished jobs, times its jobs that are left; divided by how many jobs
    went on at a time so far.

    Args:
        log: the call of Snakemake.
        known: rule -> mean seconds of earlier jobs, used for a rule without a finished job.
        now: local time.

    Returns:
        Seconds, or None where nothing is known of any job that is left.
    """
    finished, running = log.in_state("done"), log.in_state("running")
    means = known | {rule: _mean(finished, rule) for rule in {job.rule for job in finished}}
    work, estimated = 0.0, False
    for rule, count in log.planned.items():
        over = sum(job.rule == rule for job in [*finished, *log.in_state("failed")])
        if rule in means and count > over:
            work, estimated = work + means[rule] * (count - over), True
    for job in running:
        if job.rule in means and job.start:
            work -= min((now - job.start).total_seconds(), means[job.rule])
    if not estimated:
        return None
    return work / _at_a_time(log, finished)


def _mean(jobs: list[Job], rule: str) -> float:
    return fmean(job.seconds for job in jobs if job.rule == rule)


def _at_a_time(log: RunLog, finished: list[Job]) -> float:
    """Say how many jobs went on at a time, on average: all their seconds by those of the clock."""
    elapsed = (log.last - log.start).total_seconds() if log.start and log.last else 0.0
    at_a_time = sum(job.seconds for job in finished) / elapsed if elapsed else 1.0
    return max(1.0, min(at_a_time, log.cores) if log.cores else at_a_time)


def in_words(seconds: float) -> str:
    """Write a length of time for a reader."""
    if seconds < 90:
        return f"{round(seconds)} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"
