"""Which checkout's code runs: never another one's than that of the checkout in which it works."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ssl_landscape.cli.main import main
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.checkout import require_own_code

from ..helpers import REPOSITORY

CODE = """
import sys
sys.path[:0] = sys.argv[1:]
from pathlib import Path
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.checkout import require_own_code_around
try:
    require_own_code_around(Path.cwd())
except UserError as error:
    print(error)
"""


def say(folder: Path, *first: Path, pythonpath: Path | None = None) -> str:
    """Return the message of a program that runs in a folder, with places before all others."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    environment |= {"PYTHONPATH": str(pythonpath)} if pythonpath else {}
    command = [sys.executable, "-c", CODE, *map(str, first)]
    process = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    return process.stdout


@pytest.fixture(scope="module")
def clones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two checkouts, ``a`` and ``b``, and an installed copy of the package."""
    folder = tmp_path_factory.mktemp("clones")
    source, ignore = REPOSITORY / "src/ssl_landscape", shutil.ignore_patterns("__pycache__")
    for place in ("a/src", "b/src", "venv/site-packages"):
        shutil.copytree(source, folder / place / "ssl_landscape", ignore=ignore)
    (folder / "a/docs").mkdir()
    return folder


def worktree(clones: Path) -> str:
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (
        ["init", "--quiet"],
        ["add", "src"],
        ["commit", "--quiet", "--message=All"],
        ["worktree", "add", "--quiet", "../b_tree"],
    ):
        subprocess.run([*git, *command], cwd=clones / "b", check=True)
    return say(clones / "b_tree", clones / "b/src")


def worktree_inside(clones: Path) -> str:
    shutil.copytree(clones / "b/src", clones / "a/.trees/c/src")
    return say(clones / "a/.trees/c", clones / "a/src")


def link(clones: Path) -> str:
    (clones / "link").symlink_to("a")
    return say(clones / "link", clones / "b/src")


def link_to_sources(clones: Path) -> str:
    """Its sources are a link to a copy: the code that runs is the other one."""
    (clones / "c").mkdir()
    (clones / "c/src").symlink_to("../a/src")
    return say(clones / "c", clones / "b/src")


WAYS: dict[str, tuple[Callable[[Path], str], str]] = {
    "second clone": (lambda c: say(c / "a", c / "b/src"), "pip install -e ."),
    "below a second clone": (lambda c: say(c / "a/docs", c / "b/src"), "pip install -e /"),
    "worktree": (worktree, "pip install -e ."),
    "worktree inside": (worktree_inside, "pip install -e ."),
    "installed without -e": (
        lambda c: say(c / "a", c / "venv/site-packages"),
        "pip install -e .",
    ),
    "stray PYTHONPATH": (lambda c: say(c / "a", pythonpath=c / "b/src"), "unset PYTHONPATH"),
    "stray PYTHONPATH to an installed copy": (
        lambda c: say(c / "a", pythonpath=c / "venv/site-packages"),
        "unset PYTHONPATH",
    ),
    "linked clone": (link, "pip install -e ."),
    "linked sources": (link_to_sources, "pip install -e ."),
}


@pytest.mark.parametrize("way", WAYS)
def test_code_of_another_checkout_is_refused(clones: Path, way: str) -> None:
    program, remedy = WAYS[way]
    (line,) = program(clones).splitlines()
    assert " would run, not that of " in line
    assert line.partition("type: ")[2].startswith(remedy)


OWN: dict[str, Callable[[Path], str]] = {
    "in it": lambda c: say(c / "a", c / "a/src"),
    "below it": lambda c: say(c / "a/docs", c / "a/src"),
    "by PYTHONPATH": lambda c: say(c / "a", pythonpath=c / "a/src"),
    "by a path with a link": lambda c: say(c / "a", c / "venv/../a/src"),
    "outside of any checkout": lambda c: say(c, c / "a/src"),
    "an installed copy, outside": lambda c: say(c, c / "venv/site-packages"),
}


@pytest.mark.parametrize("way", OWN)
def test_its_own_code_runs(clones: Path, way: str) -> None:
    assert OWN[way](clones) == ""


def test_every_command_refuses(
    clones: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(clones / "a")
    assert main(["job", "figure", "figure_02"]) == 2
    assert "error: the code in " in capsys.readouterr().err
    assert not (clones / "a/results").exists()


def test_rules_that_lie_elsewhere_than_the_package(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="type: snakemake --snakefile "):
        require_own_code(tmp_path)
