"""Which Snakemakes run in a folder: living, killed, on another machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ssl_landscape.pipeline import stale_locks as running
from ssl_landscape.pipeline.stale_locks import LOCKS, NOTES, register

HOLD = """
import sys
from ssl_landscape.pipeline.stale_locks import register
print(register({results!r}, False), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with a lock on a file of two sets of results."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(running, "_held", [])
    for number, name in enumerate(("smoke", "other")):
        LOCKS.mkdir(parents=True, exist_ok=True)
        (LOCKS / f"{number}.output.lock").write_text(f"results/{name}/figures/figure_02.pdf\n")
    return tmp_path


@pytest.fixture
def another(folder):
    """Another process that makes results/smoke."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(results="results/smoke")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    process.stdout.readline()
    (LOCKS / "0.output.lock").write_text("results/smoke/figures/figure_02.pdf\n")
    (LOCKS / "1.output.lock").write_text("results/other/figures/figure_02.pdf\n")
    yield process
    process.kill()
    process.communicate()


def locks():
    return sorted(path.name for path in LOCKS.glob("*.lock"))


def note_of_another_machine(results="results/smoke"):
    NOTES.mkdir(parents=True)
    content = {"results": results, "process": 7, "host": "node-3", "since": "1", "command": "x"}
    (NOTES / "node-3-7.json").write_text(json.dumps(content))


def test_locks_that_a_killed_run_left_are_removed():
    assert register("results/smoke", False) == [
        "An earlier run here was killed; its lock is removed."
    ]
    assert locks() == []
    assert len(list(NOTES.glob("*.json"))) == 1


def test_nothing_is_said_where_there_is_nothing(folder):
    for lock in LOCKS.glob("*"):
        lock.unlink()
    assert register("results/smoke", False) == []


def test_a_living_process_is_named_and_keeps_its_lock(another):
    said = register("results/smoke", False)
    assert "Snakemake already makes results/smoke" in said[0]
    assert f"kill -INT {another.pid}" in said[0]
    assert locks() == ["0.output.lock"]  # the other's was of nobody


def test_other_results_are_no_obstacle(another):
    assert register("results/other", False) == [
        "An earlier run here was killed; its lock is removed."
    ]
    assert locks() == ["0.output.lock"]


def test_a_killed_process_is_noticed(another):
    another.kill()
    another.wait()
    assert register("results/smoke", False) == [
        "An earlier run here was killed; its lock is removed."
    ]
    assert locks() == []
    assert not list(NOTES.glob(f"*-{another.pid}.json"))


def test_another_machine_cannot_be_judged_from_here():
    note_of_another_machine()
    said = register("results/smoke", False)
    assert "or was killed (process 7 on node-3" in said[0]
    assert "snakemake --unlock" in said[0]
    assert locks() == ["0.output.lock"]


def test_unlock_believes_the_user():
    note_of_another_machine()
    assert register("results/smoke", True) == []
    assert not (NOTES / "node-3-7.json").exists()
    assert locks() == ["0.output.lock", "1.output.lock"]  # Snakemake removes them itself


@pytest.mark.parametrize("error", [OSError(95, "no locks here"), OSError(30, "read-only")])
def test_without_the_file_systems_locks_nothing_is_touched(monkeypatch, error):
    def refuse(*arguments):
        raise error

    monkeypatch.setattr(running.fcntl, "flock", refuse)
    assert register("results/smoke", False) == []
    assert len(locks()) == 2


def test_the_note_goes_with_the_process(folder):
    script = "from ssl_landscape.pipeline.stale_locks import register; register('results/a', False)"
    subprocess.run([sys.executable, "-c", script], check=True)
    assert list(Path(NOTES).iterdir()) == []
