"""What goes wrong on a cluster, one by one; the results are those of an undisturbed run.

Each test deletes finished runs and has SLURM make them again; the fixture ``rerun`` compares them
with the local run's, byte for byte. Processes are held at their start, so that the fault meets
them at work.
"""

import re
import shutil
import signal
from collections.abc import Callable, Iterator

import psutil
import pytest

from ..conftest import SmokeRun
from ..workspace import Workspace
from .cluster import Cluster, wait_for
from .submission import Submission, Training, curves, run_files

FIRST, SECOND = "cl-basic/sparsity-0.1/seed-1", "cl-basic/sparsity-0.1/seed-2"
Rerun = Callable[..., Workspace]


@pytest.fixture(scope="module")
def cluster(start_cluster: Callable[..., Cluster]) -> Cluster:
    """A SLURM with a CPU for every job that is held here: none has to make room for another."""
    return start_cluster(cpus=6)


@pytest.fixture(scope="module", autouse=True)
def over_time(
    cluster: Cluster, smoke: SmokeRun, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Submission, Training]]:
    """A job that hangs until its time limit, while the first tests run beside it.

    SLURM knows no limit below a minute, and looks at limits every half minute. The second attempt
    has 16 minutes. The partition is one where nothing is preempted.
    """
    workspace = smoke.workspace.copy(tmp_path_factory.mktemp("slurm") / "over_time")
    shutil.rmtree(workspace.folder / "results/smoke/runs" / FIRST)
    limit = ("--set-resources", "train:runtime=attempt**4", "train:slurm_partition=urgent")
    with Submission(workspace, *curves(FIRST), *limit) as submission:
        yield submission, submission.catch(1)[0]
    cluster.cancel_all(workspace.folder)


def state(cluster: Cluster, job: str) -> str:
    """Return the state that SLURM reports for a job."""
    return cluster.query("squeue", "--states=all", "--noheader", "-j", job, "-o", "%T")


def test_cancelled_job_runs_again(cluster: Cluster, rerun: Rerun):
    workspace = rerun(FIRST, SECOND)
    with Submission(workspace, *curves(FIRST, SECOND)) as submission:
        victim, other = submission.catch(2)
        status = submission.status()
        assert "another Snakemake process is already building results/smoke/" in status
        assert "Running: 2\n" in status
        for run in (FIRST, SECOND):
            assert f"  train {run}: running for " in status, status
        cluster.query("scancel", victim.slurm_job)
        other.let_go()
        output = submission.finish()
    assert state(cluster, victim.slurm_job) == "CANCELLED"
    assert state(cluster, other.slurm_job) == "COMPLETED"
    assert "SLURM status is: 'CANCELLED'" in output
    assert output.count("has been submitted with SLURM jobid") == 3


def test_job_over_its_memory_runs_again_with_more(cluster: Cluster, rerun: Rerun):
    workspace = rerun(FIRST)
    # 200 MB do not do for the Snakemake around the training; 1600 at the second attempt do.
    little = ("--set-resources", "train:mem_mb=200*attempt**3")
    with Submission(workspace, *curves(FIRST), *little) as submission:
        output = submission.finish()
    victim, again = re.findall(r"has been submitted with SLURM jobid (\d+)", output)
    assert state(cluster, victim) in ("FAILED", "OUT_OF_MEMORY")
    assert state(cluster, again) == "COMPLETED"
    (log,) = (workspace.folder / ".snakemake/slurm_logs").rglob(f"{victim}.log")
    assert "exceeded memory limit" in log.read_text(encoding="utf-8")
    assert str(log) in output


def test_job_that_cannot_succeed_is_reported_with_its_log(cluster: Cluster, finished: Workspace):
    shutil.rmtree(finished.folder / "results/smoke/runs" / FIRST)
    samples = finished.folder / "results/smoke/datasets/sparse-0.1/seed-1/samples.parquet"
    samples.write_bytes(samples.read_bytes()[:1000])
    with Submission(finished, *curves(FIRST)) as submission:
        output = submission.end()
    assert submission.process.returncode == 1
    assert output.count("has been submitted with SLURM jobid") == 2
    assert "samples.parquet: cannot be read" in output
    assert "results/smoke/logs/runs/cl-basic/sparsity-0.1/seed-1.log" in output
    logs = list((finished.folder / ".snakemake/slurm_logs").rglob("*.log"))
    assert len(logs) == 2
    assert all(str(log) in output for log in logs)
    status = submission.status()
    assert f"Failed: 1\n  train {FIRST}: UserError: results/smoke/datasets/" in status, status
    assert "samples.parquet: cannot be read" in status


def test_interrupted_snakemake_cancels_its_jobs(cluster: Cluster, rerun: Rerun):
    workspace = rerun(FIRST)
    with Submission(workspace, *curves(FIRST)) as submission:
        (training,) = submission.catch(1)
        submission.process.send_signal(signal.SIGINT)
        submission.end()
    assert submission.process.returncode != 0
    wait_for(lambda: state(cluster, training.slurm_job) == "CANCELLED", "the job to be cancelled")
    with Submission(workspace, *curves(FIRST)) as submission:
        submission.finish()


def test_snakemake_killed_and_called_again_while_its_jobs_run(cluster: Cluster, rerun: Rerun):
    """Both copies of a job train and write at the same time."""
    workspace = rerun(FIRST, SECOND)
    with Submission(workspace, *curves(FIRST, SECOND)) as submission:
        first = submission.catch(2)
        submission.kill()
        status = submission.status()
        assert "Running: 2\n" in status
        assert "a Snakemake process that was building results/smoke/ was killed" in status
        assert "Next: wait; these jobs run without Snakemake." in status
    with Submission(workspace, *curves(FIRST, SECOND)) as submission:  # no unlocking
        pids = {training.process.pid for training in first}
        second = submission.catch(2, lambda training: training.process.pid not in pids)
        assert {t.run for t in first} == {t.run for t in second} == {FIRST, SECOND}
        for training in (*first, *second):
            training.let_go()
        submission.finish()

    # Of two copies, the one that began later writes the files; the other one leaves them to it.
    def states(trainings: list[Training]) -> set[str]:
        return {state(cluster, training.slurm_job) for training in trainings}

    wait_for(lambda: states(first) == {"FAILED"}, "the earlier copies to give way", 120)
    wait_for(lambda: states(second) == {"COMPLETED"}, "the later copies to end", 120)


def test_preempted_job_is_requeued(cluster: Cluster, rerun: Rerun):
    workspace = rerun(FIRST)
    # Both GPUs (stand-ins), so that the urgent job has to take them from it.
    gpus = ("--set-resources", "train:gpu=2")
    with Submission(workspace, *curves(FIRST), *gpus) as submission:
        (victim,) = submission.catch(1)
        urgent = ("-p", "urgent", "--gres=gpu:1", "--wrap", "true")
        cluster.query("sbatch", "--output=/dev/null", *urgent)
        wait_for(lambda: state(cluster, victim.slurm_job) == "PENDING", "the job to be requeued")
        output = submission.finish()
    assert not victim.process.is_running()
    assert state(cluster, victim.slurm_job) == "COMPLETED"
    assert output.count("has been submitted with SLURM jobid") == 1


def test_job_over_its_time_limit_runs_again_with_more(
    cluster: Cluster, smoke: SmokeRun, over_time: tuple[Submission, Training]
):
    submission, victim = over_time
    output = submission.finish()
    assert state(cluster, victim.slurm_job) == "TIMEOUT"
    assert "SLURM status is: 'TIMEOUT'" in output
    assert output.count("has been submitted with SLURM jobid") == 2
    assert run_files(submission.workspace, FIRST) == run_files(smoke.workspace, FIRST)


def test_job_of_a_node_that_went_down_is_requeued(cluster: Cluster, rerun: Rerun):
    workspace = rerun(FIRST)
    with Submission(workspace, *curves(FIRST)) as submission:
        (victim,) = submission.catch(1)
        cluster.lose_node()
        wait_for(lambda: state(cluster, victim.slurm_job) == "PENDING", "the job to be requeued")
        cluster.start_node()
        output = submission.finish()
    assert state(cluster, victim.slurm_job) == "COMPLETED"
    assert output.count("has been submitted with SLURM jobid") == 1


def test_controller_is_restarted_while_jobs_run(cluster: Cluster, rerun: Rerun):
    """For less than the 9 seconds for which SLURM's programs try again."""
    workspace = rerun(FIRST, SECOND)
    with Submission(workspace, *curves(FIRST, SECOND)) as submission:
        first, second = submission.catch(2)
        cluster.end("slurmctld")
        first.let_go()
        wait_for(lambda: asks_slurm(submission), "Snakemake to ask for its jobs", pause=0.02)
        cluster.start_controller()
        second.let_go()
        output = submission.finish()
    assert state(cluster, first.slurm_job) == state(cluster, second.slurm_job) == "COMPLETED"
    assert output.count("has been submitted with SLURM jobid") == 2
    assert "Falling back to 'sacct'" not in output


def test_controller_is_away_for_long(cluster: Cluster, rerun: Rerun):
    """Without accounting: Snakemake loses its jobs, and has to be ended and called again."""
    workspace = rerun(FIRST)
    with Submission(workspace, *curves(FIRST)) as submission:
        (training,) = submission.catch(1)
        cluster.end("slurmctld")
        wait_for(lambda: "Falling back to 'sacct'" in submission.output, "a look without slurmctld")
        cluster.start_controller()
        training.let_go()
        wait_for(lambda: state(cluster, training.slurm_job) == "COMPLETED", "the job to end")
        assert "Running" not in submission.status()
        submission.process.send_signal(signal.SIGINT)
        submission.end()
    assert submission.process.returncode != 0
    with Submission(workspace, *curves(FIRST)) as submission:
        submission.finish()


def asks_slurm(submission: Submission) -> bool:
    """Return whether Snakemake waits for an answer of slurmctld now."""
    children = psutil.Process(submission.process.pid).children()
    return any(child.name() in ("scontrol", "squeue") for child in children)
