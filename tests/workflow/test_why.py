"""``ssl-landscape why`` names what would run, as Snakemake plans it, and for which reason."""

import json

import pytest

from .workspace import SMOKE, Workspace, figures, metrics, runs

CONFIG = ("--config", "config.yaml", SMOKE)


def why(workspace: Workspace, *arguments: str) -> str:
    process = workspace.run("ssl-landscape", "why", *arguments)
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_each_change_is_named(finished: Workspace) -> None:
    finished.write_config("change.yaml", {"models": {"cl-linear": {"learning_rate": 0.5}}})
    finished.change_function("experiment/losses/nt_xent.py", "nt_xent")
    finished.change_function("pipeline/figures.py", "draw_figure")
    results = finished.folder / "results/smoke"
    (results / "figures/figure_07.png").unlink()
    (results / "metrics/ncl-warm-start.final.csv").write_text("x", encoding="utf-8")
    report = json.loads(why(finished, *CONFIG, "change.yaml", "--json"))
    jobs = {(one["rule"], one["name"].split("/")[0]): one for one in report["jobs"]}
    assert len(report["jobs"]) == len(finished.dry_run("all", configs=(SMOKE, "change.yaml")))
    rate, loss = "setting learning_rate: 0.025 -> 0.5", "code experiment.losses.nt_xent"
    assert jobs["train", "cl-linear"]["reasons"] == [f"{rate}; {loss}"]
    assert jobs["train", "cl-basic"]["reasons"] == [loss]
    assert jobs["figure", "figure_04"]["reasons"] == ["code pipeline.figures"]
    assert jobs["figure", "figure_07"]["reasons"] == [
        "Missing output files: results/smoke/figures/figure_07.png",
        "code pipeline.figures",
    ]
    assert jobs["metrics", "cl-basic"]["reasons"] == []
    assert jobs["metrics", "cl-basic"]["follows"]
    assert jobs["table", "table_3"]["reasons"] == [
        "Updated input files: results/smoke/metrics/ncl-warm-start.final.csv"
    ]


def test_it_can_be_read(finished: Workspace) -> None:
    target = "results/smoke/figures/figure_02.png"
    assert why(finished, target, *CONFIG) == f"{target}: nothing would run\n"
    finished.write_config("change.yaml", {"models": {"cl-basic": {"learning_rate": 0.5}}})
    lines = why(finished, target, *CONFIG, "change.yaml").splitlines()
    jobs = runs("cl-basic") | metrics("cl-basic") | figures(2)
    assert lines[0] == f"{target}: {len(jobs)} job(s) would run"
    assert "train cl-basic (4 jobs): setting learning_rate: 0.025 -> 0.5" in lines
    assert lines[-2:] == ["  metrics cl-basic", "  figure figure_02"]


@pytest.mark.parametrize("target", ["nonsense", "results/figures/figure_99.pdf"])
def test_an_unknown_target(finished: Workspace, target: str) -> None:
    process = finished.run("ssl-landscape", "why", target, *CONFIG)
    assert process.returncode == 2
    assert target in process.stderr
    assert "Traceback" not in process.stderr


def test_snakemake_is_read_whatever_the_terminal(fresh: Workspace) -> None:
    latin = 'PYTHONIOENCODING=latin-1 "$0" "$@" 2>&1 | iconv -f ISO-8859-1 -t UTF-8'
    process = fresh.run("ssl-landscape", "why", "größe", *CONFIG, before=("sh", "-c", latin))
    assert "Snakemake cannot plan it: MissingRuleException: No rule to produce größe" in (
        process.stdout
    )
