"""`ssl-landscape status`: what the files, the records and the notes of attempts tell."""

import json
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ssl_landscape.inspect.status import log_of, status
from ssl_landscape.inspect.text import duration
from ssl_landscape.pipeline.jobs import list_jobs
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.stale_locks import note_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HERE = socket.gethostname()
DEAD = 2**22 + 1  # above any process number
RUN = "ncl-basic/sparsity-0.1/seed-{}"


@pytest.fixture
def plan(shipped, tmp_path, monkeypatch):
    """Two models, one sparsity, two seeds; and one ablation."""
    monkeypatch.chdir(tmp_path)
    shipped["override"] = {"seeds": 2, "sparsities": ["0.1"]}
    return Plan(shipped)


@pytest.fixture
def job(plan):
    """Return a function that finds a job by rule and name."""
    jobs = {(job.rule, job.name): job for job in list_jobs(plan)}
    return lambda rule, name: jobs[rule, name]


def make(job, seconds=10.0):
    for file in (*job.outputs, job.record):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(json.dumps({"seconds": seconds}))


def note(job, host=HERE, process=DEAD, **more):
    """Note attempts as a job does; the earlier one failed."""
    record = Path(job.record)
    path = Path("results/logs/attempts") / record.relative_to("results").with_suffix(".jsonl")
    path.parent.mkdir(parents=True, exist_ok=True)
    start = (NOW - timedelta(minutes=5)).isoformat()
    last = {"start": start, "host": host, "process": process, "slurm_job": None, **more}
    path.write_text(json.dumps({**last, "end": start, "error": "E"}) + f"\n{json.dumps(last)}\n")


def row(text, stage):
    return next(line.split()[1:] for line in text.splitlines() if line.startswith(f"{stage} "))


def test_nothing_is_made(plan):
    text = status(plan, NOW)
    assert text.startswith("all, in results/")
    assert row(text, "figures") == ["0", "18"]
    assert "ablations" not in text
    assert "Running" not in text
    assert "Snakemake is not running here." in text
    assert text.endswith(f"Next: snakemake --cores {os.cpu_count()} all\n")


def test_config_files_are_in_the_next_command(plan):
    text = status(plan, NOW, [Path("config.yaml"), Path("mine.yaml")])
    assert text.endswith(" all --configfile mine.yaml\n")


def test_a_job_is_made_if_its_record_and_all_outputs_are_there(plan, job):
    for seed in (1, 2):
        make(job("train", RUN.format(seed)))
    before = row(status(plan, NOW), "runs")
    assert before[0] == "2"
    Path(job("train", RUN.format(1)).outputs[1]).unlink()
    Path(job("train", RUN.format(2)).record).unlink()
    assert row(status(plan, NOW), "runs") == ["0", before[1]]


def test_time_left_is_estimated_from_the_finished_jobs(plan):
    jobs = [job for job in list_jobs(plan) if job.target == "all"]
    assert "estimated" not in status(plan, NOW)
    trained = [job for job in jobs if job.rule == "train"]
    for seconds, one in zip((100, 140), trained, strict=False):
        make(one, seconds)
    left = duration(120 * (len(trained) - 2))
    said = f"{len(jobs) - 2} jobs left; at least {left}, with 1 at a time (estimated"
    assert said in status(plan, NOW)
    for one in trained[-4:]:
        note(one, process=os.getpid())
    assert f"{duration(30 * (len(trained) - 2))}, with 4 at a time" in status(plan, NOW)


@pytest.mark.parametrize("content", ["{}", '{"seconds": null}', "", "[]"])
def test_a_damaged_record_tells_no_time(plan, job, content):
    run = job("train", RUN.format(1))
    make(run)
    Path(run.record).write_text(content)
    assert row(status(plan, NOW), "runs")[0] == "1"
    assert "estimated" not in status(plan, NOW)


def test_running_jobs(plan, job):
    run = job("train", RUN.format(1))
    note(run, process=os.getpid())
    note(job("theorem", "theorem_1"), host="node-3", slurm_job="812")
    note(job("figure", "figure_02"), host="node-4")
    text = status(plan, NOW)
    assert row(text, "runs")[2:] == ["1"]
    assert f"  train {run.name}: running for 5 min\n" in text
    assert "  theorem theorem_1: running on node-3 (SLURM job 812) for 5 min\n" in text
    assert "  figure figure_02: running on node-4 for 5 min\n" in text
    assert "Next: wait; these jobs run without Snakemake." in text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "was killed; log: "),
        ({"process": None}, "was killed; log: "),
        ({"end": "2026", "error": "DivergedError: NaN"}, "DivergedError: NaN; log: "),
        ({"end": "2026", "host": "node-3", "error": "OSError: full"}, "OSError: full; log: "),
    ],
)
def test_failed_jobs(plan, job, more, said):
    run = job("train", RUN.format(1))
    make(run)  # by an earlier attempt
    note(run, **more)
    text = status(plan, NOW)
    assert row(text, "runs")[2:] == ["1"]
    assert f"Failed: 1\n  train {run.name}: {said}results/logs/runs/{run.name}.log\n" in text
    assert text.endswith("Next: fix the cause and rerun the command; it will resume.\n")


@pytest.mark.parametrize("content", ["", "{", "[]\n", '{"host": 3}\n'])
def test_a_damaged_note_is_none(plan, job, content):
    run = job("train", RUN.format(1))
    note(run)
    next(Path("results/logs/attempts").rglob("*.jsonl")).write_text(content)
    assert "Failed" not in status(plan, NOW)


def test_long_lists_are_cut(plan):
    runs = [job for job in list_jobs(plan) if job.rule == "train" and job.target == "all"][:11]
    for run in runs:
        note(run)
    assert "Failed: 11\n" in status(plan, NOW)
    assert "\n  ... and 3 more\n" in status(plan, NOW)


def test_ablations_are_shown_once_they_are_begun(plan, job):
    make(job("ablation", "latents"))
    text = status(plan, NOW)
    assert "\nablations, in results/" in text
    assert row(text[text.index("\nablations, in") + 2 :], "ablations")[0] == "1"


@pytest.mark.parametrize(
    ("host", "said", "following"),
    [
        ("node-3", "may be building results/ (process 7 on node-3", "Next: wait; if Snakemake no"),
        (HERE, "was building results/ was killed (process 7", "Next: snakemake --cores"),
    ],
)
def test_snakemake_itself(plan, host, said, following):
    content = {"results": "results", "process": 7, "host": host, "since": "1", "command": "x"}
    note_of("results").parent.mkdir(parents=True)
    note_of("results").write_text(json.dumps(content))
    text = status(plan, NOW)
    assert said in text
    assert following in text
    assert note_of("results").exists()  # status changes nothing


def test_each_log_is_that_of_the_rule(plan, job):
    results = Path("results")
    found = {
        str(log_of(Path(job(rule, name).record), results).relative_to("results/logs"))
        for rule, name in (
            ("dataset", "sparse-0.1/seed-1"),
            ("train", RUN.format(1)),
            ("figure", "figure_02"),
            ("ablation_figure", "temperature"),
        )
    }
    assert found == {
        "datasets/sparse-0.1/seed-1.log",
        f"runs/{RUN.format(1)}.log",
        "figures/figure_02.log",
        "ablations/temperature.figure.log",
    }


def test_everything_is_made(plan):
    for one in list_jobs(plan):
        if one.target == "all":
            make(one)
    text = status(plan, NOW)
    assert " left" not in text
    assert text.endswith(
        "Next: ssl-landscape show figure_01, or all: snakemake --report results/report.html\n"
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "5 s"), (90, "2 min"), (5000, "83 min"), (7290, "2 h 2 min")]
)
def test_duration(seconds, text):
    assert duration(seconds) == text
