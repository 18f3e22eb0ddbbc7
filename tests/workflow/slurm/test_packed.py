"""Several runs in one SLURM job: one job with Snakemake inside, or groups."""

import os
import subprocess
import sysconfig
from collections.abc import Callable

from ..workspace import SMOKE, Workspace
from .cluster import Cluster, wait_for
from .submission import Submission, catch, curves
from .test_faults import state

RUNS = [f"cl-basic/sparsity-{s}/seed-{k}" for s in ("0.1", "0.3") for k in (1, 2)]


def submit(workspace: Workspace, *options: str) -> str:
    """Submit the workflow's own script; give the SLURM job."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    script = ("workflow/one_slurm_job.sh", *curves(*RUNS), "--configfile", SMOKE)
    process = subprocess.run(
        ["sbatch", "--parsable", *options, *script],
        cwd=workspace.folder,
        env=workspace.environment() | {"PATH": path},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout.strip()


def test_one_job_shares_its_gpu_and_survives_preemption(
    cluster: Cluster, rerun: Callable[..., Workspace]
):
    workspace = rerun(*RUNS)
    job = submit(workspace, "--cpus-per-task=3", "--gres=gpu:1")
    held = catch(workspace, 3)
    assert {(training.slurm_job, training.gpus) for training in held} == {(job, "0")}
    urgent = ("-p", "urgent", "--cpus-per-task", str(cluster.cpus), "--wrap", "sleep 1")
    cluster.query("sbatch", "--output=/dev/null", *urgent)
    wait_for(lambda: state(cluster, job) == "PENDING", "the job to be requeued")
    wait_for(lambda: state(cluster, job) not in ("PENDING", "RUNNING"), "its end", 600)
    log = (workspace.folder / f"slurm-{job}.log").read_text(encoding="utf-8")
    assert state(cluster, job) == "COMPLETED", log
    assert "DUE TO PREEMPTION" in log
    assert log.count("Building DAG of jobs") == 2, log


def test_group_makes_its_runs_one_after_the_other(
    cluster: Cluster, rerun: Callable[..., Workspace]
):
    workspace = rerun(*RUNS[:2])
    group = ("--groups", "train=train", "--group-components", "train=2")
    with Submission(workspace, *curves(*RUNS[:2]), *group) as submission:
        (training,) = submission.catch(1)
        asked = cluster.query("squeue", "-h", "-j", training.slurm_job, "-o", "%C %m %l")
        assert asked == "1 1000M 20:00"
        training.let_go()
        output = submission.finish()
    assert output.count("has been submitted with SLURM jobid") == 1
