"""How far a run is: done, running, failed, and how long is left, from the files alone."""

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from statistics import fmean

from ssl_landscape.inspect import jobs
from ssl_landscape.inspect.queue import GONE, Queued, ask
from ssl_landscape.inspect.snakelog import LOCKS, Job, RunLog, newest_log
from ssl_landscape.inspect.text import columns
from ssl_landscape.inspect.time_left import in_words, seconds_left
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.theory import STATEMENTS

STAGES = {  # rule -> stage; other rules are shown only while they run or have failed
    "dataset": "datasets",
    "train": "training runs",
    "metrics": "metrics",
    "figure": "figures",
    "table": "tables",
    "fidelity_cells": "fidelity",
    "fidelity_claims": "fidelity",
    "fidelity_figure": "fidelity",
    "fidelity_discrepancies": "fidelity",
    "theorem": "theory",
    "ablation": "ablations",
}
TIMINGS = {"dataset": "datasets", "train": "runs", "metrics": "metrics", "figure": "figures"}
TIMINGS |= {"table": "tables", "theorem": "theory", "ablation": "ablations"}
SHOWN = 8  # running or failed jobs listed
QUIET = 600  # seconds without a sign after which a run may have been killed
LOOK = 240  # seconds; Snakemake looks at SLURM's jobs every three minutes at the latest


def status(plan: Plan, folder: Path, now: datetime) -> str:
    """Describe the state of a project's results.

    Args:
        plan: what the config asks for.
        folder: the project's root.
        now: local time, as Snakemake's log has it.
    """
    log = newest_log(folder)
    parts = [_stages(plan, folder, log)]
    if log is None:
        parts.append("Snakemake has not run here. Start it: snakemake --cores 8 all")
    else:
        parts.append(_run(plan, folder, log, now))
    return "\n\n".join(parts) + "\n"


def _stages(plan: Plan, folder: Path, log: RunLog | None) -> str:
    rows = []
    for stage, files in expected_files(plan).items():
        there = sum((folder / plan.results / file).is_file() for file in files)
        if stage == "ablations" and not there:
            continue
        row = [stage, there, len(files)]
        for state in ("running", "failed"):
            those = [] if log is None or _over(folder, log, state) else log.in_state(state)
            count = sum(STAGES.get(job.rule) == stage for job in those)
            row.append(count or "")
        rows.append(row)
    table = columns([f"In {plan.results}/", "there", "of", "running", "failed"], rows)
    return f"{table}\n(there: the files; which of them a change made stale: snakemake -n)"


def expected_files(plan: Plan) -> dict[str, list[str]]:
    """Name one file for each thing that a config asks for, by stage; the file written last."""
    fidelity = ("cells.csv", "claims.csv", "fidelity.pdf", "discrepancies.md")
    return {
        "datasets": [f"datasets/{name}/seed-{k}/dictionary.parquet" for name, k in plan.datasets],
        "training runs": [f"{_run_folder(run)}/run.json" for run in plan.runs],
        "metrics": [f"metrics/{model}.final.csv" for model in plan.shown_models],
        "figures": [f"figures/{name}.pdf" for name in plan.config.figures],
        "tables": [f"tables/{name}.csv" for name in plan.config.tables],
        "fidelity": [f"fidelity/{name}" for name in fidelity],
        "theory": [f"theory/{statement}.json" for statement in STATEMENTS],
        "ablations": [f"ablations/{name}.csv" for name in plan.config.ablations],
    }


def _run_folder(run: tuple[str, str, int]) -> str:
    model, sparsity, seed = run
    return f"runs/{model}/sparsity-{sparsity}/seed-{seed}"


def _is_locked(folder: Path) -> bool:
    return any((folder / LOCKS).glob("*.lock"))


def _over(folder: Path, log: RunLog, state: str) -> bool:
    """Return whether jobs that the log calls running are not: Snakemake has ended or was killed."""
    return state == "running" and (log.ended or not _is_locked(folder))


def _run(plan: Plan, folder: Path, log: RunLog, now: datetime) -> str:
    started = log.in_state("running")
    running = [] if _over(folder, log, "running") else started
    queue = ask(job.slurm for job in started if job.slurm)
    lines = [_headline(folder, log, now, running), f"  {_short(log.command)}"]
    if running:
        known = dict(mean_seconds(folder / plan.results))
        left = seconds_left(log, known, now)
        lines[0] += f"; about {in_words(left)} left" if left is not None else ""
        of_slurm = {job.number: (queue or {}).get(job.slurm) for job in running}
        waiting = sum(bool(job and job.waits) for job in of_slurm.values())
        others = f", {waiting} of them in SLURM's queue" if waiting else ""
        lines += ["", f"Running: {len(running)}{others}"]
        lines += [jobs.running(folder, job, now, of_slurm[job.number]) for job in running[:SHOWN]]
        lines += _more(running)
    failed = log.in_state("failed")
    if failed:
        lines += ["", f"Failed: {len(failed)}"]
        lines += [jobs.failed(folder, job) for job in failed[:SHOWN]]
        lines += _more(failed)
    return "\n".join([*lines, "", _next(folder, log, failed, queue or {}, now)])


def _headline(folder: Path, log: RunLog, now: datetime, running: list[Job]) -> str:
    share = f"{log.done} of {log.total} jobs"
    share += f" ({log.done * 100 // log.total}%)" if log.total else ""
    since = f"{log.start:%d %b %H:%M}" if log.start else "?"
    if log.ended:
        took = in_words((log.last - log.start).total_seconds()) if log.start else "?"
        end = "ended with failures" if log.failed else "finished"
        return f"Snakemake {end} after {took} (started {since}): {share}"
    if not _is_locked(folder):
        return f"Snakemake was interrupted (started {since}): {share}"
    cores = "1 core" if log.cores == 1 else f"{log.cores} cores"
    where = cores if log.cores else "a cluster"
    quiet = (now - _last_sign(folder, log, running)).total_seconds()
    silent = f", no sign of it for {in_words(quiet)}" if quiet > QUIET else ""
    elapsed = in_words((now - log.start).total_seconds()) if log.start else "?"
    return f"Snakemake runs on {where} since {since} ({elapsed}{silent}): {share}"


def _last_sign(folder: Path, log: RunLog, running: list[Job]) -> datetime:
    files = [log.path, *(folder / job.log for job in running if job.log)]
    times = [file.stat().st_mtime for file in files if file.is_file()]
    return datetime.fromtimestamp(max(times))


def _short(command: str) -> str:
    program, _, rest = command.partition(" ")
    text = f"{Path(program).name} {rest}".strip()
    return text if len(text) <= 90 else text[:87] + "..."


def _more(jobs: list[Job]) -> list[str]:
    return [f"  ... and {len(jobs) - SHOWN} more"] if len(jobs) > SHOWN else []


def mean_seconds(results: Path) -> Iterator[tuple[str, float]]:
    """Return the mean seconds of earlier jobs of each rule, from Snakemake's benchmarks."""
    for rule, name in TIMINGS.items():
        seconds = []
        for path in (results / "timings" / name).rglob("*.tsv"):
            with path.open(encoding="utf-8") as stream:
                seconds += [float(row["s"]) for row in csv.DictReader(stream, delimiter="\t")]
        if seconds:
            yield rule, fmean(seconds)


def _next(
    folder: Path, log: RunLog, failed: list[Job], queue: dict[str, Queued], now: datetime
) -> str:
    alive = sorted(
        (number for number, job in queue.items() if not job.over and job is not GONE), key=int
    )
    cancel = f"scancel {' '.join(alive)}; " if alive else ""
    if not log.ended and _is_locked(folder):
        if queue and not alive and all(_long_over(job, now) for job in queue.values()):
            what = "Snakemake has lost its SLURM jobs, they have ended: Ctrl-C where it runs; "
        else:
            what = f"wait. If Snakemake was killed: {cancel}"
        return f"Next: {what}the same command again goes on."
    if failed or log.failed or not log.ended:
        mend = f"{cancel}mend what failed, then the same command again"
        return f"Next: {mend}; it goes on where it stopped."
    return "Next: ssl-landscape show figure_02, or all: snakemake --report results/report.html"


def _long_over(job: Queued, now: datetime) -> bool:
    return job.ended is None or (now - job.ended).total_seconds() > LOOK
