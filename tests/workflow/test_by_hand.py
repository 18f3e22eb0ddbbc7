"""Each job by the command line, without Snakemake, gives what Snakemake's job gives."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssl_landscape.cli.main import main
from ssl_landscape.config import load_config
from ssl_landscape.pipeline.jobs import find_job
from ssl_landscape.pipeline.plan import Plan

from .conftest import SmokeRun
from .workspace import PROJECT, SMOKE, Workspace, shown

CONFIG = ("--config", "config.yaml", SMOKE)
RUN = "cl-one-hot/sparsity-0.1/seed-1"
JOBS = [  # one of each rule of `all`, but the manifest
    ("dataset", "one-hot-0.1/seed-1"),
    ("train", RUN),
    ("metrics", "cl-one-hot"),
    ("figure", "figure_01"),
    ("table", "table_1"),
    ("theorem", "theorem_3"),
    ("theory_verdicts", ""),
    ("cells", ""),
    ("claims", ""),
    ("comparison_figure", ""),
    ("discrepancies", ""),
    ("captions", ""),
    ("page", "tables/table_1"),
    ("front_page", ""),
]
# What a record says of when, where and how a job ran.
LASTING = ("rule", "spec", "seeds", "code", "modules", "inputs", "outputs")


@pytest.fixture
def results(smoke: SmokeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the finished run, made of links; files are replaced, never changed."""
    assert smoke.process.returncode == 0, smoke.process.stderr[-4000:]
    unread = shutil.ignore_patterns(".snakemake", "src", "logs", "timings")
    copy = tmp_path / "copy"
    shutil.copytree(
        smoke.workspace.folder, copy, symlinks=True, ignore=unread, copy_function=os.link
    )
    monkeypatch.chdir(copy)
    yield Path("results/smoke")
    shutil.rmtree(copy)


@pytest.mark.parametrize(("rule", "name"), JOBS, ids=[rule for rule, _ in JOBS])
def test_same_files_as_snakemake(results: Path, rule: str, name: str) -> None:
    plan = Plan(load_config(PROJECT / "config.yaml", PROJECT / SMOKE))
    paths = [Path(file) for file in find_job(plan, rule, name).files]
    before = {path: path.read_bytes() for path in paths}
    for path in paths:
        path.unlink()
    there = set(results.rglob("*"))
    # A process of its own: a job chooses its libraries' code before it loads them.
    command = [Workspace(results).program("ssl-landscape"), "job", rule, name, *CONFIG]
    process = subprocess.run(command, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    for path in paths[:-1]:
        assert path.read_bytes() == before[path], path
    ours, theirs = (json.loads(text) for text in (paths[-1].read_bytes(), before[paths[-1]]))
    for key in LASTING:
        assert ours[key] == theirs[key], key
    made = {path for path in set(results.rglob("*")) - there if path.is_file()}
    assert made == set(paths)


def test_a_run_by_its_own_command(smoke: SmokeRun, fresh: Workspace) -> None:
    """From nothing, as a person types it; nothing else is written."""
    options = ("--model", "cl-one-hot", "--sparsity", "0.1", "--seed", "1")
    for command in (("job", *JOBS[0]), ("train", *options)):
        process = fresh.run("ssl-landscape", *command, *CONFIG)
        assert process.returncode == 0, process.stderr
    results = fresh.folder / "results" / "smoke"
    files = [path for path in results.rglob("*") if path.is_file()]
    assert len(files) == 3 + 3 + 1  # a dataset, a run, and the list of packages
    for path in files:
        if path.suffix != ".json":
            theirs = smoke.results / path.relative_to(results)
            assert path.read_bytes() == theirs.read_bytes(), path
    assert [path.name for path in results.parent.iterdir()] == ["smoke"]


@pytest.mark.parametrize(
    ("rule", "name", "file"),
    [
        (
            "train",
            "cl-basic/sparsity-0.1/seed-1",
            "datasets/sparse-0.1/seed-1/samples.parquet",
        ),
        ("metrics", "cl-basic", "runs/cl-basic/sparsity-0.1/seed-1/curve.parquet"),
        ("figure", "figure_02", "metrics/ncl-basic.parquet"),
        ("table", "table_1", "metrics/simplified-simclr.final.csv"),
        ("theory_verdicts", "", "theory/theorem_1.json"),
    ],
)
def test_missing_input(
    project: Workspace,
    rule: str,
    name: str,
    file: str,
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(project.folder)
    assert main(["job", rule, name, *CONFIG]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"results/smoke/{file}" in line
    assert not (project.folder / "results").exists()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("job", "dataset", "dense-0.1/seed-1"), "dense-0.1"),
        (("job", "figure", "figure_02", "--seeds", "1-2"), "--seeds"),
        (("job", "metrics", "cl-basix"), "cl-basix"),
        (("job", "figure", "figure_99"), "figure_99"),
        (("job", "theorem", "theorem_9"), "theorem_9"),
        (("job", "ablation", "latent"), "latents"),
        (("job", "figure"), "figure_01"),
        (("job", "figur", "figure_02"), "figure"),
        (("job",), "RULE"),
        (("job", "figure", "figure_02", "--spec", "{"), "JSON"),
        (("train", "--model", "cl-basix", "--sparsity", "0.1", "--seed", "1"), "cl-basix"),
        (("train", "--model", "cl-basic", "--sparsity", "0.7", "--seed", "1"), "0.7"),
        (("train", "--model", "cl-basic"), "--sparsity"),
        (("bench", "--models", "ncl-basix"), "ncl-basic"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_argument(
    project: Workspace,
    arguments: tuple,
    word: str,
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(project.folder)
    try:
        status = main([*arguments, *CONFIG])
    except SystemExit as error:  # argparse
        status = error.code
    assert status == 2
    said = capsys.readouterr().err
    assert word in said
    assert "Traceback" not in said
    assert not (project.folder / "results").exists()


def test_a_working_copy_runs_its_own_package(fresh: Workspace) -> None:
    """What all tests here rest on: the copy's package comes before the installed one."""
    fresh.replace("src/ssl_landscape/cli/main.py", 'prog="ssl-landscape"', 'prog="this-copy"')
    assert fresh.run("ssl-landscape", "--help").stdout.startswith("usage: this-copy ")
    helpers = "src/ssl_landscape/pipeline/snakefile_helpers.py"
    fresh.replace(helpers, "def load_plan(", "def no_load_plan(")
    assert "cannot import name 'load_plan'" in shown(fresh.snakemake("--dry-run", "all"))
