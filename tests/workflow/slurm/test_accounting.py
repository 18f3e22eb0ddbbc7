"""A cluster that knows accounts and enforces them, with a partition of another name."""

import re
import shlex
from collections.abc import Callable

import pytest

from ..workspace import PROJECT, Workspace
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


def test_first_command_of_the_page(cluster: Cluster, rerun: Callable[..., Workspace]):
    """As docs/cluster.md has it, with this cluster's partition; all but one run are there."""
    page = (PROJECT / "docs" / "cluster.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^snakemake (.+/figure_03\.pdf .+)$", page, re.MULTILINE)
    assert f"slurm_account={ACCOUNT} slurm_partition=batch" in command
    workspace = rerun("ncl-basic-2l/sparsity-0.1/seed-1")
    results = workspace.folder / "results" / "smoke"
    before = (results / "figures" / "figure_03.pdf").read_bytes()
    for file in (*results.glob("metrics/ncl-basic-2l.*"), *results.glob("figures/figure_03.*")):
        file.unlink()
    known = len(jobs(cluster))
    process = workspace.run("snakemake", *shlex.split(command.replace("=batch", "=long")))
    assert process.returncode == 0, process.stderr[-4000:]
    assert (results / "figures" / "figure_03.pdf").read_bytes() == before
    wait_for(lambda: "RUNNING" not in str(jobs(cluster)), "the accounting to know the end")
    assert jobs(cluster)[known:] == [f"{ACCOUNT}|long|COMPLETED"]


def test_status_by_sacct_mails_and_the_efficiency_report(
    cluster: Cluster, rerun: Callable[..., Workspace]
):
    """The two options as docs/cluster.md has them."""
    page = (PROJECT / "docs" / "cluster.md").read_text(encoding="utf-8")
    (mails,) = re.findall(r"`(--set-resources train:slurm_extra=\"'--mail-type.+)` \|$", page, re.M)
    (report,) = re.findall(r"`(--slurm-efficiency-report)`", page)
    known, workspace = len(jobs(cluster)), rerun(RUN)
    options = [*KNOBS, "--slurm-status-command", "sacct", *shlex.split(mails), report]
    with Submission(workspace, *curves(RUN), *options) as run:
        (training,) = run.catch(1)
        described = cluster.query("scontrol", "show", "job", training.slurm_job)
        assert "MailUser=you@example.org MailType=FAIL" in " ".join(described.split())
        training.let_go()
        run.finish()
    (table,) = workspace.folder.glob("efficiency_report_*.csv")
    header, *rows = table.read_text(encoding="utf-8").splitlines()
    assert "Memory Usage (%)" in header
    assert len(rows) == 1
    wait_for(lambda: "RUNNING" not in str(jobs(cluster)), "the accounting to know the end")
    assert jobs(cluster)[known:] == [f"{ACCOUNT}|long|COMPLETED"]


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
