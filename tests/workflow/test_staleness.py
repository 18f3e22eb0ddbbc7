"""A change makes stale exactly what depends on it; a change without meaning, nothing.

What follows from specs and code is read from the list of jobs, before and after the change. That
Snakemake comes to the same, and what is its own, is asked of dry runs in a copy of the smoke run.
"""

import ast
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ssl_landscape.pipeline.plan import Plan

from .listed import ListedJob, list_jobs, stale
from .workspace import (
    PROJECT,
    SMOKE,
    Job,
    Workspace,
    comparison,
    datasets,
    figures,
    metrics,
    runs,
    shown,
    tables,
    theorems,
    with_texts,
)

CONFIG = yaml.safe_load((PROJECT / "config.yaml").read_text(encoding="utf-8"))
MODELS = tuple(Plan(CONFIG).shown_models)
ON_ONE_HOT = ("ncl-one-hot", "cl-one-hot")
ON_SQUARE = ("ncl-row-normalised-square", "ncl-column-normalised-square")
ON_SPARSE = tuple(m for m in MODELS if m not in (*ON_ONE_HOT, *ON_SQUARE))
WITH_NT_XENT = ("cl-one-hot", "cl-basic", "cl-linear", "cl-basic-m10", "simplified-simclr")
CLAIM = "warm-start-alone-falls"

ALL_FIGURES, ALL_TABLES = figures(*range(1, 19)), tables(1, 2, 3)
ALL_METRICS, ALL_RUNS = metrics(*MODELS), runs(*MODELS)
AFTER_CELLS = comparison("cells", "comparison_figure", "discrepancies")
AFTER_CLAIMS = comparison("claims", "discrepancies")
COMPARISON = AFTER_CELLS | AFTER_CLAIMS
AFTER_METRICS = ALL_FIGURES | ALL_TABLES | COMPARISON
SPARSE, SQUARE = datasets("sparse-0.1", "sparse-0.3"), datasets("square-0.1", "square-0.3")
ALL_DATASETS = SPARSE | SQUARE | datasets("one-hot-0.1")
ALL_THEORY = theorems("theorem_1", "theorem_2", "theorem_3", "lemma_1")
EVERYTHING = ALL_DATASETS | ALL_RUNS | ALL_METRICS | AFTER_METRICS | ALL_THEORY
CAPTIONS, FRONT = {("captions", "")}, {("front_page", "")}
# Where cl-basic is shown.
CL_BASIC = metrics("cl-basic") | figures(2, 8) | tables(2) | COMPARISON
AFTER_SPARSE = metrics(*ON_SPARSE) | (ALL_FIGURES - figures(1, 14, 16)) | ALL_TABLES | COMPARISON


def model(name: str, **changes: object) -> dict[str, Any]:
    return {"models": {name: changes}}


def without(key: str) -> tuple[str, ...]:
    """Return the models that take a key from the defaults."""
    return tuple(name for name in MODELS if key not in CONFIG["models"][name])


def claim() -> dict[str, Any]:
    """Return an entry of the shipped config's claims, with another threshold."""
    changed = yaml.safe_load(yaml.safe_dump(CONFIG["claims"][CLAIM]))
    changed["parts"][0]["thresholds"]["fall"]["value"] = 0.5
    return changed


# The same values in other places: Snakemake by itself compares params as a set.
EXCHANGED = model(
    "cl-basic",
    loss={"name": "nt_xent", "temperature": 0.5},
    masks={"scheme": "dependent", "keep": 0.05},
)
CONFIG_CHANGES = {
    "learning rate": (model("cl-basic", learning_rate=0.05), runs("cl-basic") | CL_BASIC),
    "two values exchanged": (EXCHANGED, runs("cl-basic") | CL_BASIC),
    "label": (model("cl-basic", label="CL"), figures(2, 8) | CAPTIONS),
    "colour": (model("cl-basic", colour="green"), figures(2, 8)),
    "a default that all models take": (
        {"defaults": {"weight_decay": 0.1}},
        runs(*without("weight_decay")) | ALL_METRICS | AFTER_METRICS | COMPARISON,
    ),
    "a default that some models take": (
        {"defaults": {"activation": "relu"}},
        runs(*without("activation"))
        | metrics(*without("activation"))
        | ALL_FIGURES
        | ALL_TABLES
        | COMPARISON,
    ),
    "sparsity removed": (model("cl-basic", sparsities=[0.1]), CL_BASIC),
    "sparsity added": (
        model("cl-basic", sparsities=[0.1, 0.2, 0.3]),
        datasets("sparse-0.2") | runs("cl-basic", sparsities=("0.2",)) | CL_BASIC | FRONT,
    ),
    "dataset that is there": (
        model("ncl-basic-m10", dataset="square"),
        runs("ncl-basic-m10") | metrics("ncl-basic-m10") | figures(9) | AFTER_CLAIMS,
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
        {("figure", "mine")} | FRONT | CAPTIONS,
    ),
    "title of a table": ({"tables": {"table_3": {"title": "Another"}}}, tables(3)),
    "a setting of a theorem": (
        {"theory": {"theorem_2": {"decay": 0.9}}},
        theorems("theorem_2"),
    ),
    "the theory's seed": ({"theory": {"seed": 2}}, ALL_THEORY),
    "a threshold of a claim": ({"claims": {CLAIM: claim()}}, AFTER_CLAIMS),
    "a model that is shown nowhere": (model("mine", label="Mine", colour="red"), set()),
    "the same values written differently": (
        model("cl-basic", sparsities=["0.10", "3e-1"], momentum=0, batch_size=0x200),
        set(),
    ),
}
CODE_CHANGES = {
    ("experiment/losses/nt_xent.py", "nt_xent"): (
        runs(*WITH_NT_XENT)
        | metrics(*WITH_NT_XENT)
        | figures(1, 2, 8, 9, 17)
        | tables(1, 2)
        | COMPARISON
    ),
    ("experiment/latents/exact_counts.py", "exact_counts"): (
        SPARSE | SQUARE | runs(*ON_SPARSE, *ON_SQUARE) | metrics(*ON_SQUARE) | AFTER_SPARSE
    )
    | figures(14, 16),
    ("experiment/seeds.py", "derive_seed"): EVERYTHING,
    ("experiment/training.py", "train"): EVERYTHING - ALL_DATASETS - ALL_THEORY,
    ("experiment/max_cosine.py", "max_cosines"): EVERYTHING - ALL_DATASETS - ALL_THEORY,
    ("pipeline/aggregate.py", "aggregate"): ALL_METRICS | AFTER_METRICS,
    ("pipeline/figures.py", "draw_figure"): ALL_FIGURES,
    ("report/captions.py", "write_captions"): CAPTIONS,
    ("report/front.py", "write_front"): FRONT,
    ("pipeline/tables.py", "render_table"): ALL_TABLES,
    ("theory/theorem_1.py", "measure"): theorems("theorem_1"),
    ("theory/verdicts/lemma_1.py", "judge"): theorems("lemma_1"),
    ("theory/pictures/style.py", "finish"): ALL_THEORY,
    ("theory/verdict.py", "markdown"): {("theory_verdicts", "")},
    ("claims/judges.py", "falls"): AFTER_CLAIMS,
    ("experiment/chance.py", "chance_level"): ALL_FIGURES | AFTER_CLAIMS,
    ("comparison/claims_report.py", "report"): AFTER_CLAIMS,
    ("comparison/resampling.py", "bootstrap_interval"): AFTER_CELLS,
    ("comparison/figure.py", "plot_cells"): comparison("comparison_figure"),
    ("comparison/reasons.py", "read_reasons"): comparison("discrepancies"),
    ("cli/main.py", "main"): set(),
    ("cli/job.py", "_job"): set(),
}
PUBLISHED = "src/ssl_landscape/pipeline/published_tables.csv"


SHIPPED = (PROJECT / "config.yaml", PROJECT / SMOKE)


@pytest.fixture(scope="module")
def listed() -> list[ListedJob]:
    """All jobs as they are."""
    return list_jobs(*SHIPPED)


@pytest.fixture
def edited(project: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of all that the list of jobs depends on."""
    workspace = Workspace(tmp_path / "edited")
    shutil.copytree(project.folder / "src", workspace.folder / "src")
    shutil.copytree(project.folder / "workflow", workspace.folder / "workflow")
    shutil.copy(project.folder / "config.yaml", workspace.folder)
    yield workspace
    shutil.rmtree(workspace.folder)


def change_published(workspace: Workspace) -> None:
    """Change the first of the published numbers."""
    first = (workspace.folder / PUBLISHED).read_text(encoding="utf-8").splitlines()[1]
    workspace.replace(PUBLISHED, first, first.replace(",0.", ",1.", 1))


@pytest.mark.parametrize(("change", "expected"), CONFIG_CHANGES.values(), ids=CONFIG_CHANGES)
def test_config_change(
    tmp_path: Path, listed: list[ListedJob], change: dict, expected: set[Job]
) -> None:
    (tmp_path / "change.yaml").write_text(yaml.safe_dump(change), encoding="utf-8")
    assert stale(listed, list_jobs(*SHIPPED, tmp_path / "change.yaml")) == with_texts(expected)


def test_seed_added(edited: Workspace, listed: list[ListedJob]) -> None:
    # The override of the smoke variant wins over a model's own seeds: per model instead.
    edited.replace(SMOKE, "  seeds: 2\n", "")
    seeds = {"models": {name: {"seeds": 2} for name in MODELS}}
    assert stale(listed, edited.list_jobs(SMOKE, edited.write_config("a.yaml", seeds))) == set()
    seeds["models"]["cl-basic"]["seeds"] = 3
    new = datasets("sparse-0.1", "sparse-0.3", seeds=(3,)) | runs("cl-basic", seeds=(3,))
    after = edited.list_jobs(SMOKE, edited.write_config("a.yaml", seeds))
    assert stale(listed, after) == with_texts(new | CL_BASIC)


def test_model_renamed(edited: Workspace, listed: list[ListedJob]) -> None:
    """Its seeds are derived from its name: another name is another run."""
    path = edited.folder / "config.yaml"
    text = path.read_text(encoding="utf-8")
    renamed = re.sub(r"(?<![\w-])cl-linear(?![\w-])", "cl-without-relu", text)
    assert renamed != text
    path.write_text(renamed, encoding="utf-8")
    new = runs("cl-without-relu") | metrics("cl-without-relu")
    # Verdicts name the tables' rows, for the paper's own numbers.
    assert stale(listed, edited.list_jobs()) == with_texts(new | tables(2) | COMPARISON)


@pytest.mark.parametrize(("place", "expected"), CODE_CHANGES.items(), ids=map(str, CODE_CHANGES))
def test_code_change(
    edited: Workspace, listed: list[ListedJob], place: tuple[str, str], expected: set[Job]
) -> None:
    edited.change_function(*place)
    assert stale(listed, edited.list_jobs()) == with_texts(expected)


def test_published_values_change_tables_and_comparison(
    edited: Workspace, listed: list[ListedJob]
) -> None:
    change_published(edited)
    assert stale(listed, edited.list_jobs()) == with_texts(ALL_TABLES | COMPARISON)


def test_snakemake_comes_to_the_same(finished: Workspace, listed: list[ListedJob]) -> None:
    """Settings, code and published numbers changed at once."""
    names = ("two values exchanged", "label", "sparsity removed", "a setting of a theorem")
    for number, name in enumerate(names):
        finished.write_config(f"{number}.yaml", CONFIG_CHANGES[name][0])
    finished.change_function("experiment/latents/one_hot.py", "one_hot")
    finished.change_function("comparison/reasons.py", "read_reasons")
    change_published(finished)
    configs = (SMOKE, *(f"{number}.yaml" for number in range(len(names))))
    planned = finished.plan(configs=configs)
    assert planned == stale(listed, finished.list_jobs(*configs))
    assert runs("cl-basic", sparsities=("0.1",)) | ALL_TABLES | theorems("theorem_2") < planned
    assert datasets("one-hot-0.1") | figures(1, 2) | runs(*ON_ONE_HOT) < planned
    assert not planned & runs("ncl-basic")


def test_code_without_another_meaning(finished: Workspace) -> None:
    """Comments, docstrings, quotes, line breaks: everywhere in the package at once."""
    for path in finished.sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
                node.body[0].value.value = "Another docstring."
        text = "# A comment.\n" + ast.unparse(tree)
        if "from __future__" not in text:  # which only a docstring may precede
            text = '"""Another module docstring."""\n' + text
        path.write_text(text, encoding="utf-8")
    assert finished.plan() == set()


MOVED = {  # of every floor, and starting points of fingerprints among them
    "experiment/max_cosine.py": "experiment/measures/cosines.py",
    "experiment/data.py": "experiment/samples.py",
    "pipeline/aggregate.py": "aggregation.py",
    "comparison/cells.py": "comparison/parts/published_cells.py",
    "theory/verdict.py": "theory/pages/verdict.py",
    "io/files.py": "io/storage/files.py",
}


def test_moved_modules(finished: Workspace) -> None:
    package = finished.folder / "src" / "ssl_landscape"
    for old, new in MOVED.items():
        (package / new).parent.mkdir(exist_ok=True)
        (package / old).rename(package / new)
        was, now = dotted(old), dotted(new)
        for path in finished.sources():
            text = path.read_text(encoding="utf-8")
            text = re.sub(rf"\b(ssl_landscape\.){re.escape(was)}\b", rf"\g<1>{now}", text)
            path.write_text(text.replace(f'"{was}:', f'"{now}:'), "utf-8")  # in the table of jobs
    assert finished.run("ssl-landscape", "check").returncode == 0
    assert finished.plan() == set()


def dotted(file: str) -> str:
    """Return the name of a module, from the package's own on."""
    return ".".join(Path(file).with_suffix("").parts)


def test_code_that_nothing_uses(finished: Workspace) -> None:
    package = finished.folder / "src" / "ssl_landscape"
    losses = package / "experiment" / "losses"
    loss = (losses / "l2.py").read_text().replace("def l2(", "def mine(")
    (losses / "mine.py").write_text(loss)
    with (package / "pipeline" / "figures.py").open("a", encoding="utf-8") as stream:
        stream.write("\n\ndef unused() -> None:\n    pass\n")
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


def test_changes_without_meaning(finished: Workspace) -> None:
    for change in WITHOUT_MEANING.values():
        finished.replace(*change)
    assert finished.plan() == set()


def test_command_of_the_rules(finished: Workspace) -> None:
    finished.replace("workflow/rules/common.smk", '"ssl-landscape job', '"ssl-landscape  job')
    assert finished.plan("results/smoke/figures/figure_02.png") >= figures(2) | runs("cl-basic")


def test_second_invocation(finished: Workspace) -> None:
    process = finished.snakemake("all")
    assert process.returncode == 0
    assert "Nothing to be done" in shown(process)


@pytest.mark.parametrize("dates", [None, (1e9, 1e9)], ids=["touched", "equal dates"])
def test_dates(finished: Workspace, dates: tuple[float, float] | None) -> None:
    """All files touched; or what a checkout or an archive without dates leaves."""
    files = [path for path in sorted(finished.folder.rglob("*")) if path.is_file()]
    assert files
    for path in files:
        os.utime(path, dates)
    assert finished.plan() == set()


def test_a_fresh_checkout(finished: Workspace) -> None:
    """The same files from git, with new dates, beside results that were there before."""
    finished.git("rm", "-r", "--quiet", ".")
    assert not (finished.folder / "Snakefile").exists()
    finished.git("checkout", "--quiet", "HEAD", "--", ".")
    assert finished.plan() == set()


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("figures/figure_07.record.json", figures(7)),
        ("metrics/cl-linear.record.json", metrics("cl-linear") | tables(2) | AFTER_CELLS),
        ("provenance/manifest.json", set()),  # and itself: every plan of `all` checks that
        ("figures/figure_07.png", figures(7)),
        ("tables/table_2.tex", tables(2)),
        ("comparison/cells.md", AFTER_CELLS),
        ("metrics/cl-basic.final.csv", CL_BASIC),
        (
            "runs/cl-basic/sparsity-0.3/seed-2/weights.safetensors",
            runs("cl-basic", sparsities=("0.3",), seeds=(2,)) | CL_BASIC,
        ),
    ],
)
def test_missing_file(finished: Workspace, file: str, expected: set[Job]) -> None:
    path = finished.folder / "results/smoke" / file
    path.unlink()
    assert finished.plan() == with_texts(expected)
    if not expected:
        assert finished.snakemake("all").returncode == 0
        assert path.is_file()


# What is made again for figure 2, for which file that is gone.
GONE = {
    "metrics/cl-basic.parquet": metrics("cl-basic"),
    "runs/cl-basic/sparsity-0.3/seed-2/curve.parquet": (
        runs("cl-basic", sparsities=("0.3",), seeds=(2,)) | metrics("cl-basic")
    ),
    "datasets/sparse-0.3/seed-2/samples.parquet": (
        datasets("sparse-0.3", seeds=(2,))
        | runs("cl-basic", "ncl-basic", sparsities=("0.3",), seeds=(2,))
        | metrics("cl-basic", "ncl-basic")
    ),
}


@pytest.mark.parametrize("file", GONE)
@pytest.mark.parametrize("target", ["figure_02", "results/smoke/figures/figure_02.png"])
def test_what_is_gone_is_made_again_for_one_figure(
    finished: Workspace, target: str, file: str
) -> None:
    """By the figure's name and by its path, though the figure itself is there."""
    path = finished.folder / "results/smoke" / file
    whole = path.read_bytes()
    path.unlink()
    assert finished.plan(target) == GONE[file] | figures(2)
    if target == "figure_02":
        assert finished.snakemake(target).returncode == 0
        assert path.read_bytes() == whole
        assert finished.plan(target) == set()


def test_all_above_a_figure_is_gone(finished: Workspace) -> None:
    results = finished.folder / "results/smoke"
    for folder in ("datasets", "runs", "metrics"):
        shutil.rmtree(results / folder)
    models = ("cl-basic", "ncl-basic")
    expected = SPARSE | runs(*models) | metrics(*models) | figures(2)
    assert finished.plan("results/smoke/figures/figure_02.svg") == expected


def test_records_are_never_inputs(finished: Workspace) -> None:
    for path in (finished.folder / "results/smoke").rglob("*.json"):
        if path.name in ("run.json", "record.json") or path.name.endswith(".record.json"):
            path.write_text("{}", encoding="utf-8")
    assert finished.plan() == set()


def test_damaged_file(finished: Workspace) -> None:
    """A file changed by hand makes stale what was made from it."""
    path = finished.folder / "results/smoke/metrics/cl-linear.final.csv"
    path.write_text(path.read_text().replace("0.", "0.1"), encoding="utf-8")
    assert finished.plan() == with_texts(tables(2) | AFTER_CELLS | comparison("finals"))


@pytest.mark.parametrize("target", ["all", "tables"])
def test_failed_run_stays_stale(finished: Workspace, target: str) -> None:
    """After its runs failed, a model's old results do not pass for the new ones."""
    configs = (SMOKE, finished.write_config("change.yaml", model("ncl-linear", learning_rate=1e6)))
    expected = runs("ncl-linear") | metrics("ncl-linear") | tables(2)
    expected = with_texts(expected | COMPARISON) if target == "all" else expected
    assert finished.plan(target, configs=configs) == expected
    assert finished.snakemake(target, configs=configs).returncode != 0
    assert finished.plan(target, configs=configs) == expected


def test_rerun_makes_it_fresh(finished: Workspace) -> None:
    figure = finished.folder / "results/smoke/figures/figure_03.svg"
    assert "Another title" not in figure.read_text(encoding="utf-8")
    title = {"figures": {"figure_03": {"title": "Another title"}}}
    configs = (SMOKE, finished.write_config("change.yaml", title))
    assert finished.snakemake("all", configs=configs).returncode == 0
    assert "Another title" in figure.read_text(encoding="utf-8")
    assert finished.plan(configs=configs) == set()
    assert finished.plan() == figures(3) | CAPTIONS
