"""Where the time of a run of Snakemake went, from its log, `benchmark:` files and records."""

import csv
import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ssl_landscape.errors import UserError

_STAMP = re.compile(r"^\[(\w{3} \w{3} +\d+ \d+:\d+:\d+ \d{4})\]$", flags=re.MULTILINE)
_CORES = re.compile(r"^Provided cores: (\d+)", flags=re.MULTILINE)


@dataclass(frozen=True)
class Stage:
    """The jobs of one stage: their number, wall time, and of training the time in its own step."""

    name: str
    jobs: int
    seconds: float
    start_up: float | None  # None: not recorded


@dataclass(frozen=True)
class Timings:
    """Where the core time of a run went, all in seconds."""

    cores: int
    wall: float
    stages: list[Stage]

    @property
    def core_time(self) -> float:
        """Cores times wall time."""
        return self.cores * self.wall

    @property
    def start_up(self) -> float:
        """Time in which training jobs loaded Python and their packages."""
        return sum(stage.start_up or 0 for stage in self.stages)

    @property
    def between_jobs(self) -> float:
        """Core time outside of all jobs: Snakemake's own, and cores without a job."""
        return self.core_time - sum(stage.seconds for stage in self.stages)


def read_timings(results: Path, log: Path) -> Timings:
    """Read the timings of the run that ``log`` is about.

    Args:
        results: the folder with ``timings/`` and ``runs/``.
        log: a log of Snakemake, from ``.snakemake/log``.

    Raises:
        UserError: the log shows no jobs, or no benchmark file is as old as it.
    """
    text = log.read_text(encoding="utf-8")
    stamps = [datetime.strptime(stamp, "%a %b %d %H:%M:%S %Y") for stamp in _STAMP.findall(text)]
    cores = _CORES.search(text)
    if len(stamps) < 2 or not cores:
        raise UserError(f"{log}: shows no jobs; name the log of a run with --log")
    first, last = stamps[0].timestamp(), stamps[-1].timestamp()
    by_stage: dict[str, list[tuple[float, float | None]]] = {}
    for path in sorted((results / "timings").rglob("*.tsv")):
        if first - 1 <= path.stat().st_mtime <= last + 1:
            stage = path.relative_to(results / "timings").parts[0].removesuffix(".tsv")
            by_stage.setdefault(stage, []).append(_job(results, path))
    if not by_stage:
        raise UserError(f"{results / 'timings'}: no file is from the run of {log}")
    stages = [
        Stage(name, len(jobs), sum(s for s, _ in jobs), _sum(start_up for _, start_up in jobs))
        for name, jobs in by_stage.items()
    ]
    return Timings(int(cores[1]), last - first, stages)


def newest_log(folder: Path) -> Path:
    """Find Snakemake's newest log that shows finished jobs.

    Raises:
        UserError: there is none.
    """
    for path in sorted(folder.glob("*.snakemake.log"), reverse=True):
        if "Finished jobid" in path.read_text(encoding="utf-8"):
            return path
    raise UserError(f"{folder}: no log of a run; run Snakemake first, or name one with --log")


def describe(timings: Timings) -> str:
    """Write the timings as a Markdown table, then the shares of start-up and Snakemake."""
    lines = ["| Stage | Jobs | Seconds in jobs | of it start-up |", "| --- | --- | --- | --- |"]
    for stage in sorted(timings.stages, key=lambda stage: -stage.seconds):
        start_up = "" if stage.start_up is None else f"{stage.start_up:.0f}"
        lines.append(f"| {stage.name} | {stage.jobs} | {stage.seconds:.0f} | {start_up} |")
    lines.append(f"| outside of jobs | | {timings.between_jobs:.0f} | |")
    overhead = timings.start_up + timings.between_jobs
    lines.append(
        f"\n{timings.wall / 60:.1f} minutes on {timings.cores} cores: {timings.core_time:.0f} s of "
        f"core time, of which start-up of training and everything outside of jobs "
        f"{overhead:.0f} s ({overhead / timings.core_time:.1%})."
    )
    return "\n".join(lines)


def _job(results: Path, path: Path) -> tuple[float, float | None]:
    with path.open(encoding="utf-8", newline="") as stream:
        seconds = float(next(csv.DictReader(stream, delimiter="\t"))["s"])
    record = results / path.relative_to(results / "timings").with_suffix("") / "run.json"
    if not record.is_file():
        return seconds, None
    return seconds, seconds - json.loads(record.read_text(encoding="utf-8"))["seconds"]


def _sum(values: object) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
