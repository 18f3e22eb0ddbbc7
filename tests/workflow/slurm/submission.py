"""Snakemake submitting to SLURM, and its training processes, to be held and let go."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from ..workspace import SMOKE, Workspace, interruptible
from .cluster import wait_for

PROFILE = "workflow/profiles/slurm"
# Read by each Python of a workspace at its start: a training stops itself right after it has noted
# its start, when it imports torch.
HOLD = """\
import os, signal, sys

def hold(event, arguments):
    if event == "import" and arguments[0] == "torch":
        os.kill(os.getpid(), signal.SIGSTOP)

if sys.orig_argv[2:4] == ["job", "train"]:
    sys.addaudithook(hold)
"""
IMPATIENT = (sys.executable, str(Path(__file__).with_name("impatient.py")))


@dataclass(frozen=True)
class Training:
    """A training process that SLURM started; while held, it runs on to SLURM, and hangs."""

    process: psutil.Process
    run: str  # model/sparsity-<s>/seed-<k>
    slurm_job: str
    gpus: str | None  # CUDA_VISIBLE_DEVICES

    @property
    def stopped(self) -> bool:
        """Whether it is held."""
        with contextlib.suppress(psutil.Error):
            return self.process.status() == psutil.STATUS_STOPPED
        return False

    def let_go(self) -> None:
        """Let it go on; nothing if it has ended."""
        if self.process.is_running():
            self.process.resume()


class Submission:
    """One call of Snakemake with the profile for SLURM, in a workspace."""

    def __init__(self, workspace: Workspace, *arguments: str, profile: str = PROFILE) -> None:
        """Start it; its output goes to a file."""
        self.workspace = workspace
        self._log = (workspace.folder / f"snakemake-{time.monotonic_ns()}.txt").open("w+")
        command = ["--configfile", SMOKE, "--workflow-profile", profile, *arguments]
        self.process = subprocess.Popen(
            [*IMPATIENT, *command],
            cwd=workspace.folder,
            env=workspace.environment(),
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=interruptible,
        )

    def __enter__(self) -> "Submission":
        return self

    def __exit__(self, *_: object) -> None:
        """End it; its jobs are cancelled by the cluster's fixture."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._log.close()

    @property
    def output(self) -> str:
        """All that it wrote so far."""
        return Path(self._log.name).read_text(encoding="utf-8")

    def catch(
        self, count: int, wanted: Callable[[Training], bool] = lambda _: True
    ) -> list[Training]:
        """Hold its next training processes, as :func:`catch` does."""

        def goes_on() -> None:
            assert self.process.poll() is None, self.output[-6000:]

        return catch(self.workspace, count, wanted, goes_on)

    def finish(self, seconds: float = 600) -> str:
        """Wait for its end, which has to be a success; give its output."""
        self.end(seconds)
        assert self.process.returncode == 0, self.output[-6000:]
        return self.output

    def end(self, seconds: float = 600) -> str:
        """Wait for its end, whatever it is; give its output."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still not at its end:\n{self.output[-6000:]}") from None
        return self.output

    def status(self) -> str:
        """Ask ``ssl-landscape status`` in its workspace."""
        process = self.workspace.run("ssl-landscape", "status", "--config", "config.yaml", SMOKE)
        assert process.returncode == 0, process.stderr
        return process.stdout

    def kill(self) -> None:
        """Kill it, as kill -9 does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def trainings(workspace: Workspace) -> list[Training]:
    """List the training processes in this workspace, held or not."""
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            if command[2:4] != ["job", "train"] or process.cwd() != str(workspace.folder):
                continue
            own = process.environ()
        except psutil.Error:
            continue  # it ended while we looked, or it has just begun
        job, gpus = own["SLURM_JOB_ID"], own.get("CUDA_VISIBLE_DEVICES")
        found.append(Training(process, command[4], job, gpus))
    return found


def catch(
    workspace: Workspace,
    count: int,
    wanted: Callable[[Training], bool] = lambda _: True,
    check: Callable[[], None] = lambda: None,
) -> list[Training]:
    """Hold each training process that starts, until so many (``wanted`` ones) are held."""
    hold = workspace.folder / "src" / "sitecustomize.py"
    hold.write_text(HOLD)
    held: list[Training] = []

    def look() -> bool:
        check()
        held[:] = [
            training for training in trainings(workspace) if wanted(training) and training.stopped
        ]
        return len(held) >= count

    wait_for(look, f"{count} training processes", seconds=300)
    hold.unlink()
    return held


def run_files(workspace: Workspace, *runs: str) -> dict[str, bytes]:
    """Read what these runs made, except their records: those name times and hosts."""
    folder = workspace.folder / "results" / "smoke" / "runs"
    names = ("curve.parquet", "weights.safetensors")
    return {f"{run}/{name}": (folder / run / name).read_bytes() for run in runs for name in names}


def curves(*runs: str) -> list[str]:
    """Name the curves of runs, as targets."""
    return [f"results/smoke/runs/{run}/curve.parquet" for run in runs]
