"""Which Snakemakes run in a folder: living, killed, on another machine."""

import json
import os
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

from ssl_landscape.pipeline import stale_locks
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.stale_locks import (
    LOCKS,
    NOTES,
    note_of,
    read_note,
    register,
    watch,
)

REMOVED = "A previous run was killed; its lock has been removed."
HOLD = """
import sys
from ssl_landscape.pipeline.stale_locks import register
print(register({results!r}), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with a lock on a file of each of three results folders."""
    monkeypatch.chdir(tmp_path)
    LOCKS.mkdir(parents=True)
    for number, name in enumerate(("results", "results/smoke", "results/other")):
        (LOCKS / f"{number}.output.lock").write_text(f"config.yaml\n{name}/figures/figure_02.pdf\n")
    return tmp_path


@pytest.fixture
def another(folder):
    """Another process that builds results/smoke."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(results="results/smoke")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


def locks():
    return sorted(path.name[0] for path in LOCKS.glob("*.lock"))


def leave_note(results, host=None):
    """Write the note of a process that was killed, or of one on another machine."""
    NOTES.mkdir(parents=True, exist_ok=True)
    host = host or socket.gethostname()
    content = {"results": results, "process": 7, "host": host, "since": "1", "command": "x"}
    note_of(results).write_text(json.dumps(content))


@pytest.mark.parametrize("number", range(3))
def test_the_lock_of_a_killed_run_is_removed_and_no_other(number):
    results = ("results", "results/smoke", "results/other")[number]
    leave_note(results)
    assert register(results) == REMOVED
    assert locks() == [str(n) for n in range(3) if n != number]
    note = read_note(results)
    assert (note["process"], note["alive"]) == (os.getpid(), True)


def test_a_lock_without_a_note_is_left_alone():
    assert register("results") == ""
    assert locks() == ["0", "1", "2"]


def test_a_note_about_other_results_removes_no_lock():
    leave_note("results/smoke")
    assert register("results") == ""
    assert register("results/other") == ""
    assert locks() == ["0", "1", "2"]
    assert read_note("results/smoke")["process"] == 7  # results/smoke needs it


def test_a_living_process_is_named_and_keeps_its_lock(another):
    said = register("results/smoke")
    assert said.startswith("another Snakemake process is already building results/smoke/ (proc")
    assert said.endswith(f"stop it: kill -INT {another.pid}")
    assert locks() == ["0", "1", "2"]


def test_a_killed_process_is_noticed(another):
    another.kill()
    another.wait()
    assert register("results/smoke") == REMOVED
    assert locks() == ["0", "2"]


def test_other_results_are_no_obstacle(another):
    assert register("results/other") == ""


def test_another_machine_cannot_be_judged_from_here():
    leave_note("results/smoke", host="node-3")
    said = register("results/smoke")
    assert "may be building results/smoke/ (process 7 on node-3" in said
    assert said.endswith("snakemake --unlock")
    assert locks() == ["0", "1", "2"]


@pytest.mark.parametrize("error", [OSError(95, "no locks here"), OSError(30, "read-only")])
def test_without_the_file_systems_locks_nothing_is_touched(monkeypatch, error):
    def refuse(*arguments):
        raise error

    monkeypatch.setattr(stale_locks.fcntl, "flock", refuse)
    assert register("results/smoke") == ""
    assert read_note("results/smoke") is None
    leave_note("results/smoke")
    assert "may be building results/smoke/" in register("results/smoke")
    assert locks() == ["0", "1", "2"]


def test_the_note_goes_with_the_process():
    script = "from ssl_landscape.pipeline.stale_locks import register; register('results')"
    subprocess.run([sys.executable, "-c", script], check=True)
    assert list(NOTES.iterdir()) == []


class TestWatch:
    """Only a Snakemake that executes jobs registers."""

    @pytest.fixture
    def workflow(self, shipped):
        """Snakemake's workflow, watched; it returns what it executed with."""
        shipped["variant"] = "smoke"
        workflow = SimpleNamespace(is_main_process=True)
        workflow.execute = lambda executor_plugin, **more: (executor_plugin, more)
        watch(workflow, Plan(shipped))
        return workflow

    @staticmethod
    def plugin(dryrun):
        return SimpleNamespace(common_settings=SimpleNamespace(dryrun_exec=dryrun))

    def test_reading_the_snakefile_changes_nothing(self, workflow):
        """--lint, --report, --summary and the like never execute."""
        leave_note("results/smoke")
        assert locks() == ["0", "1", "2"]
        assert read_note("results/smoke")["process"] == 7

    def test_a_dry_run_changes_nothing(self, workflow):
        leave_note("results/smoke")
        plugin = self.plugin(dryrun=True)
        assert workflow.execute(executor_plugin=plugin, updated_files=None) == (
            plugin,
            {"updated_files": None},
        )
        assert locks() == ["0", "1", "2"]
        assert read_note("results/smoke")["process"] == 7

    def test_a_run_registers_and_removes_its_stale_lock(self, workflow):
        leave_note("results/smoke")
        workflow.execute(executor_plugin=self.plugin(dryrun=False))
        assert locks() == ["0", "2"]
        assert read_note("results/smoke")["process"] == os.getpid()

    def test_a_job_of_slurm_registers_nothing(self, shipped):
        workflow = SimpleNamespace(is_main_process=False, execute=print)
        watch(workflow, Plan(shipped))
        assert workflow.execute is print

    @pytest.mark.parametrize("host", ["node-3", None])
    def test_unlock_believes_the_user(self, workflow, shipped, monkeypatch, host):
        leave_note("results/smoke", host)
        leave_note("results", host)
        monkeypatch.setattr(sys, "argv", ["snakemake", "--unlock"])
        watch(workflow, Plan(shipped))
        assert read_note("results/smoke") is None
        assert read_note("results")["process"] == 7
        assert locks() == ["0", "1", "2"]  # Snakemake removes them itself

    def test_unlock_leaves_a_living_process(self, workflow, shipped, monkeypatch, another):
        monkeypatch.setattr(sys, "argv", ["snakemake", "--unlock"])
        watch(workflow, Plan(shipped))
        assert read_note("results/smoke")["process"] == another.pid
