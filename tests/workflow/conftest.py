"""One real run of the whole pipeline at small scale, and cheap copies of it for each test.

It is made once for all of pytest's processes: the first one to need it makes it, others wait.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from .workspace import Workspace


@dataclass(frozen=True)
class SmokeRun:
    """The finished smoke run; only to be read, tests change copies of it."""

    workspace: Workspace
    process: subprocess.CompletedProcess

    @property
    def results(self) -> Path:
        """The folder of its results."""
        return self.workspace.folder / "results" / "smoke"


@pytest.fixture(autouse=True)
def own_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process's own code, of which all are copies, work in a copy of the project."""
    monkeypatch.setattr("ssl_landscape.cli.main.require_own_code_around", lambda folder: None)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all of pytest's processes share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "workflow"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def project(shared: Path) -> Workspace:
    """The project as it was when the tests began, never run; only to be read."""
    folder = shared / "project"
    with FileLock(shared / "project.lock"):
        return Workspace(folder) if folder.exists() else Workspace.of_project(folder)


@pytest.fixture(scope="session")
def smoke(project: Workspace, shared: Path) -> SmokeRun:
    """Make every artefact from nothing, once for all tests."""
    folder, said = shared / "smoke", shared / "smoke.json"
    with FileLock(shared / "smoke.lock"):
        if not said.exists():
            process = project.copy(folder).snakemake("all")
            facts = {"returncode": process.returncode, "stderr": process.stderr}
            said.write_text(json.dumps({"args": [], "stdout": process.stdout, **facts}))
    process = subprocess.CompletedProcess(**json.loads(said.read_text()))
    return SmokeRun(Workspace(folder), process)


@pytest.fixture
def fresh(project: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of the project in which nothing has run."""
    workspace = project.copy(tmp_path / "fresh")
    yield workspace
    shutil.rmtree(workspace.folder)


@pytest.fixture
def finished(smoke: SmokeRun, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of the finished smoke run."""
    assert smoke.process.returncode == 0, smoke.process.stderr[-4000:]
    workspace = smoke.workspace.copy(tmp_path / "finished")
    yield workspace
    shutil.rmtree(workspace.folder)
