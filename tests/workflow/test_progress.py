"""`snakemake --logger rich`: progress bars on a terminal, and the log of a failed job."""

import re

import pytest

from .workspace import Workspace, shown

TABLE = "results/smoke/tables/table_1.md"
RICH = (TABLE, "--logger", "rich")


def test_progress_bars(finished: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # for rich, what is no terminal is one
    (finished.folder / TABLE).unlink()
    process = finished.snakemake(*RICH)
    assert process.returncode == 0, shown(process)
    assert re.search(r"Total Progress.*100%", process.stderr)
    assert (finished.folder / TABLE).exists()


def test_a_failed_job_shows_its_log(finished: Workspace) -> None:
    (finished.folder / TABLE).unlink()
    metrics = "results/smoke/metrics/simplified-simclr.final.csv"
    (finished.folder / metrics).write_text("x\n", encoding="utf-8")
    process = finished.snakemake(*RICH)
    assert process.returncode == 1
    assert "ssl-landscape job: error: " in process.stderr
    assert metrics in process.stderr
