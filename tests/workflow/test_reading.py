"""status, show and compare on real runs of Snakemake."""

import re

import pytest

from .conftest import SmokeRun
from .workspace import SMOKE, Workspace, shown

CONFIG = ("--config", "config.yaml", SMOKE)


def ask(workspace: Workspace, *arguments: str) -> str:
    """Ask a reading step; it changes nothing."""
    process = workspace.run("ssl-landscape", *arguments)
    assert process.returncode == 0, shown(process)
    assert process.stderr == ""
    return process.stdout


def row(text: str, stage: str) -> list[str]:
    return re.search(rf"^{stage} +(.*)$", text, re.MULTILINE)[1].split()


def test_status_of_a_finished_run(smoke: SmokeRun) -> None:
    text = ask(smoke.workspace, "status", *CONFIG)
    assert row(text, "training runs") == ["80", "80"]
    assert row(text, "figures") == ["18", "18"]
    assert re.search(
        r"^Snakemake finished after .*: (\d+) of \1 jobs \(100%\)$", text, re.MULTILINE
    )
    assert "Failed" not in text


def test_status_of_a_failed_run(finished: Workspace) -> None:
    change = {"models": {"ncl-linear": {"learning_rate": 1e6}}}
    finished.write_config("change.yaml", change)
    target = "results/smoke/runs/ncl-linear/sparsity-0.1/seed-2/curve.parquet"
    assert finished.snakemake(target, configs=(SMOKE, "change.yaml")).returncode != 0
    text = ask(finished, "status", *CONFIG, "change.yaml")
    assert row(text, "training runs") == ["79", "80", "1"]
    assert "Snakemake ended with failures" in text
    assert "Failed: 1\n  train ncl-linear 0.1 2: model ncl-linear, sparsity 0.1, seed 2: " in text
    assert "log: results/smoke/logs/runs/ncl-linear/sparsity-0.1/seed-2.log" in text


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
    assert text.count("\n  none\n") == 2
    assert re.search(r"Cells in both: [1-9]\d+; moved by 0.01 or more: 0", text)
