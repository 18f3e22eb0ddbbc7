"""A full disk, a limit for files, a read-only folder: one message, and no half-written file."""

import contextlib
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssl_landscape.cli.main import main

from .conftest import SmokeRun
from .required import unavailable
from .workspace import Workspace, shown

CONFIG = ("--config", "config.yaml", "workflow/variants/smoke.yaml")
SMOKE = "results/smoke"
RUN = "runs/cl-basic/sparsity-0.1/seed-1"
METRICS = "metrics/cl-basic"
STEPS = {  # each writes into the folder {0}; its inputs are the smoke run's
    "dataset": "dataset --dataset sparse-0.1 --seed 1 --samples {0}/datasets/a/samples.parquet"
    " --dictionary {0}/datasets/a/dictionary.parquet",
    "train": f"train --model cl-basic --sparsity 0.1 --seed 1 --device cpu --folder {{0}}/{RUN}",
    "metrics": f"metrics --model cl-basic --output {{0}}/{METRICS}.parquet"
    f" --final {{0}}/{METRICS}.final.csv",
    "figure": "figure --figure figure_02 --output {0}/figures/a.pdf {0}/figures/a.png",
    "table": "table --table table_2 --output {0}/tables/a.csv {0}/tables/a.md {0}/tables/a.tex",
}
FREE = (0, 8, 16, 40, 80)  # KiB that are left on the disk: what fails depends on it
VOLATILE = (".json", ".jsonl")  # times are in records and notes


@pytest.fixture(scope="module", autouse=True)
def in_smoke_run(smoke: SmokeRun) -> Iterator[None]:
    """Work in the finished smoke run's folder; its files are only read."""
    assert smoke.process.returncode == 0, smoke.process.stderr[-4000:]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(smoke.workspace.folder)
        yield


@contextlib.contextmanager
def mounted(folder: Path, *arguments: str) -> Iterator[None]:
    """Mount something at a folder; needs root, as in a container."""
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.run(["mount", *arguments, folder], capture_output=True, text=True)
    if process.returncode:
        unavailable(f"cannot mount here: {process.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def run(step: str, folder: Path) -> int:
    return main([*STEPS[step].format(folder).split(), *CONFIG])


def outputs(folder: Path) -> dict[Path, bytes]:
    files = [p for p in folder.rglob("*") if p.is_file() and p.suffix not in VOLATILE]
    return {path: path.read_bytes() for path in files}


def check_refusal(said: str, folder: Path, reason: str) -> None:
    """Check that there is one message, with a place, the reason and what to do."""
    errors = [line for line in said.splitlines() if "error: " in line]
    assert len(errors) == 1, said
    assert f"{folder}/" in errors[0]
    assert f"{reason}" in errors[0]
    assert "rerun the command" in errors[0]
    assert "Traceback" not in said


@pytest.mark.parametrize("step", STEPS)
def test_full_disk(step: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Five amounts of free space a step, over earlier files and without any."""
    folder, filler = tmp_path / "disk" / "results", tmp_path / "disk" / "filler"
    refused = 0
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=2m", "tmpfs"):
        assert run(step, folder) == 0
        whole = outputs(folder)
        for earlier in (True, False):
            for free in FREE:
                if not earlier:
                    shutil.rmtree(folder)
                fill(filler, free)
                capfd.readouterr()
                status = run(step, folder)
                said = capfd.readouterr().err
                found = outputs(folder)
                assert all(found[path] == whole[path] for path in found)
                if status:
                    check_refusal(said, folder, "No space left on device")
                    assert found == whole or not earlier
                    refused += 1
                else:
                    assert found == whole
                filler.unlink()
        assert refused >= 4  # no room at all, and too little for the first file
        assert run(step, folder) == 0  # the same command, with room
        assert outputs(folder) == whole


def fill(filler: Path, free: int) -> None:
    """Leave so many KiB."""
    space = os.statvfs(filler.parent)
    filler.write_bytes(b"0" * (space.f_bavail * space.f_frsize - free * 1024))


@pytest.mark.parametrize("step", STEPS)
def test_limited_file_size(step: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, before[1]))
    try:
        assert run(step, tmp_path / "results") == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    check_refusal(capfd.readouterr().err, tmp_path / "results", "File too large")
    assert all(len(content) <= 2048 for content in outputs(tmp_path / "results").values())


@pytest.mark.parametrize("step", STEPS)
def test_read_only_folder(step: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "disk" / "results"
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "ro", "tmpfs"):
        assert run(step, folder) == 2
        check_refusal(capfd.readouterr().err, tmp_path / "disk", "Read-only file system")


def test_snakemake_refuses_a_read_only_folder(fresh: Workspace) -> None:
    """Before any job."""
    with mounted(fresh.folder / "results", "-t", "tmpfs", "-o", "ro", "tmpfs"):
        process = fresh.snakemake("datasets")
    assert process.returncode != 0
    said = shown(process)
    assert "results/smoke: Read-only file system; make its file system writable" in said
    assert "Traceback" not in said
    assert "rule dataset" not in said
