"""A full disk, a limit for files, a read-only folder: one message, and no half-written file."""

import contextlib
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from required import unavailable

from ssl_landscape.cli.main import main
from ssl_landscape.config import load_config
from ssl_landscape.pipeline.jobs import Job, find_job
from ssl_landscape.pipeline.plan import Plan, canonical

from .conftest import SmokeRun
from .workspace import PROJECT, SMOKE, Workspace, shown

RUN = "cl-basic/sparsity-0.1/seed-1"
JOBS = {  # each writes into a folder of its own; its inputs are the smoke run's
    "dataset": "sparse-0.1/seed-1",
    "train": RUN,
    "metrics": "cl-basic",
    "figure": "figure_02",
    "table": "table_2",
}
FREE = (0, 8, 16, 40, 80)  # KiB that are left on the disk: what fails depends on it
VOLATILE = (".json", ".jsonl")  # times are in records and notes


@pytest.fixture
def job(request: pytest.FixtureRequest, smoke: SmokeRun) -> Iterator[Job]:
    """A job of the finished smoke run, in whose folder the test works."""
    assert smoke.process.returncode == 0, smoke.process.stderr[-4000:]
    plan = Plan(load_config(PROJECT / "config.yaml", PROJECT / SMOKE))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(smoke.workspace.folder)
        yield find_job(plan, request.param, JOBS[request.param])


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


def link_inputs(job: Job, folder: Path) -> None:
    """Put links to the job's inputs into its folder: they take no room."""
    for file in job.inputs:
        link = folder / Path(file).relative_to("results/smoke")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(Path(file).resolve())


def run(job: Job, folder: Path) -> int:
    device = ("--device", "cpu") if job.rule == "train" else ()
    results = ("--results", str(folder), "--spec", canonical(job.spec))
    return main(["job", job.rule, job.name, *results, *device])


def outputs(folder: Path) -> dict[Path, bytes]:
    files = [p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()]
    return {path: path.read_bytes() for path in files if path.suffix not in VOLATILE}


def check_refusal(said: str, folder: Path, reason: str) -> None:
    """Check that there is one message, with a place, the reason and what to do."""
    errors = [line for line in said.splitlines() if "error: " in line]
    assert len(errors) == 1, said
    assert f"{folder}/" in errors[0]
    assert f"{reason}" in errors[0]
    assert "rerun the command" in errors[0]
    assert "Traceback" not in said


EACH = pytest.mark.parametrize("job", JOBS, indirect=True)


@EACH
def test_full_disk(job: Job, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Five amounts of free space per job, over earlier files and without any."""
    folder, filler = tmp_path / "disk" / "results", tmp_path / "disk" / "filler"
    refused = 0
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=2m", "tmpfs"):
        link_inputs(job, folder)
        assert run(job, folder) == 0
        whole = outputs(folder)
        for earlier in (True, False):
            for free in FREE:
                if not earlier:
                    shutil.rmtree(folder)
                    link_inputs(job, folder)
                fill(filler, free)
                capfd.readouterr()
                status = run(job, folder)
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
        assert run(job, folder) == 0  # the same command, with room
        assert outputs(folder) == whole


def fill(filler: Path, free: int) -> None:
    """Leave so many KiB."""
    space = os.statvfs(filler.parent)
    filler.write_bytes(b"0" * (space.f_bavail * space.f_frsize - free * 1024))


@EACH
def test_limited_file_size(job: Job, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    link_inputs(job, tmp_path / "results")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, before[1]))
    try:
        assert run(job, tmp_path / "results") == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    check_refusal(capfd.readouterr().err, tmp_path / "results", "File too large")
    assert all(len(content) <= 2048 for content in outputs(tmp_path / "results").values())


@EACH
def test_read_only_folder(job: Job, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    disk = tmp_path / "disk"
    with mounted(disk, "-t", "tmpfs", "tmpfs"):
        link_inputs(job, disk / "results")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        assert run(job, disk / "results") == 2
        check_refusal(capfd.readouterr().err, disk, "Read-only file system")


def test_snakemake_refuses_a_read_only_folder(fresh: Workspace) -> None:
    """Before any job."""
    with mounted(fresh.folder / "results", "-t", "tmpfs", "-o", "ro", "tmpfs"):
        process = fresh.snakemake("datasets")
    assert process.returncode != 0
    said = shown(process)
    assert "results/smoke: Read-only file system; make the file system writable" in said
    assert "Traceback" not in said
    assert "rule dataset" not in said


CONFIG = ("--config", "config.yaml", SMOKE)
SAMPLES = "results/smoke/datasets/sparse-0.1/seed-1/samples.parquet"


def test_a_copy_that_cannot_be_written_can_be_read(fresh: Workspace, tmp_path: Path) -> None:
    """By every command that only reads; Snakemake says in its first line why it cannot start."""
    fresh.run("ssl-landscape", "job", "dataset", "sparse-0.1/seed-1", *CONFIG)
    (fresh.folder / "results/smoke/tables").mkdir()
    (fresh.folder / "results/smoke/tables/table_3.md").write_text("a table\n")
    commands = {
        ("status", *CONFIG): "datasets  ",
        ("show", "table_3", *CONFIG): "a table",
        ("trace", SAMPLES, *CONFIG): "dataset sparse-0.1/seed-1",
        ("why", "figure_02", *CONFIG): "figure_02: 14 job(s) would run",
        ("compare", "config.yaml", SMOKE): "Datasets in both: 10",
        ("audit", *CONFIG): "# Audit of results/smoke",
        ("schema",): "config.schema.json: Read-only file system",
    }
    reader = Workspace(tmp_path / "reader")
    with mounted(reader.folder, "--bind", "-o", "ro", str(fresh.folder)):
        for command, expected in commands.items():
            process = reader.run("ssl-landscape", *command)
            assert expected in shown(process), command
            assert "Traceback" not in process.stderr
        process = reader.snakemake("--dry-run", "datasets")
    assert process.returncode == 1
    assert "reader: you cannot write here, as Snakemake has to" in shown(process)
    assert "Traceback" not in shown(process)
