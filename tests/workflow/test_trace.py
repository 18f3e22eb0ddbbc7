"""The trace of a cell, a curve or a file reaches its runs, its datasets and its code."""

import json
import os
import shutil
from pathlib import Path

import pytest

from ssl_landscape.cli.main import main

from .conftest import SmokeRun
from .workspace import SMOKE

RESULTS = "results/smoke"
TABLE = f"{RESULTS}/tables/table_2.md"


@pytest.fixture
def folder(smoke: SmokeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    unread = shutil.ignore_patterns(".snakemake", "src", "logs", "timings")
    copy = tmp_path / "copy"
    shutil.copytree(
        smoke.workspace.folder, copy, symlinks=True, ignore=unread, copy_function=os.link
    )
    monkeypatch.chdir(copy)
    return copy


def trace(*arguments: str) -> int:
    return main(["trace", *arguments, "--config", "config.yaml", SMOKE])


def test_a_cell_reaches_its_runs_datasets_and_code(
    folder: Path, capsys: pytest.CaptureFixture
) -> None:
    assert trace(TABLE, "--cell", "CL-basic,0.1,min", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["reaches"] == {"table": 1, "metrics": 1, "train": 2, "dataset": 2}
    assert [len(codes) for codes in report["code"].values()] == [1, 1, 1, 1]
    (code,) = report["code"]["train"].values()
    assert "experiment.losses.nt_xent" in code["modules"]
    assert code["current"]
    (metrics,) = report["tree"]["from"]
    runs = metrics["from"]
    values = [run["value"] for run in runs]
    assert sum(values) / 2 == pytest.approx(float(report["row"]["mean"]), abs=1e-6)
    for seed, run in enumerate(runs, 1):
        assert run["name"] == f"cl-basic/sparsity-0.1/seed-{seed}"
        assert run["seeds"].keys() == {"weights", "masks", "order"}
        (dataset,) = run["from"]
        assert dataset["name"] == f"sparse-0.1/seed-{seed}"
        assert {file["state"] for file in dataset["files"] + run["files"]} == {"sound"}
    (place,) = report["made on"]
    assert place["jobs"] == 6
    assert place["host"]
    assert report["settings"]["train"]["loss"] == {"name": "nt_xent", "temperature": 0.05}


def test_the_tree_can_be_read(folder: Path, capsys: pytest.CaptureFixture) -> None:
    assert trace(TABLE, "--cell", "CL-basic,0.1,min") == 0
    text = capsys.readouterr().out
    assert "CL-basic, Pr(sparse) = 0.1, min_max_cosine" in text
    assert text.count("─ train cl-basic/sparsity-0.1/seed-") == 2
    assert text.count("─ dataset sparse-0.1/seed-") == 2
    assert f"snakemake --cores 2 --forceall {RESULTS}/tables/table_2.csv" in text


@pytest.mark.parametrize(
    ("arguments", "reaches"),
    [
        (
            (f"{RESULTS}/figures/figure_02.png", "--curve", "CL-basic,0.3"),
            {"figure": 1, "metrics": 1, "train": 2, "dataset": 2},
        ),
        (
            (f"{RESULTS}/figures/figure_02.png",),
            {"figure": 1, "metrics": 2, "train": 8, "dataset": 4},
        ),
        (
            (f"{RESULTS}/tables/table_3.csv", "--cell", "NCL-basic,0.02,0.1,median"),
            {"table": 1, "metrics": 1, "train": 2, "dataset": 2},
        ),
        (
            (f"{RESULTS}/comparison/cells.md", "--cell", "2,CL-basic,0.3,min"),
            {"cells": 1, "metrics": 1, "train": 2, "dataset": 2},
        ),
        (
            (f"{RESULTS}/runs/cl-basic/sparsity-0.1/seed-2/curve.parquet",),
            {"train": 1, "dataset": 1},
        ),
        ((f"{RESULTS}/theory/verdicts.md",), {"theory_verdicts": 1, "theorem": 4}),
    ],
    ids=str,
)
def test_what_is_reached(
    folder: Path, capsys: pytest.CaptureFixture, arguments: tuple, reaches: dict
) -> None:
    assert trace(*arguments, "--json") == 0
    assert json.loads(capsys.readouterr().out)["reaches"] == reaches


def test_an_altered_file_is_told(folder: Path, capsys: pytest.CaptureFixture) -> None:
    curve = Path(RESULTS, "runs/cl-basic/sparsity-0.1/seed-1/curve.parquet")
    curve.unlink()
    curve.write_bytes(b"x")
    assert trace(TABLE, "--cell", "CL-basic,0.1,min") == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "ALTERED" in line]
    assert curve.as_posix() in line


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((f"{RESULTS}/tables/table_9.md",), "no rule makes"),
        (("results/tables/table_2.md",), "did you mean"),
        ((TABLE, "--cell", "CL-basix,0.1,min"), "CL-basic"),
        ((f"{RESULTS}/tables/table_3.md", "--cell", "NCL-basic,0.1,min"), "3 cells"),
        ((f"{RESULTS}/figures/figure_02.png", "--curve", "CL-basic,0.7"), "no curve"),
        ((f"{RESULTS}/figures/figure_02.png", "--cell", "CL-basic,0.1,min"), "has no cells"),
        ((TABLE, "--curve", "CL-basic,0.1"), "is not a figure"),
    ],
    ids=str,
)
def test_a_wrong_question(
    folder: Path, capsys: pytest.CaptureFixture, arguments: tuple, word: str
) -> None:
    assert trace(*arguments) == 2
    error = capsys.readouterr().err
    assert word in error
    assert len(error) < 5000
