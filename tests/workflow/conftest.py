"""One real run of the whole pipeline at small scale, and cheap copies of it for each test."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

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


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The project as it was when the tests began, never run; only to be read."""
    return Workspace.of_project(tmp_path_factory.mktemp("workflow") / "project")


@pytest.fixture(scope="session")
def smoke(project: Workspace) -> SmokeRun:
    """Make every artefact from nothing, once for all tests."""
    workspace = project.copy(project.folder.with_name("smoke"))
    return SmokeRun(workspace, workspace.snakemake("all"))


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
