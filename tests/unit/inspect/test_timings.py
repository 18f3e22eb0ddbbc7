"""`ssl-landscape timings`: records and benchmark files, shared out by rule."""

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


def write(job, timing, start, seconds, process=None):
    record = Path(job.record)
    record.parent.mkdir(parents=True, exist_ok=True)
    begin, end = (START + timedelta(seconds=s) for s in (start, start + seconds))
    content = {"start": begin.isoformat(), "end": end.isoformat(timespec="milliseconds")}
    record.write_text(json.dumps(content | {"seconds": seconds}))
    if process is not None:
        path = Path(f"results/timings/{timing}.tsv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\th:m:s\tmax_rss\n{process}\t0:00:52\t100\n")
    return record


def test_core_time_is_shared_out(plan):
    jobs = list_jobs(plan)
    runs = [job for job in jobs if job.rule == "train"]
    for job, start, seconds in ((runs[0], 0, 50), (runs[1], 5, 60)):
        write(job, f"runs/{job.name}", start, seconds, seconds + 2)
    figure = next(job for job in jobs if job.rule == "figure")
    write(figure, f"figures/{figure.name}", 85, 5, 8)
    data = next(job for job in jobs if job.rule == "dataset")
    write(data, None, 90, 10)
    timings = read_timings(plan)
    assert timings.groupby("rule")["seconds"].sum().to_dict() == {
        "train": 114,
        "figure": 8,
        "dataset": 10,
    }
    text = describe(timings, 2).splitlines()
    assert text[2:5] == [
        "| train | 2 | 114 | 4 |",
        "| dataset | 1 | 10 |  |",
        "| figure | 1 | 8 | 3 |",
    ]
    assert text[-1] == (
        "1.7 minutes from the first start to the last end, 0.3 of them without a job. On 2 cores: "
        "200 s of core time, of which 68 s (34.0%) outside of jobs and 7 s in their start-up "
        "(where there is a benchmark file)."
    )


def test_nothing_has_finished(plan):
    with pytest.raises(UserError, match="results: no job has finished yet"):
        read_timings(plan)


@pytest.mark.parametrize("content", ["", "s\n", "s\nx\n", "h:m:s\n1\n"])
def test_a_damaged_benchmark_file_is_named(plan, content):
    job = next(job for job in list_jobs(plan) if job.rule == "figure")
    write(job, f"figures/{job.name}", 0, 1, 1)
    Path(f"results/timings/figures/{job.name}.tsv").write_text(content)
    with pytest.raises(UserError, match=rf"timings/figures/{job.name}.tsv: cannot be read"):
        read_timings(plan)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"start": 3}, "cannot be read"), ({"start": "x"}, "cannot be read"), (None, "lacks start")],
)
def test_a_damaged_record_is_named(plan, change, said):
    job = next(job for job in list_jobs(plan) if job.rule == "figure")
    path = write(job, "x", 0, 1)
    path.write_text(json.dumps(json.loads(path.read_text()) | change if change else {}))
    with pytest.raises(UserError, match=f"record.json: {said}"):
        read_timings(plan)
