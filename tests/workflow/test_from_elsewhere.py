"""Snakemake from another folder, workflow or environment: one line says what to do."""

import os
import subprocess
from pathlib import Path

import pytest

from .workspace import Workspace, shown

INACTIVE = "the project's environment is not active"


def first_line(process: subprocess.CompletedProcess) -> str:
    """Return what Snakemake's error says; below it are only places in files."""
    assert process.returncode == 1, shown(process)
    lines = process.stdout.splitlines()  # where errors of a dry run go
    start = next(i for i, line in enumerate(lines) if line.startswith("WorkflowError in file"))
    assert all(line.startswith("  File ") for line in lines[start + 2 :] if line), lines
    return lines[start + 1]


def test_another_folder_or_workflow_is_refused(project: Workspace, tmp_path: Path) -> None:
    paper, other = f"{project.folder}/Snakefile", tmp_path / "other"
    other.mkdir()
    module = f'module paper:\n    snakefile: "{paper}"\n    config: config\n'
    (tmp_path / "Snakefile").write_text(f"{module}use rule * from paper as paper_*\n")
    for options, words in {
        ("--directory", str(other)): "run it in its own folder: ",
        ("--snakefile", paper): "run it in its own folder: ",
        ("--snakefile", str(tmp_path / "Snakefile")): "this workflow is no module; ",
    }.items():
        folder = project if options[0] == "--directory" else Workspace(other)
        command = [project.program("snakemake"), "-n", *options]
        environment = project.environment()
        process = subprocess.run(
            command, cwd=folder.folder, env=environment, capture_output=True, text=True
        )
        line = first_line(process)
        assert words in line
        assert f"cd {project.folder} && snakemake" in line
        assert {path.name for path in other.iterdir()} <= {".snakemake"}


@pytest.mark.parametrize("setting", ["defaults={seeds: 2}", "override={epochs: 3}"])
def test_nested_settings_of_the_command_line_are_refused(project: Workspace, setting: str) -> None:
    line = first_line(project.run("snakemake", "-n", "--config", setting))
    assert line.startswith(f"--config {setting.partition('=')[0]}=...: ")
    assert "type --configfile my.yaml" in line


def test_plain_settings_of_the_command_line_count(project: Workspace) -> None:
    process = project.run("snakemake", "-n", "datasets", "--config", "variant=other")
    assert process.returncode == 0, shown(process)
    assert "results/other/datasets/" in process.stdout


@pytest.mark.parametrize(
    "text",
    ["", "raise ModuleNotFoundError(\"No module named 'pyarrow'\")"],
    ids=["no package", "a package without its dependencies"],
)
def test_a_missing_package(project: Workspace, tmp_path: Path, text: str) -> None:
    (tmp_path / "ssl_landscape.py").write_text(text)  # instead of the package
    environment = project.environment() | {"PYTHONPATH": str(tmp_path)}
    command = [project.program("snakemake"), "-n"]
    process = subprocess.run(
        command, cwd=project.folder, env=environment, capture_output=True, text=True
    )
    line = first_line(process)
    assert line.startswith(f"{INACTIVE} (No module named '")
    assert ". .venv/bin/activate" in line


def test_a_snakemake_that_is_too_old(fresh: Workspace) -> None:
    fresh.replace("Snakefile", 'min_version("9.19")', 'min_version("99.0")')
    line = first_line(fresh.run("snakemake", "-n"))
    assert line.startswith(f"{INACTIVE} (Expecting Snakemake version 99.0 or higher")
    # What older ones cannot read would hide the message.
    assert "pathvars:" not in (fresh.folder / "Snakefile").read_text("utf-8")


def test_a_missing_package_in_a_command(project: Workspace, tmp_path: Path) -> None:
    (tmp_path / "yaml.py").write_text("raise ModuleNotFoundError(\"No module named 'yaml'\")")
    source = project.environment()["PYTHONPATH"]
    environment = project.environment() | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{source}"}
    process = subprocess.run(
        [project.program("ssl-landscape"), "check"],
        cwd=project.folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert process.returncode == 2
    (line,) = process.stderr.splitlines()
    assert f"No module named 'yaml'; {INACTIVE}" in line


def slurm_script(project: Workspace, folder: Path, path: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["bash", project.folder / "workflow/one_slurm_job.sh", "--version"],
        cwd=folder,
        env=project.environment() | {"PATH": path, "SLURM_CPUS_PER_TASK": "1"},
        capture_output=True,
        text=True,
    )


def test_the_slurm_script_without_an_environment(project: Workspace, tmp_path: Path) -> None:
    process = slurm_script(project, tmp_path, "/usr/bin:/bin")
    assert process.returncode == 2
    (line,) = process.stderr.splitlines()
    assert line.startswith(f"{INACTIVE}: type . .venv/bin/activate")


def test_the_slurm_script_beside_another_snakemake(project: Workspace, tmp_path: Path) -> None:
    (tmp_path / "snakemake").write_text("#!/bin/sh\necho another one\n")
    (tmp_path / "snakemake").chmod(0o755)
    own = project.program("ssl-landscape").parent
    process = slurm_script(project, tmp_path, f"{tmp_path}:{own}:/usr/bin:/bin")
    assert process.returncode == 0, process.stderr
    assert process.stdout.startswith("9.")
