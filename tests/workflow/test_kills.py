"""kill -9 of jobs, of Snakemake, and of both, at random moments; then the same command again.

12 kills here. 50, with the same checks: pytest -m slow tests/workflow/test_kills.py
"""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from .workspace import Workspace, shown

TARGET = "results/killed/figures/figure_02.pdf"
# What a person does not need to repeat: when, where and at which attempt a job ran.
VOLATILE = ("start", "end", "seconds", "peak_memory_mb", "seal", "attempt", "earlier_attempts")
TEMPORARY = re.compile(r"\..+\.[0-9a-f]{32}(\..+)?")
KINDS = ("job", "Snakemake", "both")


def small(workspace: Workspace, seeds: int) -> str:
    """Write a config in which a training job takes a second beside its imports."""
    content = {
        "variant": "killed",
        "defaults": {"sparsities": [0.1]},
        "override": {"epochs": 800, "seeds": seeds},
    }
    return workspace.write_config("killed.yaml", content)


def start(workspace: Workspace, config: str) -> subprocess.Popen:
    """Start what the user types, in a process group of its own."""
    command = [workspace.program("snakemake"), "--cores", "2", TARGET, "--configfile", config]
    log = (workspace.folder / "said.txt").open("a")
    return subprocess.Popen(
        command,
        cwd=workspace.folder,
        env=workspace.environment(),
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def jobs_of(process: subprocess.Popen) -> list[psutil.Process]:
    """List the running programs of the pipeline that this Snakemake started."""
    found = []
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if any(part.endswith("/ssl-landscape") for part in child.cmdline()):
                    found.append(child)
    return found


def kill(process: subprocess.Popen, kind: str, chance: random.Random) -> list[psutil.Process]:
    """Kill; return the jobs that go on without their Snakemake. Nothing to kill gives None."""
    jobs = jobs_of(process)
    if process.poll() is not None or (kind == "job" and not jobs):
        return None
    if kind == "job":
        with contextlib.suppress(psutil.NoSuchProcess):
            chance.choice(jobs).kill()
        return []
    if kind == "both":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    return jobs if kind == "Snakemake" else []


def interrupt(workspace: Workspace, config: str, kills: int, seed: int) -> dict[str, int]:
    """Start the command again and again, with a kill at a random moment; count the kills."""
    chance = random.Random(seed)
    done = dict.fromkeys(KINDS, 0)
    orphans: list[psutil.Process] = []
    process = None
    while sum(done.values()) < kills:
        if process is None or process.poll() is not None:
            if process is not None and process.returncode == 0:  # a quick machine: more to do
                for name in ("figures", "metrics", "runs/ncl-basic"):
                    shutil.rmtree(workspace.folder / "results" / "killed" / name)
            process = start(workspace, config)
        kind = min(KINDS, key=lambda kind: (done[kind], chance.random()))
        # From before Snakemake reads the Snakefile to the end of a job's life.
        time.sleep(chance.uniform(0.2, 2) if kind == "job" else chance.uniform(0.5, 6))
        left = kill(process, kind, chance)
        if left is not None:
            done[kind] += 1
            orphans += left
    if process.poll() is None:
        process.wait()
    end = time.monotonic() + 120
    while any(map(runs, orphans)) and time.monotonic() < end:
        time.sleep(0.1)
    return done


def runs(process: psutil.Process) -> bool:
    """Return whether it runs; psutil's own wait fails where it ends at that moment."""
    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def check(workspace: Workspace, config: str, reference: Workspace) -> int:
    """Compare all files with those of an uninterrupted run; return how many there are."""
    expected, found = (listed(one.folder / "results") for one in (reference, workspace))
    assert found == expected
    for file in found:
        ours, theirs = (one.folder / "results" / file for one in (workspace, reference))
        if file.suffix == ".json":
            assert lasting(ours) == lasting(theirs), file
        else:
            assert ours.read_bytes() == theirs.read_bytes(), file
    assert [p for p in (workspace.folder / "results").rglob(".*") if TEMPORARY.match(p.name)] == []
    assert list((workspace.folder / "results").rglob("*.jsonl")) == []  # no attempt left open
    again = workspace.snakemake("--dry-run", TARGET, configs=(config,))
    assert "Nothing to be done" in shown(again)
    return len(found)


def listed(folder: Path) -> list[Path]:
    kept = [p.relative_to(folder) for p in folder.rglob("*") if p.is_file()]
    return sorted(p for p in kept if not {"logs", "timings"} & set(p.parts))


def lasting(record: Path) -> dict:
    content = json.loads(record.read_text(encoding="utf-8"))
    return {key: value for key, value in content.items() if key not in VOLATILE}


@pytest.mark.parametrize(
    ("kills", "seeds"), [(12, 4), pytest.param(50, 12, marks=pytest.mark.slow)]
)
def test_kills(project: Workspace, tmp_path: Path, kills: int, seeds: int) -> None:
    reference, workspace = (project.copy(tmp_path / name) for name in ("reference", "killed"))
    config = small(reference, seeds), small(workspace, seeds)
    process = reference.snakemake(TARGET, "--cores", "1", configs=(config[0],))
    assert process.returncode == 0, shown(process)
    done = interrupt(workspace, config[1], kills, seed=kills)
    print(f"kills: {done}")
    # No unlocking, no clean-up: the same command.
    process = workspace.snakemake(TARGET, configs=(config[1],))
    assert process.returncode == 0, shown(process)
    assert "Traceback" not in (workspace.folder / "said.txt").read_text(encoding="utf-8")
    # Datasets, runs, metrics and the figure, each with its record; what is installed, once.
    assert check(workspace, config[1], reference) == 3 * seeds + 2 * 3 * seeds + 2 * 3 + 4 + 1
