"""A trace reaches runs, datasets and code, from records or from what is published."""

import shutil
from pathlib import Path

import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.provenance.publish import publish
from ssl_landscape.provenance.trace import trace
from ssl_landscape.provenance.trace_text import text

from .conftest import RUNS, Build

CONFIGS = [Path("config.yaml")]
TABLE = "results/tables/table_2.md"
REACHES = {"table": 1, "metrics": 1, "train": 2, "dataset": 2}
CELL = "CL-basic,0.1,min"


def ask(build: Build, artefact: str, cell: str | None = None, curve: str | None = None) -> dict:
    return trace(build.plan, Path(artefact), cell, curve, CONFIGS)


def test_a_cell_reaches_its_runs_datasets_and_code(built: Build) -> None:
    report = ask(built, TABLE, CELL)
    assert report["reaches"] == REACHES
    assert report["row"]["mean"] == "0.5"
    (code,) = report["code"]["train"].values()
    assert code["current"]
    assert any(module.endswith("losses.nt_xent") for module in code["modules"])
    (metrics,) = report["tree"]["from"]
    assert [run["name"] for run in metrics["from"]] == RUNS
    for run in metrics["from"]:
        assert run["value"] == 0.5
        assert run["seeds"].keys() == {"weights", "masks", "order"}
        (dataset,) = run["from"]
        assert {file["state"] for file in dataset["files"] + run["files"]} == {"sound"}
        assert len(dataset["files"]) == 2
    assert report["settings"]["train"]["loss"] == {"name": "nt_xent", "temperature": 0.05}
    assert "seed" not in report["settings"]["train"]
    (place,) = report["made on"]
    assert place["jobs"] == 6


def test_it_can_be_read(built: Build) -> None:
    shown = text(ask(built, TABLE, CELL))
    assert "CL-basic, Pr(sparse) = 0.1, min_max_cosine" in shown
    assert shown.count("─ train cl-basic/sparsity-0.1/seed-") == 2
    assert "Reaches 1 table, 1 metrics, 2 train, 2 dataset" in shown
    assert "snakemake --cores 2 --forceall results/tables/table_2.csv\n" in shown


def test_a_clone_s_trace_comes_from_what_is_published(built: Build) -> None:
    publish(built.plan)
    for folder in Path("results").iterdir():
        if folder.name != "published":
            shutil.rmtree(folder)
    report = ask(built, "results/published/tables/table_2.md", CELL)
    assert report["reaches"] == REACHES
    (file,) = report["tree"]["files"]
    assert (file["file"], file["state"]) == ("results/published/tables/table_2.md", "sound")
    shown = text(report)
    assert shown.count("  not published") == 7
    assert "6 job(s) on a host that is not published, " in shown
    assert "NOT the current code" not in shown
    Path("results/published/tables/table_2.md").write_text("x")
    assert "ALTERED" in text(ask(built, "results/published/tables/table_2.md", CELL))
    with pytest.raises(UserError, match="has no cells, or"):
        ask(built, TABLE, CELL)
    shown = text(ask(built, TABLE))
    assert "trace the published file instead" in shown
    assert "results/tables/table_2.md    missing\n" in shown


def test_a_curve(built: Build) -> None:
    report = ask(built, "results/figures/figure_02.png", curve="CL-basic,0.10")
    assert report["what"] == "curve of CL-basic, Pr(sparse) = 0.1"
    assert report["reaches"] == {"figure": 1, "metrics": 1, "train": 2, "dataset": 2}


def test_an_altered_file_is_named(built: Build) -> None:
    curve = f"results/runs/{RUNS[0]}/curve.parquet"
    Path(curve).write_bytes(b"x")
    (line,) = [line for line in text(ask(built, TABLE, CELL)).splitlines() if "ALTERED" in line]
    assert curve in line


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("results/tables/table_9.md",), r"no rule makes .*; did you mean '\S+'\?$"),
        (("elsewhere.pdf",), "name a variant's config with --config"),
        ((TABLE, "CL-basix,0.1,min"), "CL-basic"),
        ((TABLE, "CL-basic,0.1"), "2 cells .*name its other columns"),
        (("results/figures/figure_02.png", None, "CL-basic,0.7"), "has no curve"),
        (("results/figures/figure_02.png", "CL-basic,0.1,min"), "has no cells"),
        ((TABLE, None, "CL-basic,0.1"), "is not a figure of learning curves"),
    ],
    ids=str,
)
def test_a_wrong_question(built: Build, arguments: tuple, word: str) -> None:
    with pytest.raises(UserError, match=word):
        ask(built, *arguments)


def test_another_config_comes_with_the_command(built: Build) -> None:
    configs = [Path("config.yaml"), Path("a.yaml"), Path("b.yaml")]
    report = trace(built.plan, Path(TABLE), None, None, configs)
    assert report["reproduce it"]["what is stale of it"].endswith("--configfile a.yaml b.yaml")
    with pytest.raises(UserError, match=r"give --config config.yaml a.yaml"):
        trace(built.plan, Path(TABLE), None, None, configs[1:])
