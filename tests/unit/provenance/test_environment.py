"""What a record says of the machine and of the commit, whatever lies around the project."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ssl_landscape.pipeline.checkout import CONFIGS
from ssl_landscape.provenance import environment


def git(folder: Path, *arguments: str) -> str:
    author = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    command = ["git", *author, *arguments]
    process = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return process.stdout.strip()


def repository(folder: Path, message: str = "All") -> str:
    """Commit a small project; return the commit."""
    write(folder, "src/ssl_landscape/__init__.py", "config.yaml", "Snakefile", "README.md")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", f"--message={message}")
    return git(folder, "rev-parse", "HEAD")


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"# {name}\n")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of the project whose code seems to run; its config is in use."""
    folder = tmp_path / "above" / "project"
    folder.mkdir(parents=True)
    monkeypatch.setattr(environment, "ROOT", folder)
    monkeypatch.setenv(CONFIGS, str(folder / "config.yaml"))
    return folder


class TestCommit:
    def test_of_its_own_repository_wherever_the_job_runs(
        self, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        commit = repository(project)
        other = tmp_path / "other"
        other.mkdir()
        assert repository(other, "Other") != commit
        monkeypatch.chdir(other)
        assert environment.git() == {"commit": commit, "dirty": False, "changed": []}

    def test_of_a_worktree(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        repository(project)
        git(project, "worktree", "add", "--quiet", "../tree")
        write(project, "src/more.py")
        git(project, "add", "--all")
        git(project, "commit", "--quiet", "--message=More")
        monkeypatch.setattr(environment, "ROOT", project.parent / "tree")
        monkeypatch.setenv(CONFIGS, "")
        found = environment.git()
        assert found is not None
        assert found["commit"] == git(project, "rev-parse", "HEAD~1")

    def test_not_of_a_repository_above(self, project: Path) -> None:
        write(project, "src/ssl_landscape/__init__.py", "config.yaml")
        repository(project.parent)
        assert environment.git() is None

    def test_none_without_a_repository_a_commit_or_git(
        self, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert environment.git() is None
        git(project, "init", "--quiet")
        assert environment.git() is None
        monkeypatch.setenv("PATH", "")
        assert environment.git() is None

    @pytest.mark.parametrize(
        "settings",
        [
            {"GIT_DIR": "other/.git"},
            {"GIT_DIR": "other/.git", "GIT_WORK_TREE": "above/project"},
            {"GIT_WORK_TREE": "other"},
            {"GIT_INDEX_FILE": "other/.git/index"},
            {"GIT_OBJECT_DIRECTORY": "other/.git/objects"},
            {"GIT_COMMON_DIR": "other/.git"},
            {"GIT_NAMESPACE": "other"},
            {"GIT_CEILING_DIRECTORIES": "above"},
            {
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "core.worktree",
                "GIT_CONFIG_VALUE_0": "other",
            },
            {"GIT_LITERAL_PATHSPECS": "1"},
        ],
        ids=lambda settings: "+".join(settings),
    )
    def test_whatever_gits_variables_say(
        self,
        project: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        settings: dict[str, str],
    ) -> None:
        commit = repository(project)
        (tmp_path / "other").mkdir()
        assert repository(tmp_path / "other", "Other") != commit
        for name, value in settings.items():
            path = tmp_path / value
            monkeypatch.setenv(name, str(path) if path.exists() else value)
        assert environment.git() == {"commit": commit, "dirty": False, "changed": []}


class TestDirty:
    @pytest.mark.parametrize(
        "name",
        [
            *("README.md", "config.yaml", "src/ssl_landscape/__init__.py"),  # edited
            "src/ssl_landscape/experiment/losses/smooth_l1.py",  # all others: new
            "src/ssl_landscape/pipeline/published.csv",
            "src/torch.py",
            "src/ssl_landscape/ignored.py",
            "workflow/rules/more.smk",
            "workflow/report/figure.rst",
            "workflow/comparison/reasons.yaml",
        ],
    )
    def test_what_takes_part(self, project: Path, name: str) -> None:
        repository(project)
        (project / ".git/info/exclude").write_text("ignored.py\n")
        write(project, name)
        (project / name).write_text("changed\n")
        found = environment.git()
        assert found is not None
        assert (found["dirty"], found["changed"]) == (True, [name])

    @pytest.mark.parametrize(
        "name",
        [
            *("notes.txt", "my_study.yaml", "workflow/variants/mine.yaml", "docs/mine.md"),
            *("results/figures/figure_02.pdf", "tests/unit/test_mine.py"),
            *("src/ssl_landscape/__pycache__/a.pyc", "src/ssl_landscape.egg-info/PKG-INFO"),
            *("src/ssl_landscape/.loss.py.swp", "src/ssl_landscape/loss.py~", "src/.DS_Store"),
        ],
    )
    def test_what_does_not(self, project: Path, name: str) -> None:
        repository(project)
        write(project, name)
        assert environment.git() == {
            "commit": git(project, "rev-parse", "HEAD"),
            "dirty": False,
            "changed": [],
        }

    @pytest.mark.parametrize(
        "name", ["my_study.yaml", "workflow/variants/mine.yaml", "../outside.yaml", "a [*].yaml"]
    )
    def test_a_config_in_use_that_is_not_committed(
        self, project: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        repository(project)
        write(project, name)
        path = (project / name).resolve()
        monkeypatch.setenv(CONFIGS, f"{project / 'config.yaml'}{os.pathsep}{path}")
        found = environment.git()
        assert found is not None
        assert (found["dirty"], found["changed"]) == (True, [str(path) if ".." in name else name])

    def test_a_name_that_is_no_text(self, project: Path) -> None:
        repository(project)
        (project / os.fsdecode(b"src/\xff\n.py")).write_text("")
        found = environment.git()
        assert found is not None
        assert found["changed"] == ["src/\\xff\n.py"]


class TestLibraries:
    def test_torch_is_asked_only_if_it_is_loaded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import torch

        capability = torch.backends.cpu.get_cpu_capability()
        assert environment.arithmetic() == {"cpu_capability": capability}
        monkeypatch.delitem(sys.modules, "torch")
        assert environment.arithmetic() == {}

    def test_a_gpu_has_driver_and_libraries(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import torch

        monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
        found = environment.arithmetic()
        assert found.keys() == {"cpu_capability", "driver", "cuda", "cudnn"}

    @pytest.mark.parametrize(
        ("text", "version"),
        [
            (
                "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15\n"
                "GCC version:  gcc version 12.2.0\n",
                "535.104.05",
            ),
            (
                "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build",
                "570.86.15",
            ),
            ("other", "unknown"),
            (None, "unknown"),
        ],
    )
    def test_the_drivers_version(
        self, monkeypatch: pytest.MonkeyPatch, text: str | None, version: str
    ) -> None:
        def read(path: Path, encoding: str) -> str:
            if text is None:
                raise FileNotFoundError(path)
            return text

        monkeypatch.setattr(Path, "read_text", read)
        assert environment._driver() == version

    def test_installed_packages_are_listed_once(self, tmp_path: Path) -> None:
        name = environment.installed(tmp_path)
        (file,) = tmp_path.iterdir()
        assert file.name == f"installed-{name}.txt"
        lines = file.read_text().splitlines()
        assert {line.partition("-")[0].lower() for line in lines} >= {"torch", "numpy", "pytest"}
        file.chmod(0o400)
        written = file.stat().st_mtime_ns
        assert environment.installed(tmp_path) == name
        assert file.stat().st_mtime_ns == written
