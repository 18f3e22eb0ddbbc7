"""`ssl-landscape status`: Snakemake's logs of local runs and of SLURM, and what is said of them."""

import os
from datetime import datetime, timedelta

import pytest

from ssl_landscape.inspect.snakelog import newest_log, read_log
from ssl_landscape.inspect.status import status
from ssl_landscape.inspect.time_left import in_words, seconds_left
from ssl_landscape.pipeline.plan import Plan

RULER = "=" * 80
START = datetime(2026, 11, 23, 12, 0, 0)


def at(seconds):
    return f"[{START + timedelta(seconds=seconds):%a %b %d %H:%M:%S %Y}]"


def header(cores="Provided cores: 2", **planned):
    counts = "\n".join(f"{rule}   {count}" for rule, count in planned.items())
    total = sum(planned.values())
    return (
        f"  Command: /venv/bin/snakemake --cores 2 all\n{cores}\nJob stats:\njob   count\n"
        f"---  ---\n{counts}\ntotal   {total}\n\nSelect jobs to execute...\n"
    )


def started(number, rule="train", when=0, indent="", seed=1):
    run = f"ncl-basic/sparsity-0.1/seed-{seed}"
    lines = [
        at(when),
        f"{'' if rule == 'train' else 'local'}rule {rule}:",
        f"    output: results/runs/{run}/run.json",
        f"    log: results/logs/runs/{run}.log",
        f"    jobid: {number}",
        f"    wildcards: model=ncl-basic, sparsity=0.1, seed={seed}",
    ]
    return "".join(f"{indent}{line}\n" for line in lines)


def finished(number, when, done=1, total=4):
    return (
        f"{at(when)}\nFinished jobid: {number} (Rule: train)\n{done} of {total} steps (25%) done\n"
    )


def failed(number, when, quoted="epoch 0/8000"):
    return (
        f"RuleException:\n{at(when)}\nError in rule train:\n    message: None\n"
        f"    jobid: {number}\n"
        "    log: results/logs/runs/a.log (check log file(s) for error details)\n"
        f"Logfile results/logs/runs/a.log:\n{RULER}\n{quoted}\n{RULER}\n"
    )


ENDED = "Complete log(s): /x.snakemake.log\n"
BROKEN = "WorkflowError:\nAt least one job did not complete successfully.\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / ".snakemake/log").mkdir(parents=True)
    return tmp_path


def write(folder, *parts, name="2026-11-23T120000.1", locked=False):
    path = folder / f".snakemake/log/{name}.snakemake.log"
    path.write_text("".join(parts))
    if locked:
        (folder / ".snakemake/locks").mkdir()
        (folder / ".snakemake/locks/0.output.lock").touch()
    return path


def states(log):
    return {number: job.state for number, job in log.jobs.items()}


class TestLog:
    def test_a_local_run(self, folder):
        log = read_log(write(folder, header(train=3, all=1), started(5), finished(5, 20)))
        assert (log.cores, log.done, log.total, log.planned) == (2, 1, 4, {"train": 3, "all": 1})
        job = log.jobs["5"]
        assert (job.rule, job.name, job.seconds) == ("train", "ncl-basic 0.1 1", 20)
        assert (job.state, log.ended, log.failed) == ("done", False, False)

    def test_a_failed_job_is_the_one_that_started(self, folder):
        log = read_log(write(folder, header(train=2), started(5), failed(5, 9), ENDED, BROKEN))
        assert states(log) == {"5": "failed"}
        assert log.jobs["5"].name == "ncl-basic 0.1 1"
        assert log.ended
        assert log.failed

    def test_a_second_try_replaces_the_first(self, folder):
        again = "Trying to restart job 5.\n"
        log = read_log(write(folder, header(train=2), started(5), failed(5, 9), again, started(5)))
        assert states(log) == {"5": "running"}

    def test_a_quoted_log_is_not_read(self, folder):
        """On SLURM a job's log is one of Snakemake's own."""
        inner = f"rule train:\n    jobid: 0\nFinished jobid: 7\n{failed(3, 5)}{ENDED}"
        parts = (started(5), started(7), failed(5, 9, quoted=inner), finished(5, 30))
        log = read_log(write(folder, header(train=2), *parts))
        assert states(log) == {"5": "done", "7": "running"}
        assert not log.ended

    def test_jobs_submitted_to_slurm(self, folder):
        cluster = header("Provided remote nodes: 100", train=3)
        submitted = "Job 5 has been submitted with SLURM jobid 812 (log: x/812.log).\n"
        log = read_log(write(folder, cluster, started(5), submitted))
        assert log.cores == 0
        assert log.jobs["5"].slurm == "812"

    def test_groups_of_jobs_on_slurm(self, folder):
        one = f"{at(0)} Group job train (jobs in lexicogr. order):\n"
        group = lambda *numbers: one + "".join(started(n, indent="    ") for n in numbers)  # noqa: E731
        submit = "Job b65fe572-bb23 has been submitted with SLURM jobid {} (log: x).\n"
        alone = started(9, rule="dataset")
        parts = (group(1, 2), alone, submit.format(11), group(3), submit.format(12))
        log = read_log(write(folder, header(train=3, dataset=1), *parts))
        assert {n: job.slurm for n, job in log.jobs.items()} == {
            "1": "11",
            "2": "11",
            "9": "",
            "3": "12",
        }
        lines = ["    message: SLURM-job '12' failed", "    jobs:"]
        lines += ["        rule train:", "            jobid: 3", ""]
        text = log.path.read_text() + f"{at(60)}\n" + "\n".join(lines) + finished(1, 70)
        log.path.write_text(text)
        assert states(read_log(log.path)) == {
            "1": "done",
            "2": "running",
            "9": "running",
            "3": "failed",
        }

    def test_newest_log_that_ran_jobs(self, folder):
        assert newest_log(folder) is None
        write(folder, header(train=1), name="2026-11-23T110000.1")
        write(folder, header(train=2), name="2026-11-23T120000.1")
        write(folder, "Nothing to be done.\n", name="2026-11-23T130000.1")
        assert newest_log(folder).planned == {"train": 2}


class TestTimeLeft:
    def read(self, folder, *parts):
        return read_log(write(folder, header(train=10, figure=2), *parts))

    def test_mean_of_finished_jobs_over_jobs_at_a_time(self, folder):
        # Two at a time, 20 s each: 8 runs are left, 2 of them half done.
        pairs = [started(1), started(2), finished(1, 20), finished(2, 20)]
        log = self.read(folder, *pairs, started(3, when=20), started(4, when=20))
        now = START + timedelta(seconds=30)
        assert seconds_left(log, {}, now) == pytest.approx((8 * 20 - 2 * 10) / 2)
        # 2 figures at 5 s each, as earlier runs say.
        assert seconds_left(log, {"figure": 5.0}, now) == pytest.approx((8 * 20 - 20 + 10) / 2)

    def test_earlier_runs_where_nothing_has_finished(self, folder):
        log = self.read(folder, started(1))
        assert seconds_left(log, {}, START) is None
        assert seconds_left(log, {"train": 7.0}, START) == pytest.approx(70)

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [(0.4, "0 s"), (89, "89 s"), (600, "10 min"), (5430, "1 h 30 min"), (86400, "24 h 0 min")],
    )
    def test_in_words(self, seconds, text):
        assert in_words(seconds) == text


class TestStatus:
    @pytest.fixture(autouse=True)
    def squeue(self, tmp_path, monkeypatch):
        """Give a function that says what squeue answers; without it, there is no SLURM."""
        programs = tmp_path / "programs"
        programs.mkdir()
        monkeypatch.setenv("PATH", str(programs))

        def answer(*jobs, code=0):
            lines = "\n".join(jobs)
            (programs / "squeue").write_text(f"#!/bin/sh\necho '{lines}'\nexit {code}\n")
            (programs / "squeue").chmod(0o755)

        return answer

    @pytest.fixture
    def say(self, folder, shipped):
        plan = Plan(shipped)

        def say(seconds=30):
            return status(plan, folder, START + timedelta(seconds=seconds))

        return say

    def own_log(self, folder, text, when=10):
        path = folder / "results/logs/runs/ncl-basic/sparsity-0.1/seed-1.log"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        self.touch(path, when)

    def touch(self, path, when):
        time = (START + timedelta(seconds=when)).timestamp()
        os.utime(path, (time, time))

    def test_before_anything_ran(self, say):
        text = say()
        assert "training runs" in text
        assert text.endswith("Snakemake has not run here. Start it: snakemake --cores 8 all\n")

    def test_counts_what_is_there(self, folder, say):
        made = folder / "results/runs/cl-basic/sparsity-0.1/seed-1/run.json"
        made.parent.mkdir(parents=True)
        made.touch()
        line = next(line for line in say().splitlines() if line.startswith("training runs"))
        assert line.split() == ["training", "runs", "1", "253"]

    def test_running(self, folder, say):
        log = write(folder, header(train=4), started(5), finished(5, 8), started(6), locked=True)
        self.touch(log, 10)
        self.own_log(folder, "2026-11-23 12:00:10,000 epoch 800/8000, loss 0.3, 1.7 s\n")
        text = say()
        assert "Snakemake runs on 2 cores since 23 Nov 12:00 (30 s): 1 of 4 jobs (25%)" in text
        assert "s left" in text
        assert "  train ncl-basic 0.1 1: epoch 800/8000, 30 s so far" in text
        assert "Next: wait." in text

    def test_a_job_on_slurm_waits_to_start(self, folder, say):
        submitted = "Job 6 has been submitted with SLURM jobid 44 (log: x).\n"
        cluster = header("Provided remote nodes: 9", train=4)
        self.own_log(folder, "epoch 8000/8000 of an earlier run\n", when=-500)
        self.touch(write(folder, cluster, started(6), submitted, locked=True), 10)
        text = say()
        assert "runs on a cluster" in text
        assert "train ncl-basic 0.1 1 [SLURM 44]: waits to start" in text

    def test_jobs_as_squeue_has_them(self, folder, say, squeue):
        submitted = "Job {} has been submitted with SLURM jobid {} (log: x).\n"
        jobs = [started(k, seed=k) + submitted.format(k, 40 + k) for k in (1, 2, 3, 4)]
        cluster = header("Provided remote nodes: 9", train=5)
        self.touch(write(folder, cluster, *jobs, locked=True), 10)
        self.own_log(folder, "2026-11-23 12:00:10,000 epoch 800/8000, loss 0.3, 1.7 s\n")
        ended = f"{START:%Y-%m-%dT%H:%M:%S}"
        squeue(
            "41|RUNNING|None|0:17|node7|2026-11-23T13:00:00",
            "42|PENDING|Priority|0:00||N/A",
            f"43|COMPLETED|None|0:20|node7|{ended}",
            "99|RUNNING|None|1:00|node7|2026-11-23T13:00:00",
        )
        text = say()
        assert "Running: 4, 1 of them in SLURM's queue\n" in text
        assert "train ncl-basic 0.1 1 [SLURM 41]: epoch 800/8000, on node7 since 0:17\n" in text
        assert "train ncl-basic 0.1 2 [SLURM 42]: waits in SLURM's queue (Priority)\n" in text
        assert "0.1 3 [SLURM 43]: COMPLETED in SLURM, Snakemake has not looked since\n" in text
        assert "0.1 4 [SLURM 44]: SLURM does not know it any more\n" in text
        assert "If Snakemake was killed: scancel 41 42; the same command again" in text
        squeue(code=1)
        assert "train ncl-basic 0.1 2 [SLURM 42]: waits to start\n" in say()

    def test_jobs_that_snakemake_has_lost(self, folder, say, squeue):
        submitted = "Job 6 has been submitted with SLURM jobid 44 (log: x).\n"
        cluster = header("Provided remote nodes: 9", train=4)
        self.touch(write(folder, cluster, started(6), submitted, locked=True), 10)
        squeue(f"44|COMPLETED|None|0:20|node7|{START + timedelta(seconds=20):%Y-%m-%dT%H:%M:%S}")
        assert "Next: wait." in say(200)
        assert "Next: Snakemake has lost its SLURM jobs, they have ended: Ctrl-C" in say(300)

    def test_jobs_that_outlive_snakemake(self, folder, say, squeue):
        submitted = "Job 6 has been submitted with SLURM jobid 44 (log: x).\n"
        write(folder, header("Provided remote nodes: 9", train=4), started(6), submitted)
        squeue("44|RUNNING|None|0:20|node7|N/A")
        text = say()
        assert "Snakemake was interrupted" in text
        assert "Next: scancel 44; mend what failed" in text

    def test_failed_on_slurm(self, folder, say):
        """As Snakemake and SLURM write it; SLURM's reason wins over the job's own last line."""
        own = folder / "slurm_logs/rule_train/44.log"
        own.parent.mkdir(parents=True)
        limit = "*** STEP 44.0 ON node7 CANCELLED AT 2026-11-23T12:00:09 DUE TO TIME LIMIT ***"
        own.write_text(f"rule train:\nslurmstepd: error: {limit}\nsrun: error: node7: task 0\n")
        message = "SLURM-job '44' failed, SLURM status is: 'TIMEOUT'. Detailed failure reason"
        parts = (
            f"Job 6 has been submitted with SLURM jobid 44 (log: {own}).\n",
            failed(6, 9).replace("message: None", f"message: {message}"),
        )
        write(folder, header(train=4), started(6), *parts, ENDED, BROKEN)
        self.own_log(folder, "epoch 3/8000\n")
        text = say()
        reason = "STEP 44.0 ON node7 CANCELLED AT 2026-11-23T12:00:09 DUE TO TIME LIMIT"
        assert f"train ncl-basic 0.1 1 [SLURM 44]: SLURM says TIMEOUT; {reason}\n" in text
        assert "    log: results/logs/runs/ncl-basic/sparsity-0.1/seed-1.log\n" in text
        assert "    SLURM's log: slurm_logs/rule_train/44.log\n" in text

    def test_killed_or_silent(self, folder, say):
        log = write(folder, header(train=4), started(6), locked=True)
        self.touch(log, 0)
        assert "no sign of it" not in say(500)
        assert "no sign of it for 20 min" in say(1200)
        assert "If Snakemake was killed: the same command again" in say(1200)

    def test_interrupted(self, folder, say):
        write(folder, header(train=4), started(6))
        text = say()
        assert "Snakemake was interrupted (started 23 Nov 12:00): 0 of 4 jobs" in text
        assert "Running" not in text
        assert "the same command again" in text

    def test_failed(self, folder, say):
        write(folder, header(train=4), started(6), failed(6, 9), ENDED, BROKEN)
        self.own_log(folder, "error: loss not finite in epoch 3\n\n")
        text = say()
        assert "Snakemake ended with failures after 9 s" in text
        assert "Failed: 1\n  train ncl-basic 0.1 1: error: loss not finite in epoch 3\n" in text
        assert "log: results/logs/runs/ncl-basic/sparsity-0.1/seed-1.log" in text
        assert "mend what failed" in text
        line = next(line for line in text.splitlines() if line.startswith("training runs"))
        assert line.split()[-1] == "1"

    def test_finished(self, folder, say):
        write(folder, header(train=1), started(6), finished(6, 100, total=1), ENDED)
        text = say()
        assert "Snakemake finished after 2 min (started 23 Nov 12:00): 1 of 1 jobs (100%)" in text
        assert "Failed" not in text
        assert "snakemake --report" in text
