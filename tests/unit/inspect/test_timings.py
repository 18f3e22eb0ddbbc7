"""`ssl-landscape timings`: the time in the records, shared out by rule."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.inspect.timings import describe, read_timings
from ssl_landscape.pipeline.jobs import list_jobs
from ssl_landscape.pipeline.plan import Plan

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def plan(shipped, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Plan(shipped)


def write(job, start, seconds):
    record = Path(job.record)
    record.parent.mkdir(parents=True, exist_ok=True)
    begin, end = (START + timedelta(seconds=s) for s in (start, start + seconds))
    content = {"start": begin.isoformat(), "end": end.isoformat(timespec="milliseconds")}
    record.write_text(json.dumps(content | {"seconds": seconds}))
    return record


def test_core_time_is_shared_out(plan):
    jobs = list_jobs(plan)
    runs = [job for job in jobs if job.rule == "train"]
    for job, start, seconds in ((runs[0], 0, 50), (runs[1], 5, 60)):
        write(job, start, seconds)
    figure = next(job for job in jobs if job.rule == "figure")
    write(figure, 85, 5)
    data = next(job for job in jobs if job.rule == "dataset")
    write(data, 90, 10)
    timings = read_timings(plan)
    assert timings.groupby("rule")["seconds"].sum().to_dict() == {
        "train": 110,
        "figure": 5,
        "dataset": 10,
    }
    text = describe(timings, 2).splitlines()
    assert text[2:5] == [
        "| train | 2 | 110 |",
        "| dataset | 1 | 10 |",
        "| figure | 1 | 5 |",
    ]
    assert text[-1] == (
        "1.7 minutes from the first start to the last end. On 2 cores: 200 s of core time, of "
        "which 75 s (37.5%) outside of jobs: pauses, Snakemake itself, and the start-up of each "
        "job's process."
    )


def test_nothing_has_finished(plan):
    with pytest.raises(UserError, match="results: no job has finished yet"):
        read_timings(plan)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"start": 3}, "cannot be read"),
        ({"start": "x"}, "cannot be read"),
        (None, "cannot be read .*start"),
    ],
)
def test_a_damaged_record_is_named(plan, change, said):
    job = next(job for job in list_jobs(plan) if job.rule == "figure")
    path = write(job, 0, 1)
    path.write_text(json.dumps(json.loads(path.read_text()) | change if change else {}))
    with pytest.raises(UserError, match=f"record.json: {said}"):
        read_timings(plan)
