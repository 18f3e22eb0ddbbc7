"""Each step by its own command line, without Snakemake, gives what Snakemake's jobs give."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import SmokeRun
from .workspace import SMOKE, Workspace, shown

STEPS = ("dataset", "train", "metrics", "figure", "table", "theory", "theory-verdicts", "check")
STEPS += ("report", "status", "show", "compare", "schema")
STEPS += ("ablation", "ablation-summary", "bench", "timings")


def step(workspace: Workspace, name: str, *arguments: str) -> subprocess.CompletedProcess:
    return workspace.run("ssl-landscape", name, "--config", "config.yaml", SMOKE, *arguments)


@pytest.fixture(scope="module")
def by_hand(smoke: SmokeRun, project: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run all steps for a small model; the other models' metrics come from the smoke run."""
    workspace = project.copy(tmp_path_factory.mktemp("by_hand") / "project")
    results = workspace.folder / "results" / "smoke"
    metrics = smoke.results / "metrics"
    (results / "metrics").mkdir(parents=True)
    for name in ("ncl-one-hot.parquet", "simplified-simclr.final.csv"):
        shutil.copy(metrics / name, results / "metrics")
    shutil.copy(metrics / "simplified-simsiam.final.csv", results / "metrics")
    for seed in ("1", "2"):
        done(step(workspace, "dataset", "--dataset", "one-hot-0.1", "--seed", seed))
        run = ("--model", "cl-one-hot", "--sparsity", "0.1", "--seed", seed)
        done(step(workspace, "train", *run))
    done(step(workspace, "metrics", "--model", "cl-one-hot"))
    done(step(workspace, "figure", "--figure", "figure_01"))
    done(step(workspace, "table", "--table", "table_1"))
    done(step(workspace, "theory", "--statement", "theorem_3"))
    return results


def done(process: subprocess.CompletedProcess) -> None:
    assert process.returncode == 0, process.stderr


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        ("datasets/one-hot-0.1/*/*.parquet", 4),
        ("runs/cl-one-hot/sparsity-0.1/*/curve.parquet", 2),
        ("runs/cl-one-hot/sparsity-0.1/*/weights.safetensors", 2),
        ("metrics/cl-one-hot.*", 2),
        ("figures/figure_01.*", 3),
        ("tables/table_1.*", 3),
        ("theory/theorem_3.*", 4),
    ],
)
def test_same_bytes_as_snakemake(smoke: SmokeRun, by_hand: Path, pattern: str, number: int) -> None:
    found = [path for path in by_hand.glob(pattern) if ".record." not in path.name]
    files = sorted(path.relative_to(by_hand) for path in found)
    assert len(files) == number
    for file in files:
        assert (by_hand / file).read_bytes() == (smoke.results / file).read_bytes(), file


def test_same_record_as_snakemake(smoke: SmokeRun, by_hand: Path) -> None:
    file = "runs/cl-one-hot/sparsity-0.1/seed-1/run.json"
    ours, theirs = (json.loads((folder / file).read_text()) for folder in (by_hand, smoke.results))
    for key in ("step", "spec", "code", "inputs", "outputs", "final", "packages"):
        assert ours[key] == theirs[key], key


@pytest.mark.parametrize(
    "file",
    [
        "datasets/one-hot-0.1/seed-1/record.json",
        "metrics/cl-one-hot.record.json",
        "figures/figure_01.record.json",
        "tables/table_1.record.json",
        "theory/theorem_3.record.json",
    ],
)
def test_every_step_is_recorded_by_hand_too(smoke: SmokeRun, by_hand: Path, file: str) -> None:
    ours, theirs = (json.loads((folder / file).read_text()) for folder in (by_hand, smoke.results))
    for key in ("rule", "step", "spec", "seeds", "code", "modules", "inputs", "outputs"):
        assert ours[key] == theirs[key], key


def test_nothing_else_is_written(by_hand: Path) -> None:
    folders = {path.name for path in by_hand.iterdir()}
    assert folders == {"datasets", "runs", "metrics", "figures", "tables", "theory", "logs"}
    assert [path for path in (by_hand / "logs").rglob("*") if path.is_file()] == []
    assert [path.name for path in by_hand.parent.iterdir()] == ["smoke"]


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (
            ("train", "--model", "cl-basic", "--sparsity", "0.1", "--seed", "1"),
            "results/smoke/datasets/sparse-0.1/seed-1/samples.parquet",
        ),
        (
            ("metrics", "--model", "cl-basic"),
            "results/smoke/runs/cl-basic/sparsity-0.1/seed-1/curve.parquet",
        ),
        (("figure", "--figure", "figure_02"), "results/smoke/metrics/ncl-basic.parquet"),
        (("table", "--table", "table_1"), "results/smoke/metrics/simplified-simclr.final.csv"),
        (("theory-verdicts",), "results/smoke/theory/theorem_1.json"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_missing_input(fresh: Workspace, arguments: tuple, file: str) -> None:
    process = step(fresh, *arguments)
    assert process.returncode == 2, process.stderr
    assert len(process.stderr.splitlines()) == 1
    assert file in process.stderr
    assert not (fresh.folder / "results").exists()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("dataset", "--dataset", "dense-0.1", "--seed", "1"), "dense-0.1"),
        (("train", "--model", "cl-basix", "--sparsity", "0.1", "--seed", "1"), "cl-basix"),
        (("metrics", "--model", "cl-basix"), "cl-basix"),
        (("figure", "--figure", "figure_99"), "figure_99"),
        (("table", "--table", "table_9"), "table_9"),
        (("theory", "--statement", "theorem_9"), "theorem_9"),
        (("ablation", "--ablation", "latent"), "latents"),
        (("ablation",), "--ablation"),
        (("ablation", "--spec", "{}"), "--final"),
        (("ablation-summary", "--spec", "{}"), "--tables"),
        (("bench", "--models", "ncl-basix"), "ncl-basic"),
        (("theory",), "--statement"),
        (("theory", "--spec", "{}"), "--output"),
        (("dataset",), "--dataset"),
        (("train", "--model", "cl-basic"), "--sparsity"),
        (("figure",), "--figure"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_argument(fresh: Workspace, arguments: tuple, word: str) -> None:
    process = step(fresh, *arguments)
    assert process.returncode == 2, process.stderr
    assert word in process.stderr
    assert "Traceback" not in process.stderr
    assert not (fresh.folder / "results").exists()


@pytest.mark.parametrize("name", STEPS)
def test_help(project: Workspace, name: str) -> None:
    process = project.run("ssl-landscape", name, "--help")
    assert process.returncode == 0, process.stderr
    assert process.stdout.startswith(f"usage: ssl-landscape {name} ")


def test_a_working_copy_runs_its_own_package(fresh: Workspace) -> None:
    """What all tests here rest on: the copy's package comes before the installed one."""
    fresh.replace("src/ssl_landscape/cli.py", 'prog="ssl-landscape"', 'prog="this-copy"')
    assert fresh.run("ssl-landscape", "--help").stdout.startswith("usage: this-copy ")
    fresh.replace("src/ssl_landscape/snakefile.py", "def load_plan(", "def no_load_plan(")
    assert "cannot import name 'load_plan'" in shown(fresh.snakemake("--dry-run", "all"))
