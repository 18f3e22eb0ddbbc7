"""Where the time of a build went, from the records and Snakemake's ``benchmark:`` files."""

from datetime import datetime
from pathlib import Path

import pandas as pd

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.inspect.records import beside, read_record
from ssl_landscape.pipeline.jobs import list_jobs
from ssl_landscape.pipeline.plan import Plan


def read_timings(plan: Plan) -> pd.DataFrame:
    """Read the timings of all finished jobs of a plan.

    Returns:
        One row per job: rule, start and end, seconds of its whole process, and of its start-up
        (Python and packages), NaN without a benchmark file.

    Raises:
        UserError: no job has finished, or a record or benchmark file is damaged.
    """
    rows = []
    for job in list_jobs(plan):
        path = Path(job.record)
        if not path.is_file():
            continue
        record = read_record(path, ("start", "end", "seconds"))
        benchmark = beside(path, plan.results, "timings", ".tsv")
        try:
            start, end = (datetime.fromisoformat(record[key]) for key in ("start", "end"))
            own = whole = float(record["seconds"])
            if benchmark.is_file():
                path = benchmark
                whole = max(own, float(pd.read_csv(path, sep="\t")["s"].iloc[0]))
        except (TypeError, ValueError, LookupError) as error:
            raise UserError(f"{path}: cannot be read ({error}); {AGAIN}") from None
        start_up = whole - own if path == benchmark else float("nan")
        rows.append((job.rule, start, end, whole, start_up))
    if not rows:
        raise UserError(f"{plan.results}: no job has finished yet; run Snakemake first")
    return pd.DataFrame(rows, columns=["rule", "start", "end", "seconds", "start_up"])


def describe(timings: pd.DataFrame, cores: int) -> str:
    """Write a Markdown table of the rules, then the wall time and the share outside of jobs."""
    lines = ["| Rule | Jobs | Seconds in jobs | of it start-up |", "| --- | --- | --- | --- |"]
    for rule, jobs in sorted(timings.groupby("rule"), key=lambda item: -item[1]["seconds"].sum()):
        start_up = f"{jobs['start_up'].sum():.0f}" if jobs["start_up"].notna().any() else ""
        lines.append(f"| {rule} | {len(jobs)} | {jobs['seconds'].sum():.0f} | {start_up} |")
    ordered = timings.sort_values("start")
    pauses = (ordered["start"].iloc[1:].array - ordered["end"].cummax().iloc[:-1].array).to_numpy()
    idle = pd.Series(pauses).dt.total_seconds().clip(lower=0).sum()
    wall = (timings["end"].max() - timings["start"].min()).total_seconds()
    outside = max(0.0, cores * wall - timings["seconds"].sum())
    share = f" ({outside / (cores * wall):.1%})" if wall else ""
    lines.append(
        f"\n{wall / 60:.1f} minutes from the first start to the last end, {idle / 60:.1f} of them "
        f"without a job. On {cores} cores: {cores * wall:.0f} s of core time, of which "
        f"{outside:.0f} s{share} outside of jobs and {timings['start_up'].sum():.0f} s in their "
        "start-up (where there is a benchmark file)."
    )
    return "\n".join(lines)
