"""A change makes stale exactly what depends on it; a change without meaning, nothing.

Each test asks a dry run in a copy of the finished smoke run for the exact set of jobs.
"""

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from .workspace import (
    PROJECT,
    SMOKE,
    Job,
    Workspace,
    datasets,
    fidelity,
    figures,
    metrics,
    runs,
    shown,
    tables,
    theorems,
    with_texts,
)

CONFIG = yaml.safe_load((PROJECT / "config.yaml").read_text(encoding="utf-8"))
MODELS = tuple(CONFIG["models"])
ON_ONE_HOT = ("ncl-one-hot", "cl-one-hot")
ON_SQUARE = ("ncl-row-normalised-square", "ncl-column-normalised-square")
ON_SPARSE = tuple(m for m in MODELS if m not in (*ON_ONE_HOT, *ON_SQUARE))
WITH_NT_XENT = ("cl-one-hot", "cl-basic", "cl-linear", "cl-basic-m10", "simplified-simclr")

ALL_FIGURES, ALL_TABLES = figures(*range(1, 19)), tables(1, 2, 3)
ALL_METRICS, ALL_RUNS = metrics(*MODELS), runs(*MODELS)
# Cells are made from final metrics, verdicts on claims from the curves.
AFTER_CELLS = fidelity("cells", "figure", "discrepancies")
AFTER_CURVES = fidelity("claims", "discrepancies")
FIDELITY = AFTER_CELLS | AFTER_CURVES
AFTER_METRICS = ALL_FIGURES | ALL_TABLES | AFTER_CELLS
SPARSE, SQUARE = datasets("sparse-0.1", "sparse-0.3"), datasets("square-0.1", "square-0.3")
ALL_DATASETS = SPARSE | SQUARE | datasets("one-hot-0.1")
ALL_THEORY = theorems("theorem_1", "theorem_2", "theorem_3", "lemma_1")
EVERYTHING = ALL_DATASETS | ALL_RUNS | ALL_METRICS | AFTER_METRICS | ALL_THEORY | FIDELITY
CAPTIONS = {("figure_captions",)}
# Where cl-basic is shown.
CL_BASIC = metrics("cl-basic") | figures(2, 8) | tables(2) | FIDELITY
AFTER_SPARSE = metrics(*ON_SPARSE) | (ALL_FIGURES - figures(1, 14, 16)) | ALL_TABLES | FIDELITY


def model(name: str, **changes: object) -> dict[str, Any]:
    return {"models": {name: changes}}


def without(key: str) -> tuple[str, ...]:
    """Name the models that take a key from the defaults."""
    return tuple(name for name, entry in CONFIG["models"].items() if key not in entry)


CONFIG_CHANGES = {
    "learning rate": (model("cl-basic", learning_rate=0.05), runs("cl-basic") | CL_BASIC),
    # The same values in other places: Snakemake by itself compares params as a set.
    "two values exchanged": (
        model(
            "cl-basic",
            loss={"name": "nt_xent", "temperature": 0.5},
            masks={"scheme": "dependent", "keep": 0.05},
        ),
        runs("cl-basic") | CL_BASIC,
    ),
    "label": (model("cl-basic", label="CL"), figures(2, 8) | CAPTIONS),
    "colour": (model("cl-basic", colour="green"), figures(2, 8)),
    "a default that all models take": (
        {"defaults": {"weight_decay": 0.1}},
        runs(*without("weight_decay")) | ALL_METRICS | AFTER_METRICS | FIDELITY,
    ),
    "a default that some models take": (
        {"defaults": {"activation": "relu"}},
        runs(*without("activation"))
        | metrics(*without("activation"))
        | ALL_FIGURES
        | ALL_TABLES
        | FIDELITY,
    ),
    "sparsity removed": (model("cl-basic", sparsities=[0.1]), CL_BASIC),
    "sparsity added": (
        model("cl-basic", sparsities=[0.1, 0.2, 0.3]),
        datasets("sparse-0.2") | runs("cl-basic", sparsities=("0.2",)) | CL_BASIC,
    ),
    "dataset that is there": (
        model("ncl-basic-m10", dataset="square"),
        runs("ncl-basic-m10") | metrics("ncl-basic-m10") | figures(9) | AFTER_CURVES,
    ),
    "noise": (
        {"datasets": {"sparse": {"noise": 0.2}}},
        SPARSE | runs(*ON_SPARSE) | AFTER_SPARSE,
    ),
    "title of a figure": ({"figures": {"figure_05": {"title": "Another"}}}, figures(5) | CAPTIONS),
    "models of a figure": (
        {"figures": {"figure_02": {"models": ["cl-basic"]}}},
        figures(2) | CAPTIONS,
    ),
    "a figure more": (
        {"figures": {"mine": {"title": "t", "models": ["cl-linear"], "metrics": ["loss"]}}},
        {("figure", "mine"), ("front_page",)} | CAPTIONS,
    ),
    "title of a table": ({"tables": {"table_3": {"title": "Another"}}}, tables(3)),
    "a setting of a theorem": (
        {"theory": {"theorem_2": {"decay": 0.9}}},
        theorems("theorem_2"),
    ),
    "the theory's seed": ({"theory": {"seed": 2}}, ALL_THEORY),
    "a model that is shown nowhere": (model("mine", label="Mine", colour="red"), set()),
    "the same values written differently": (
        model("cl-basic", sparsities=["0.10", "3e-1"], momentum=0, batch_size=0x200),
        set(),
    ),
}


@pytest.mark.parametrize(("change", "stale"), CONFIG_CHANGES.values(), ids=CONFIG_CHANGES)
def test_config_change(finished: Workspace, change: dict, stale: set[Job]) -> None:
    assert finished.plan_with(change) == with_texts(stale)


def test_seed_added(finished: Workspace) -> None:
    # The override of the smoke variant wins over a model's own seeds: per model instead.
    finished.replace(SMOKE, "  seeds: 2\n", "")
    seeds = {"models": {name: {"seeds": 2} for name in MODELS}}
    assert finished.plan_with(seeds) == set()
    seeds["models"]["cl-basic"]["seeds"] = 3
    new = datasets("sparse-0.1", "sparse-0.3", seeds=(3,)) | runs("cl-basic", seeds=(3,))
    assert finished.plan_with(seeds) == with_texts(new | CL_BASIC)


CODE_CHANGES = {
    ("blocks/losses/nt_xent.py", "nt_xent"): (
        runs(*WITH_NT_XENT)
        | metrics(*WITH_NT_XENT)
        | figures(1, 2, 8, 9, 17)
        | tables(1, 2)
        | FIDELITY
    ),
    ("blocks/latents/exact_counts.py", "exact_counts"): (
        SPARSE | SQUARE | runs(*ON_SPARSE, *ON_SQUARE) | metrics(*ON_SQUARE) | AFTER_SPARSE
    )
    | figures(14, 16),
    ("seeds.py", "derive_seed"): EVERYTHING,
    ("training.py", "train"): EVERYTHING - ALL_DATASETS - ALL_THEORY,
    ("cosines.py", "max_cosines"): EVERYTHING - ALL_DATASETS - ALL_THEORY,
    ("metrics.py", "aggregate"): ALL_METRICS | AFTER_METRICS,
    ("figures.py", "draw_figure"): ALL_FIGURES,
    ("report/captions.py", "write_figure_captions"): CAPTIONS,
    ("report/front.py", "write_front"): {("front_page",)},
    ("tables.py", "render_table"): ALL_TABLES,
    ("theory/theorem_1.py", "measure"): theorems("theorem_1"),
    ("theory/verdicts/lemma_1.py", "judge"): theorems("lemma_1"),
    ("theory/pictures/style.py", "save"): ALL_THEORY,
    ("theory/verdict.py", "markdown"): {("theory_verdicts",)},
    ("cli.py", "main"): set(),
}


@pytest.mark.parametrize(("place", "stale"), CODE_CHANGES.items(), ids=map(str, CODE_CHANGES))
def test_code_change(finished: Workspace, place: tuple[str, str], stale: set[Job]) -> None:
    finished.change_function(*place)
    assert finished.plan() == with_texts(stale)


def test_published_values_change_tables_and_fidelity(finished: Workspace) -> None:
    path = "src/ssl_landscape/published/tables.csv"
    first = (finished.folder / path).read_text().splitlines()[1]
    finished.replace(path, first, first.replace(",0.", ",1.", 1))
    assert finished.plan() == with_texts(ALL_TABLES | FIDELITY)


def test_code_without_another_meaning(finished: Workspace) -> None:
    """Comments, docstrings, quotes, line breaks: everywhere in the package at once."""
    for path in finished.sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
                node.body[0].value.value = "Another docstring."
        text = '"""Another module docstring."""\n# A comment.\n' + ast.unparse(tree)
        path.write_text(text, encoding="utf-8")
    assert finished.plan() == set()


def test_code_that_nothing_uses(finished: Workspace) -> None:
    package = finished.folder / "src" / "ssl_landscape"
    loss = (package / "blocks" / "losses" / "l2.py").read_text().replace("def l2(", "def mine(")
    (package / "blocks" / "losses" / "mine.py").write_text(loss)
    with (package / "figures.py").open("a", encoding="utf-8") as stream:
        stream.write("\n\ndef unused() -> None:\n    pass\n")
    assert finished.plan() == set()


def test_second_invocation(finished: Workspace) -> None:
    process = finished.snakemake("all")
    assert process.returncode == 0
    assert "Nothing to be done" in shown(process)


@pytest.mark.parametrize("folders", [("results",), ("src", "workflow", "results"), (".",)])
def test_touched_files(finished: Workspace, folders: tuple[str, ...]) -> None:
    for folder in folders:
        set_dates(finished.folder / folder, None)
    assert finished.plan() == set()


def test_copy_with_equal_dates(finished: Workspace) -> None:
    """What a checkout or an archive without dates leaves."""
    set_dates(finished.folder, (1e9, 1e9))
    assert finished.plan() == set()


def set_dates(folder: Path, dates: tuple[float, float] | None) -> None:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    assert files
    for path in files:
        os.utime(path, dates)


def test_a_fresh_checkout(finished: Workspace) -> None:
    """The same files from git, with new dates, beside results that were there before."""

    def git(*arguments: str) -> None:
        author = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        command = ["git", *author, *arguments]
        subprocess.run(command, cwd=finished.folder, check=True, capture_output=True)

    sources = ("Snakefile", "config.yaml", "workflow", "src", "envs", "profiles", "pyproject.toml")
    git("init")
    git("add", *sources)
    git("commit", "-m", "All")
    for name in sources:
        git("rm", "-r", "-q", "--cached", name)
        path = finished.folder / name
        path.unlink() if path.is_symlink() or path.is_file() else shutil.rmtree(path)
    git("checkout", "HEAD", "--", *sources)
    assert finished.plan() == set()


WITHOUT_MEANING = {
    "a comment in the config": ("config.yaml", "\nmodels:\n", "\n# A comment.\nmodels:\n"),
    "a caption of the report": ("workflow/report/figure.rst", "Mean over", "The mean over"),
    "a note on versions": ("envs/constraints.txt", "# Exact versions", "# The exact versions"),
    "another pinned version": ("envs/constraints.txt", "numpy==", "numpy==9."),
    "the profile": ("workflow/profiles/default/profile.yaml", "# What is stale", "# Stale"),
    "a message of a rule": ("workflow/rules/figures.smk", "All figures are", "Figures are"),
    "memory of a rule": ("workflow/rules/training.smk", "growing(1000)", "growing(2000)"),
}


@pytest.mark.parametrize("change", WITHOUT_MEANING.values(), ids=WITHOUT_MEANING)
def test_a_change_without_meaning(finished: Workspace, change: tuple[str, str, str]) -> None:
    finished.replace(*change)
    assert finished.plan() == set()


def test_model_renamed(finished: Workspace) -> None:
    """Its seeds are derived from its name: another name is another run."""
    path = finished.folder / "config.yaml"
    text = path.read_text(encoding="utf-8")
    renamed = re.sub(r"(?<![\w-])cl-linear(?![\w-])", "cl-without-relu", text)
    assert renamed != text
    path.write_text(renamed, encoding="utf-8")
    new = runs("cl-without-relu") | metrics("cl-without-relu")
    # Verdicts name the tables' rows, for the paper's own numbers.
    assert finished.plan() == new | with_texts(tables(2) | FIDELITY)


def test_command_of_a_rule(finished: Workspace) -> None:
    finished.replace("workflow/rules/figures.smk", "ssl-landscape figure", "ssl-landscape  figure")
    assert finished.plan() == ALL_FIGURES


@pytest.mark.parametrize(
    ("file", "stale"),
    [
        ("figures/figure_07.record.json", figures(7)),
        ("tables/table_1.record.json", tables(1)),
        ("metrics/cl-linear.record.json", metrics("cl-linear") | tables(2) | AFTER_CELLS),
        ("provenance/manifest.json", set()),  # and itself: every plan of `all` checks that
    ],
)
def test_missing_record(finished: Workspace, file: str, stale: set[Job]) -> None:
    path = finished.folder / "results/smoke" / file
    path.unlink()
    assert finished.plan() == with_texts(stale)
    if not stale:
        assert finished.snakemake("all").returncode == 0
        assert path.is_file()


def test_a_record_is_nobody_s_input(finished: Workspace) -> None:
    for path in (finished.folder / "results/smoke").rglob("*.json"):
        if path.name in ("run.json", "record.json") or path.name.endswith(".record.json"):
            path.write_text("{}", encoding="utf-8")
    assert finished.plan() == set()


def test_missing_figure(finished: Workspace) -> None:
    (finished.folder / "results/smoke/figures/figure_07.png").unlink()
    assert finished.plan() == figures(7)


@pytest.mark.parametrize("name", ["curve.parquet", "weights.safetensors", "run.json"])
def test_missing_file_of_a_run(finished: Workspace, name: str) -> None:
    folder = finished.folder / "results/smoke/runs/cl-basic/sparsity-0.3/seed-2"
    (folder / name).unlink()
    run = runs("cl-basic", sparsities=("0.3",), seeds=(2,))
    assert finished.plan() == with_texts(run | CL_BASIC)


@pytest.mark.parametrize("name", ["cl-basic.parquet", "cl-basic.final.csv"])
def test_missing_metrics(finished: Workspace, name: str) -> None:
    (finished.folder / "results/smoke/metrics" / name).unlink()
    assert finished.plan() == with_texts(CL_BASIC - fidelity("claims"))


def test_damaged_file(finished: Workspace) -> None:
    """A file changed by hand makes stale what was made from it."""
    path = finished.folder / "results/smoke/metrics/cl-linear.final.csv"
    path.write_text(path.read_text().replace("0.", "0.1"), encoding="utf-8")
    assert finished.plan() == with_texts(tables(2) | AFTER_CELLS)


@pytest.mark.parametrize("target", ["all", "tables"])
def test_failed_run_stays_stale(finished: Workspace, target: str) -> None:
    """After its runs failed, a model's old results do not pass for the new ones."""
    change = model("ncl-linear", learning_rate=1e6)
    stale = runs("ncl-linear") | metrics("ncl-linear") | tables(2)
    assert finished.plan_with(change) == with_texts(stale | FIDELITY)
    stale |= FIDELITY if target == "all" else set()
    configs = (SMOKE, "change.yaml")
    assert finished.snakemake(target, configs=configs).returncode != 0
    assert finished.plan(target, configs=configs) == with_texts(stale)


def test_rerun_makes_it_fresh(finished: Workspace) -> None:
    figure = finished.folder / "results/smoke/figures/figure_03.svg"
    before = figure.read_text(encoding="utf-8")
    title = {"figures": {"figure_03": {"title": "Another title"}}}
    assert finished.plan_with(title) == figures(3) | CAPTIONS
    assert finished.snakemake("all", configs=(SMOKE, "change.yaml")).returncode == 0
    assert "Another title" in figure.read_text(encoding="utf-8")
    assert finished.plan(configs=(SMOKE, "change.yaml")) == set()
    assert finished.plan() == figures(3) | CAPTIONS
    assert "Another title" not in before
