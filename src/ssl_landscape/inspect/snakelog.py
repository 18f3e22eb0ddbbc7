"""What Snakemake's own log says of its jobs: started, finished, failed, and how long they took."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

LOGS = Path(".snakemake") / "log"
LOCKS = Path(".snakemake") / "locks"

_TIME = re.compile(r"^\s*\[(\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4})\]")
_START = re.compile(r"^\s*(?:local)?(?:rule|checkpoint) (\w+):$")
_ERROR = re.compile(r"^\s*Error in rule (\w+):$")
_LOGFILE = re.compile(r"^Logfile .*:$")
_RULER = "=" * 80  # around a failed job's own log, which may be one of Snakemake's
_FIELD = re.compile(r"^\s+(jobid|wildcards|log): (.*)$")
_FINISHED = re.compile(r"^Finished jobid: (\d+)")
_RESTART = re.compile(r"^Trying to restart job (\d+)")
_SUBMITTED = re.compile(
    r"^Job (\S+) has been submitted with SLURM jobid (\d+)(?: \(log: (.+)\)\.)?"
)
_SLURM_STATE = re.compile(r"SLURM status is: '(\w+)'")
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
        slurm: SLURM's number of the job, or of its group's job.
        slurm_log: where SLURM writes what the job says; kept if it fails.
        slurm_state: SLURM's word for how it failed, for example ``TIMEOUT``.
    """

    rule: str
    number: str = ""
    name: str = ""
    log: Path | None = None
    state: str = "running"
    start: datetime | None = None
    end: datetime | None = None
    slurm: str = ""
    slurm_log: Path | None = None
    slurm_state: str = ""

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
        """Return the jobs in a state, in the order in which they started."""
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
        self.indented = False  # the job is one of a group
        self.counting = False
        self.in_error = False  # the jobs that follow are those of a failed group
        self.slurm_state = ""  # of the job, or the group, whose failure is told
        self.rulers = 0  # still to come before a quoted log ends
        self.groups: list[list[str]] = []  # numbers of jobs not submitted yet

    def read(self, line: str) -> None:
        if self.rulers or _LOGFILE.match(line):
            self.rulers += 2 if _LOGFILE.match(line) else -(line == _RULER)
        elif found := _TIME.match(line):
            self.close_job()
            self.in_error, self.slurm_state = False, ""
            if "] Group job " in line:
                self.groups.append([])
            self.time = datetime.strptime(found[1], "%a %b %d %H:%M:%S %Y")
            self.log.start = self.log.start or self.time
            self.log.last = self.time
        elif found := _START.match(line):
            self.close_job()
            state = "failed" if self.in_error else "running"
            self.job, self.indented = Job(found[1], state=state, start=self.time), line[0] == " "
        elif found := _ERROR.match(line):
            self.close_job()
            self.job = Job(found[1], state="failed", end=self.time)
        elif found := _SLURM_STATE.search(line):
            self.slurm_state = found[1]
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
            if before.state != "done":
                before.state, before.end = "failed", self.time
                before.slurm_state = self.slurm_state
        else:
            if self.indented and self.groups:
                self.groups[-1].append(job.number)
            self.log.jobs.pop(job.number, None)  # a second try goes to the end
            self.log.jobs[job.number] = job

    def _other(self, line: str) -> None:
        if line[:1].strip():  # not one of a job's further fields
            self.close_job()
        if found := _FINISHED.match(line):
            job = self.log.jobs.get(found[1])
            if job:
                job.state, job.end = "done", self.time
        elif found := _RESTART.match(line):
            self.log.jobs.pop(found[1], None)
        elif found := _SUBMITTED.search(line):
            alone = found[1].isdigit()
            for number in [found[1]] if alone else self.groups.pop(0) if self.groups else []:
                if job := self.log.jobs.get(number):
                    job.slurm, job.slurm_log = found[2], Path(found[3]) if found[3] else None
        elif line == "    jobs:":
            self.close_job()
            self.in_error = True
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
