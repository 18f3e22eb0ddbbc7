"""A cluster that knows accounts and enforces them, with a partition of another name."""

from collections.abc import Callable

import pytest

from ..workspace import Workspace
from .cluster import ACCOUNT, Cluster, wait_for
from .submission import Submission, curves

RUN = "cl-basic/sparsity-0.1/seed-1"
KNOBS = ("--default-resources", f"slurm_account={ACCOUNT}", "slurm_partition=long")


@pytest.fixture(scope="module")
def cluster(start_cluster: Callable[..., Cluster]) -> Cluster:
    """A SLURM with slurmdbd, where only account ``lab`` may submit."""
    return start_cluster(accounting=True, partition="long")


def jobs(cluster: Cluster) -> list[str]:
    """List account, partition and state of all jobs that the accounting knows."""
    return cluster.query("sacct", "-X", "-n", "-P", "-o", "Account,Partition,State").splitlines()


def test_unknown_account_is_reported(cluster: Cluster, finished: Workspace):
    (finished.folder / curves(RUN)[0]).unlink()
    with Submission(finished, *curves(RUN), "--default-resources", "slurm_account=other") as run:
        output = run.end()
    assert run.process.returncode != 0
    assert "other" in output
    assert jobs(cluster) == []


@pytest.mark.parametrize("status", ["squeue", "sacct"])
def test_account_and_partition_from_the_command_line(
    cluster: Cluster, rerun: Callable[..., Workspace], status: str
):
    before = len(jobs(cluster))
    with Submission(rerun(RUN), *curves(RUN), *KNOBS, "--slurm-status-command", status) as run:
        run.finish()
    wait_for(lambda: "RUNNING" not in str(jobs(cluster)), "the accounting to know the end")
    assert jobs(cluster)[before:] == [f"{ACCOUNT}|long|COMPLETED"]


def test_controller_is_away_for_long_while_a_job_ends(
    cluster: Cluster, rerun: Callable[..., Workspace]
):
    """Longer than SLURM's programs try again: the status comes from the accounting."""
    with Submission(rerun(RUN), *curves(RUN), *KNOBS) as run:
        (training,) = run.catch(1)
        cluster.end("slurmctld")
        training.let_go()
        wait_for(lambda: "Falling back to 'sacct'" in run.output, "a look without slurmctld")
        cluster.start_controller()
        output = run.finish()
    assert output.count("has been submitted with SLURM jobid") == 1
