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

from ssl_landscape.errors import UserError
from ssl_landscape.inspect.records import beside, read_record
from ssl_landscape.inspect.text import columns, duration
from ssl_landscape.pipeline.jobs import ALL, Job, list_jobs
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.stale_locks import read_notes, sentence

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
    """Describe the state of the results of a plan.

    Args:
        plan: what the config asks for.
        now: the time, with its zone.
        configs: the files of the config, the first one Snakemake's default.
    """
    states = [look(job, plan.results, now) for job in list_jobs(plan)]
    begun = {ALL, *(state.job.target for state in states if state.made or state.unfinished)}
    states = [state for state in states if state.job.target in begun]
    means = _mean_seconds(states)
    at_a_time = sum(state.unfinished == RUNNING for state in states) or 1
    parts = []
    for target in dict.fromkeys(state.job.target for state in states):
        group = [state for state in states if state.job.target == target]
        table = _table(f"{target}, in {plan.results}/", group)
        parts.append(table + _left([s.job.rule for s in group if not s.made], means, at_a_time))
    for kind in UNFINISHED:
        lines = [f"  {s.job.rule} {s.job.name}: {s.said}" for s in states if s.unfinished == kind]
        title = [f"{kind.title()}: {len(lines)}"] if lines else []
        lines[SHOWN:] = [f"  ... and {len(lines) - SHOWN} more"] * (len(lines) > SHOWN)
        parts += ["\n".join([*title, *lines])] if lines else []
    notes = read_notes(plan.results.as_posix())
    parts.append("\n".join(map(sentence, notes)) or "Snakemake is not running here.")
    return "\n\n".join([*parts, f"Next: {_next(plan, states, notes, configs)}"]) + "\n"


def look(job: Job, results: Path, now: datetime) -> State:
    """Tell a job's state from its record, its outputs and the note of its last attempt."""
    record = Path(job.record)
    made = all(Path(file).is_file() for file in (*job.outputs, job.record))
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
    log = beside(record, results, "logs", ".log")
    if "end" in last:
        return FAILED, f"{last.get('error', 'unknown error')}; log: {log}"
    here = host == socket.gethostname()
    if here and not _is_alive(last.get("process")):
        return FAILED, f"was killed; log: {log}"
    slurm = f" (SLURM job {last['slurm_job']})" if last.get("slurm_job") else ""
    where = "running" if here else f"running on {host}{slurm}"
    return RUNNING, f"{where} for {duration((now - since).total_seconds())}{_progress(log)}"


def _is_alive(process: object) -> bool:
    try:
        os.kill(process if isinstance(process, int) and process > 0 else 2**31 - 1, 0)
    except PermissionError:  # another user's
        return True
    except (OSError, OverflowError):
        return False
    return True


def _progress(log: Path) -> str:
    """Return the last epoch in the last lines of a training's log, if there is one."""
    with suppress(OSError), log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 4096))
        if found := re.findall(rb"epoch \d+/\d+", stream.read()):
            return f", {found[-1].decode()}"
    return ""


def _mean_seconds(states: list[State]) -> dict[str, float]:
    seconds: dict[str, list[float]] = defaultdict(list)
    for state in states:
        with suppress(UserError, TypeError, ValueError):  # `audit` tells of damaged records
            if state.made:
                record = read_record(Path(state.job.record), ["seconds"])
                seconds[state.job.rule].append(float(record["seconds"]))
    return {rule: fmean(values) for rule, values in seconds.items()}


def _table(title: str, states: list[State]) -> str:
    rows = []
    for stage in dict.fromkeys(state.stage for state in states):
        group = [state for state in states if state.stage == stage]
        counts = [sum(state.unfinished == kind for state in group) or "" for kind in UNFINISHED]
        rows.append([stage, sum(state.made for state in group), len(group), *counts])
    return columns([title, "made", "of", *UNFINISHED], rows)


def _left(rules: list[str], means: dict[str, float], at_a_time: int) -> str:
    """Say how many jobs are left, and estimate how long they will take."""
    if not rules:
        return ""
    known = [means[rule] for rule in rules if rule in means]
    text = f"\n{len(rules)} job{'s' if len(rules) > 1 else ''} left"
    if not known:
        return text
    least = "" if len(known) == len(rules) else "at least "
    return (
        f"{text}; {least}about {duration(sum(known) / at_a_time)}, with {at_a_time} at a time "
        "(estimated from the finished jobs)"
    )


def _next(plan: Plan, states: list[State], notes: list[dict], configs: Sequence[Path]) -> str:
    if any(note["alive"] for note in notes):
        return "wait until Snakemake has finished."
    if any(note["alive"] is None for note in notes):
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
