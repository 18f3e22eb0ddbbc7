"""Requests for GPUs, on a node with two (stand-ins: SLURM hands out their numbers)."""

from collections.abc import Callable

from ..workspace import Workspace
from .cluster import Cluster, wait_for
from .submission import Submission, Training, curves, trainings

RUNS = [f"cl-basic/sparsity-{s}/seed-{k}" for s in ("0.1", "0.3") for k in (1, 2)]


def device(training: Training) -> str:
    """Return the device that the training was told to use."""
    command = training.process.cmdline()
    return command[command.index("--device") + 1]


def test_each_job_has_a_gpu_of_its_own(cluster: Cluster, rerun: Callable[..., Workspace]):
    workspace = rerun(*RUNS)
    # As device: cuda asks for it; here the training itself falls back to the CPU.
    knobs = ("--set-resources", "train:gpu=1", "train:slurm_partition=urgent")
    with Submission(workspace, *curves(*RUNS), *knobs) as submission:
        first = submission.catch(2)
        wait_for(
            lambda: submission.output.count("has been submitted with SLURM jobid") == 4,
            "all submissions",
        )
        states = cluster.query("squeue", "-h", "-o", "%T %P %C").splitlines()
        assert sorted(states) == 2 * ["PENDING urgent 1"] + 2 * ["RUNNING urgent 1"]
        assert {training.gpus for training in first} == {"0", "1"}
        assert {device(training) for training in first} == {"auto"}
        assert "Running: 2\n" in submission.status()
        # While one holds its GPU, the others can have the other one only.
        keeper, other = first
        other.let_go()
        done = {training.process.pid for training in first}
        for _ in range(2):
            (training,) = submission.catch(1, lambda t: t.process.pid not in done)
            assert training.gpus == other.gpus
            assert len(trainings(workspace)) == 2
            done.add(training.process.pid)
            training.let_go()
        keeper.let_go()
        submission.finish()


def test_job_without_a_gpu_leaves_them_alone(cluster: Cluster, rerun: Callable[..., Workspace]):
    workspace = rerun(RUNS[0])
    with Submission(workspace, *curves(RUNS[0])) as submission:
        (training,) = submission.catch(1)
        assert training.gpus in (None, "", "NoDevFiles")
        assert device(training) == "cpu"
        training.let_go()
        submission.finish()
