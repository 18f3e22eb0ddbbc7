"""status, show, compare and timings on real runs of Snakemake."""

import json
import re
import socket
from pathlib import Path

import pytest

from .conftest import SmokeRun
from .workspace import SMOKE, Workspace, shown

CONFIG = ("--config", "config.yaml", SMOKE)


def ask(workspace: Workspace, *arguments: str) -> str:
    """Ask a command that changes nothing."""
    process = workspace.run("ssl-landscape", *arguments)
    assert process.returncode == 0, shown(process)
    assert process.stderr == ""
    return process.stdout


def row(text: str, stage: str) -> list[str]:
    return re.search(rf"^{stage} +(.*)$", text, re.MULTILINE)[1].split()


def test_status_of_a_finished_run(smoke: SmokeRun) -> None:
    text = ask(smoke.workspace, "status", *CONFIG)
    assert row(text, "runs") == ["84", "84"]
    assert row(text, "figures") == ["18", "18"]
    assert "Failed" not in text
    assert "Running" not in text
    assert "Snakemake is not running here." in text
    assert "Next: ssl-landscape show figure_01" in text


def test_status_of_a_failed_run(finished: Workspace) -> None:
    change = {"models": {"ncl-linear": {"learning_rate": 1e6}}}
    finished.write_config("change.yaml", change)
    target = "results/smoke/runs/ncl-linear/sparsity-0.1/seed-2/curve.parquet"
    assert finished.snakemake(target, configs=(SMOKE, "change.yaml")).returncode != 0
    text = ask(finished, "status", *CONFIG, "change.yaml")
    assert row(text, "runs") == ["83", "84", "1"]
    assert "Failed: 1\n  train ncl-linear/sparsity-0.1/seed-2: DivergedError: model " in text
    assert "log: results/smoke/logs/runs/ncl-linear/sparsity-0.1/seed-2.log" in text
    assert text.endswith("Next: fix the cause and rerun the command; it will resume.\n")


def test_timings(smoke: SmokeRun) -> None:
    text = ask(smoke.workspace, "timings", "--cores", "2", *CONFIG)
    assert re.search(r"^\| train \| 84 \| [1-9]\d* \|$", text, re.MULTILINE)
    assert re.search(r"On 2 cores: \d+ s of core time", text)


@pytest.mark.parametrize("option", ["--dry-run", "--lint", "--summary", "--report"])
def test_what_executes_no_job_registers_and_unlocks_nothing(
    project: Workspace, tmp_path: Path, option: str
) -> None:
    workspace = project.copy(tmp_path / "copy")
    host = socket.gethostname()
    note = workspace.folder / ".snakemake/running/results.smoke.json"
    lock = workspace.folder / ".snakemake/locks/0.output.lock"
    for path in (note, lock):
        path.parent.mkdir(parents=True)
    content = {"results": "results/smoke", "process": 1, "host": host, "since": "", "command": ""}
    note.write_text(json.dumps(content))
    lock.write_text("results/smoke/figures/figure_02.pdf\n")
    said = shown(workspace.snakemake("results/smoke/tables/table_1.csv", option))
    assert "Traceback" not in said
    assert "lock has been removed" not in said
    assert lock.exists()
    assert list(note.parent.iterdir()) == [note]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cl-basic/0.3/2", "Run cl-basic/0.3/2"),
        ("cl-basic", "Shown in figure_02, figure_08, table_2"),
        ("figure_02", "Figure 2: NCL against CL"),
        ("table_1", "Table 1: Simplified-SimCLR and Simplified-SimSiam"),
    ],
)
def test_show(smoke: SmokeRun, name: str, said: str) -> None:
    text = ask(smoke.workspace, "show", name, *CONFIG)
    assert said in text
    assert "stale" not in text


def test_compare_results_with_themselves(smoke: SmokeRun) -> None:
    text = ask(smoke.workspace, "compare", "results/smoke", "results/smoke", *CONFIG)
    assert re.search(r"in both: [1-9]\d+; means moved by 0.01 or more: 0", text)
    assert "verdicts that differ: 0" in text
