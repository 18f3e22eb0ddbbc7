"""Where the time of a build went, from the records of its jobs."""

import json
from datetime import datetime
from pathlib import Path

import pandas as pd

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.io.markdown import markdown_table
from ssl_landscape.pipeline.jobs import list_jobs
from ssl_landscape.pipeline.plan import Plan


def read_timings(plan: Plan) -> pd.DataFrame:
    """Read the rule, start, end and seconds of all finished jobs of a plan.

    Raises:
        UserError: no job has finished, or a record is damaged.
    """
    rows = []
    for job in list_jobs(plan):
        path = Path(job.record)
        if path.is_file():
            try:
                record = json.loads(path.read_text(encoding="utf-8"))
                start, end = (datetime.fromisoformat(record[key]) for key in ("start", "end"))
                rows.append((job.rule, start, end, float(record["seconds"])))
            except (OSError, TypeError, ValueError, LookupError) as error:
                raise UserError(f"{path}: cannot be read ({error!r}); {AGAIN}") from None
    if not rows:
        raise UserError(f"{plan.results}: no job has finished yet; run Snakemake first")
    return pd.DataFrame(rows, columns=["rule", "start", "end", "seconds"])


def describe(timings: pd.DataFrame, cores: int) -> str:
    """Write a Markdown table of the rules, then the wall time and the share outside of jobs."""
    rules = timings.groupby("rule")["seconds"].agg(["size", "sum"]).sort_values("sum")[::-1]
    rows = [[rule, int(jobs), f"{seconds:.0f}"] for rule, jobs, seconds in rules.itertuples()]
    wall = (timings["end"].max() - timings["start"].min()).total_seconds()
    outside = max(0.0, cores * wall - timings["seconds"].sum())
    share = f" ({outside / (cores * wall):.1%})" if wall else ""
    return (
        f"{markdown_table(['Rule', 'Jobs', 'Seconds in jobs'], rows)}\n\n"
        f"{wall / 60:.1f} minutes from the first start to the last end. On {cores} cores: "
        f"{cores * wall:.0f} s of core time, of which {outside:.0f} s{share} outside of jobs: "
        "pauses, Snakemake itself, and the start-up of each job's process."
    )
