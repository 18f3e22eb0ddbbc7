"""When two files count as equal, and what git's history says of a commit."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from required import unavailable

from ssl_landscape.io.files import write_parquet
from ssl_landscape.provenance.audit import audit
from ssl_landscape.provenance.run_again import agree

from .conftest import Build, rewrite

RECORD = "results/figures/figure_02.record.json"


@pytest.mark.parametrize(
    ("made", "stored", "equal"),
    [
        ("a,0.500000\n", "a,0.500001\n", True),
        ("a,0.5\n", "a,0.51\n", False),
        ("5 of 6\n", "6 of 6\n", False),
        ("a,1e-20\n", "a,-1e-20\n", True),
        ("a,0.5\n", "b,0.5\n", False),
        ("a,0.5\n", "a,0.5,0.5\n", False),
    ],
)
def test_numbers_in_text_agree_up_to_the_tolerance(
    tmp_path: Path, made: str, stored: str, equal: bool
) -> None:
    for name in ("table.md", "figure.svg"):
        one, other = tmp_path / f"one_{name}", tmp_path / f"other_{name}"
        one.write_text(made)
        other.write_text(stored)
        assert agree(one, other) == (equal and name == "table.md")


@pytest.mark.parametrize(
    ("values", "spec", "equal"),
    [([0.500001], {"k": 1}, True), ([0.51], {"k": 1}, False), ([0.5], {"k": 2}, False)],
)
def test_tables_agree_up_to_the_tolerance(
    tmp_path: Path, values: list[float], spec: dict, equal: bool
) -> None:
    one, other = tmp_path / "one.parquet", tmp_path / "other.parquet"
    write_parquet(one, pa.Table.from_pandas(pd.DataFrame({"x": [0.5]})), {"k": 1})
    write_parquet(other, pa.Table.from_pandas(pd.DataFrame({"x": values})), spec)
    assert agree(one, other) == equal


def git(*arguments: str) -> str:
    author = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    command = ["git", *author, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def kinds(build: Build, deep: bool = False) -> set[tuple[str, str]]:
    found = audit(build.plan, deep)["findings"]
    return {(one["kind"], one["weight"]) for one in found if one["subject"] == RECORD}


def test_commits_are_looked_up_in_the_history(build: Build) -> None:
    git("init", "--quiet")
    git("commit", "--allow-empty", "--quiet", "--message", "One")
    build.make()
    here = {"commit": git("rev-parse", "HEAD"), "dirty": False}
    rewrite(RECORD, lambda record: record.update(git=here))
    assert ("no such commit", "problem") not in kinds(build)
    assert ("no such code", "problem") in kinds(build, deep=True)  # the commit has none
    for commit in ("1" * 40, "HEAD", "main", ""):
        rewrite(RECORD, lambda record, name=commit: record["git"].update(commit=name))
        assert ("no such commit", "problem") in kinds(build)
    shallow = git("rev-parse", "HEAD")
    Path(".git/shallow").write_text(f"{shallow}\n")
    assert ("no such commit", "remark") in kinds(build)
    Path(".git").rename("elsewhere")
    assert not {kind for kind, _ in kinds(build) if "commit" in kind}


@pytest.fixture
def repository(build: Build, monkeypatch: pytest.MonkeyPatch) -> Build:
    """A build in a repository that does not have its commit."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    git("init", "--quiet")
    build.make()
    assert ("no such commit", "problem") in kinds(build)
    return build


def owned_by_another(patch: pytest.MonkeyPatch) -> None:
    if os.geteuid():
        unavailable("only root gives files away")
    for path in (Path(), Path(".git")):
        os.chown(path, 65534, 65534)


def without_git(patch: pytest.MonkeyPatch) -> None:
    patch.setenv("PATH", "")


@pytest.mark.parametrize(
    ("prepare", "words"),
    [(owned_by_another, "git config --global --add safe.directory "), (without_git, "'git'")],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_history_that_git_does_not_read_is_a_remark(
    repository: Build, monkeypatch: pytest.MonkeyPatch, prepare: Callable, words: str
) -> None:
    prepare(monkeypatch)
    report = audit(repository.plan)
    assert report["passed"], report["findings"]
    (finding,) = (one for one in report["findings"] if one["subject"] == ".git")
    assert finding["weight"] == "remark"
    assert words in finding["detail"]


def test_no_variable_of_git_lets_another_history_answer(
    repository: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("init", "--quiet", "other")
    git("-C", "other", "commit", "--allow-empty", "--quiet", "--message", "One")
    commit = git("-C", "other", "rev-parse", "HEAD")
    rewrite(RECORD, lambda record: record.update(git={"commit": commit, "dirty": False}))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))
    assert ("no such commit", "problem") in kinds(repository)


def test_where_git_cannot_be_asked_nobody_is_accused(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git says nothing of another user's repository, as of a damaged one; some have no git."""
    git("init", "--quiet")
    git("commit", "--allow-empty", "--quiet", "--message", "One")
    build.make()
    here = {"commit": git("rev-parse", "HEAD"), "dirty": False}
    rewrite(RECORD, lambda record: record.update(git=here))
    monkeypatch.setenv("GIT_DIR", "elsewhere")  # as in a hook; it is another repository
    assert not {kind for kind, _ in kinds(build) if "commit" in kind}
    for spoil in (lambda: Path(".git/HEAD").unlink(), lambda: monkeypatch.setenv("PATH", "")):
        spoil()
        (finding,) = (one for one in audit(build.plan)["findings"] if one["subject"] == ".git")
        assert (finding["kind"], finding["weight"]) == ("commits not looked up", "remark")
        assert "no such commit" not in {one["kind"] for one in audit(build.plan)["findings"]}
