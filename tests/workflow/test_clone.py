"""A clone has the same bytes, audit and job script, however git is set to rewrite text."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from required import unavailable

from .workspace import PROJECT, Workspace, shown

SETTINGS = {
    "autocrlf": {"core.autocrlf": "true"},
    "eol": {"core.eol": "crlf", "core.autocrlf": "false"},
    "attributes": {"core.attributesFile": "mine"},
}
MINE = "* text eol=crlf\n*.csv ident\n*.sh working-tree-encoding=UTF-16\n"


def clone(folder: Path, settings: dict[str, str]) -> Workspace:
    """Clone the project's last commit with a user's settings of git."""
    (folder / "mine").write_text(MINE)
    values = {key: value.replace("mine", f"{folder}/mine") for key, value in settings.items()}
    options = [word for pair in values.items() for word in ("--config", "=".join(pair))]
    command = ["git", "clone", "--quiet", *options, PROJECT, folder / "clone"]
    process = subprocess.run(command, capture_output=True, text=True)
    if process.returncode:
        unavailable(f"the project is not a repository: {process.stderr}")
    return Workspace(folder / "clone")


@pytest.mark.parametrize("name", SETTINGS)
def test_git_rewrites_no_file(tmp_path: Path, name: str) -> None:
    workspace = clone(tmp_path, SETTINGS[name])
    lines = workspace.git("ls-files", "--stage", "-z").split("\0")[:-1]
    blobs = {path: fields.split()[1] for fields, path in (line.split("\t") for line in lines)}
    files = [path for path in blobs if not (workspace.folder / path).is_symlink()]
    assert len(files) > 400
    found = workspace.git("hash-object", "--no-filters", *files).split()
    assert [f for f, blob in zip(files, found, strict=True) if blob != blobs[f]] == []
    assert workspace.git("status", "--porcelain") == ""


def test_a_clone_with_other_line_endings_is_audited_and_submitted(tmp_path: Path) -> None:
    """Its audit says what that of a plain clone says; its job script starts Snakemake."""
    reports = []
    for name in ("plain", "autocrlf"):
        (tmp_path / name).mkdir()
        workspace = clone(tmp_path / name, SETTINGS.get(name, {}))
        said = shown(workspace.run("ssl-landscape", "audit"))
        reports.append(re.sub(r"--seed \d+", "--seed", said))
    assert reports[0] == reports[1]
    assert "altered" not in reports[0]
    for name in ("snakemake", "ssl-landscape"):  # an active environment
        (tmp_path / name).write_text('#!/bin/sh\necho "$@"\n')
        (tmp_path / name).chmod(0o755)
    script = workspace.folder / "workflow/one_slurm_job.sh"
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SLURM_CPUS_PER_TASK": "3"}
    process = subprocess.run([script, "all"], env=environment, capture_output=True, text=True)
    assert process.stdout == "--cores 3 all\n", process.stderr
