"""What Snakemake's own log says of its jobs: started, finished, failed, and how long they took."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import fmean

LOGS = Path(".snakemake") / "log"
LOCKS = Path(".snakemake") / "locks"

_TIME = re.compile(r"^\s*\[(\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4})\]")
_START = re.compile(r"^\s*(?:local)?(?:rule|checkpoint) (\w+):$")
_ERROR = re.compile(r"^\s*Error in rule (\w+):$")
_FIELD = re.compile(r"^\s+(jobid|wildcards|log): (.*)$")
_FINISHED = re.compile(r"^Finished jobid: (\d+)")
_RESTART = re.compile(r"^Trying to restart job (\d+)")
_SUBMITTED = re.compile(r"Job (\d+) has been submitted with SLURM jobid (\d+)")
_STEPS = re.compile(r"^(\d+) of (\d+) steps")
_COUNT = re.compile(r"^(\w+) +(\d+)$")


@dataclass
class Job:
    """A job as the log shows it.

    Attributes:
        rule: its rule.
        number: Snakemake's jobid.
        name: the values of its wildcards, joined by blanks.
        log: its own log file, if it has one.
        state: ``running`` (started or submitted), ``done`` or ``failed``.
        start, end: when Snakemake wrote so; for a cluster, the time of submission.
        slurm: SLURM's number of the job, where it was submitted on its own.
    """

    rule: str
    number: str = ""
    name: str = ""
    log: Path | None = None
    state: str = "running"
    start: datetime | None = None
    end: datetime | None = None
    slurm: str = ""

    @property
    def seconds(self) -> float:
        """How long it took, if it is done."""
        return (self.end - self.start).total_seconds() if self.start and self.end else 0.0


@dataclass
class RunLog:
    """One call of Snakemake."""

    path: Path
    command: str = ""
    cores: int = 0  # 0: jobs went to a cluster
    start: datetime | None = None
    last: datetime | None = None  # the newest time in the log
    ended: bool = False
    failed: bool = False
    planned: dict[str, int] = field(default_factory=dict)  # rule -> jobs
    done: int = 0
    total: int = 0
    jobs: dict[str, Job] = field(default_factory=dict)

    def in_state(self, state: str) -> list[Job]:
        """Give the jobs in a state, in the order in which they started."""
        return [job for job in self.jobs.values() if job.state == state]


def newest_log(folder: Path) -> RunLog | None:
    """Read the newest log under ``folder`` that ran jobs; None where there is none."""
    for path in sorted((folder / LOGS).glob("*.snakemake.log"), reverse=True):
        log = read_log(path)
        if log.planned:
            return log
    return None


def read_log(path: Path) -> RunLog:
    """Read a log of Snakemake 9; lines that say nothing of jobs are passed over."""
    log = RunLog(path)
    reader = _Reader(log)
    with path.open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            reader.read(line.rstrip("\n"))
    reader.close_job()
    return log


class _Reader:
    """Reads a log line by line; a job's fields follow the line with its rule."""

    def __init__(self, log: RunLog) -> None:
        self.log = log
        self.time: datetime | None = None
        self.job: Job | None = None
        self.counting = False

    def read(self, line: str) -> None:
        if found := _TIME.match(line):
            self.close_job()
            self.time = datetime.strptime(found[1], "%a %b %d %H:%M:%S %Y")
            self.log.start = self.log.start or self.time
            self.log.last = self.time
        elif found := _START.match(line):
            self.close_job()
            self.job = Job(found[1], start=self.time)
        elif found := _ERROR.match(line):
            self.close_job()
            self.job = Job(found[1], state="failed", end=self.time)
        elif self.job and (found := _FIELD.match(line)):
            self._field(found[1], found[2])
        else:
            self._other(line)

    def _field(self, key: str, value: str) -> None:
        if key == "jobid":
            self.job.number = value
        elif key == "wildcards":
            self.job.name = " ".join(part.partition("=")[2] for part in value.split(", "))
        else:
            self.job.log = Path(value.split(" (")[0].split(", ")[0])

    def close_job(self) -> None:
        """Keep the job whose fields were read; an error adds to the job that started."""
        job, self.job = self.job, None
        if job is None or not job.number:
            return
        before = self.log.jobs.get(job.number)
        if job.state == "failed" and before is not None:
            before.state, before.end = "failed", job.end
            before.log = before.log or job.log
        else:
            self.log.jobs.pop(job.number, None)  # a second try goes to the end
            self.log.jobs[job.number] = job

    def _other(self, line: str) -> None:
        if found := _FINISHED.match(line):
            job = self.log.jobs.get(found[1])
            if job:
                job.state, job.end = "done", self.time
        elif found := _RESTART.match(line):
            self.log.jobs.pop(found[1], None)
        elif found := _SUBMITTED.search(line):
            if found[1] in self.log.jobs:
                self.log.jobs[found[1]].slurm = found[2]
        elif found := _STEPS.match(line):
            self.log.done, self.log.total = int(found[1]), int(found[2])
        else:
            self._header(line)

    def _header(self, line: str) -> None:
        if line == "Job stats:":
            self.counting = True
        elif self.counting and (found := _COUNT.match(line)):
            if found[1] == "total":
                self.counting, self.log.total = False, int(found[2])
            else:
                self.log.planned[found[1]] = int(found[2])
        elif line.startswith("  Command: "):
            self.log.command = line.removeprefix("  Command: ")
        elif line.startswith("Provided cores: "):
            self.log.cores = int(line.split()[2])
        elif line.startswith("Complete log(s):"):
            self.log.ended = True
        elif line.startswith(("Exiting because a job", "At least one job", "WorkflowError")):
            self.log.failed = True


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
