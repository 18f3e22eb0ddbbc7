"""How far a build is: what is made, what runs, what failed, from the files and the job list."""

import json
import os
import re
import socket
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from ssl_landscape.inspect.text import columns, duration
from ssl_landscape.pipeline.jobs import ALL, Job, list_jobs
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.stale_locks import read_note, sentence

SHOWN = 8  # running or failed jobs listed
UNFINISHED = RUNNING, FAILED = "running", "failed"


class State(NamedTuple):
    """A job as its files show it."""

    job: Job
    stage: str  # its folder in the results
    made: bool
    unfinished: str  # "running", "failed", or nothing
    said: str  # of an unfinished job, for a reader


def status(plan: Plan, now: datetime, configs: Sequence[Path] = ()) -> str:
    """Describe the state of a plan's results.

    Args:
        plan: what the config asks for.
        now: the time, with its zone.
        configs: the files of the config, the first one Snakemake's default.
    """
    states = [_look(job, plan.results, now) for job in list_jobs(plan)]
    begun = {ALL, *(state.job.target for state in states if state.made or state.unfinished)}
    states = [state for state in states if state.job.target in begun]
    parts = []
    for target in dict.fromkeys(state.job.target for state in states):
        group = [state for state in states if state.job.target == target]
        parts.append(_table(f"{target}, in {plan.results}/", group) + _left(group, states))
    for kind in UNFINISHED:
        lines = [f"  {s.job.rule} {s.job.name}: {s.said}" for s in states if s.unfinished == kind]
        if lines:
            more = [f"  ... and {len(lines) - SHOWN} more"] * (len(lines) > SHOWN)
            parts.append("\n".join([f"{kind.title()}: {len(lines)}", *lines[:SHOWN], *more]))
    note = read_note(plan.results.as_posix())
    parts.append(sentence(note) if note else "Snakemake is not running here.")
    following = _next(plan, states, note["alive"] if note else False, configs)
    return "\n\n".join([*parts, f"Next: {following}"]) + "\n"


def log_of(record: Path, results: Path) -> Path:
    """Return a job's log; ``logs/`` mirrors the folders of the results."""
    stem = record.relative_to(results).as_posix()
    return results / "logs" / re.sub(r"/run\.json$|/record\.json$|\.record\.json$", ".log", stem)


def _look(job: Job, results: Path, now: datetime) -> State:
    record = Path(job.record)
    made = all(Path(file).is_file() for file in job.files)
    stage = record.relative_to(results).parts[0]
    return State(job, stage, made, *_last_attempt(record, results, now))


def _last_attempt(record: Path, results: Path, now: datetime) -> tuple[str, str]:
    """Say how the last attempt stands; a job notes its start, and drops the note on success."""
    note = results / "logs/attempts" / record.relative_to(results).with_suffix(".jsonl")
    try:
        last = json.loads(note.read_text(encoding="utf-8").splitlines()[-1])
        host, since = last["host"], datetime.fromisoformat(last["start"])
    except (OSError, ValueError, LookupError, TypeError):  # none, or a damaged one
        return "", ""
    log = log_of(record, results)
    if "end" in last:
        return FAILED, f"{last.get('error', 'unknown error')}; log: {log}"
    here = host == socket.gethostname()
    if here and not _is_alive(last.get("process")):
        return FAILED, f"was killed; log: {log}"
    slurm = f" (SLURM job {last['slurm_job']})" if last.get("slurm_job") else ""
    where = "running" if here else f"running on {host}{slurm}"
    return RUNNING, f"{where} for {duration((now - since).total_seconds())}"


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (OSError, OverflowError, TypeError) as error:
        return isinstance(error, PermissionError)  # another user's process
    return True


def _table(title: str, states: list[State]) -> str:
    rows = []
    for stage in dict.fromkeys(state.stage for state in states):
        group = [state for state in states if state.stage == stage]
        counts = [sum(state.unfinished == kind for state in group) or "" for kind in UNFINISHED]
        rows.append([stage, sum(state.made for state in group), len(group), *counts])
    return columns([title, "made", "of", *UNFINISHED], rows)


def _left(group: list[State], states: list[State]) -> str:
    """Say how many jobs of a target are left, and estimate their time from the finished jobs."""
    rules = [state.job.rule for state in group if not state.made]
    seconds: dict[str, list[float]] = defaultdict(list)
    for state in states if rules else []:
        with suppress(OSError, ValueError, LookupError, TypeError):  # `audit` names damaged ones
            record = json.loads(Path(state.job.record).read_text(encoding="utf-8"))
            seconds[state.job.rule] += [float(record["seconds"])]
    known = [fmean(seconds[rule]) for rule in rules if seconds[rule]]
    at_a_time = sum(state.unfinished == RUNNING for state in states) or 1
    time = f"{duration(sum(known) / at_a_time)}, with {at_a_time} at a time"
    text = f"\n{len(rules)} jobs left" if rules else ""
    return text + (f"; at least {time} (estimated from the finished jobs)" if known else "")


def _next(plan: Plan, states: list[State], alive: bool | None, configs: Sequence[Path]) -> str:
    if alive:
        return "wait until Snakemake has finished."
    if alive is None:
        return "wait; if Snakemake no longer runs there: snakemake --unlock, and rerun the command."
    if any(state.unfinished == FAILED for state in states):
        return "fix the cause and rerun the command; it will resume."
    if any(state.unfinished == RUNNING for state in states):
        return "wait; these jobs run without Snakemake. Then rerun the command."
    if unmade := list(dict.fromkeys(state.job.target for state in states if not state.made)):
        overlaid = ["--configfile", *map(str, configs[1:])] if configs[1:] else []
        return " ".join(["snakemake --cores", str(os.cpu_count()), *unmade, *overlaid])
    figure = next(iter(plan.config.figures), "NAME")
    return f"ssl-landscape show {figure}, or all: snakemake --report results/report.html"
