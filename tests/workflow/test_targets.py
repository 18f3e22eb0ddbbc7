"""Targets: one artefact plans only what it needs; the shipped config plans the whole paper."""

from itertools import chain

import pytest

from .workspace import (
    SMOKE,
    Workspace,
    count,
    datasets,
    figures,
    metrics,
    runs,
    tables,
)

SPARSITIES, SEEDS = ("0.1", "0.2", "0.3"), (1, 2, 3, 4, 5)
SPARSE = tuple(f"sparse-{sparsity}" for sparsity in SPARSITIES)
RESULTS = {
    "datasets",
    "runs",
    "metrics",
    "figures",
    "tables",
    "fidelity",
    "theory",
    "logs",
    "timings",
}
AS_WRITTEN = "workflow/variants/as_written.yaml"
THEORY = {"theorem": 4, "theory_verdicts": 1}
FIDELITY = {f"fidelity_{part}": 1 for part in ("cells", "claims", "figure", "discrepancies")}
UPSTREAM = {"dataset": 29, "train": 253, "metrics": 21}
TEXTS_OF_THEORY = {"theory_captions": 1, "page": 1}
TEXTS_OF_FIDELITY = {"fidelity_caption": 1, "page": 3}
TEXTS = {
    "figure_captions": 1,
    "fidelity_caption": 1,
    "theory_captions": 1,
    "page": 7,
    "front_page": 1,
}
PAPER = {**UPSTREAM, "figure": 18, "table": 3, **THEORY, **FIDELITY, **TEXTS}


def all_runs(*models: str) -> set:
    return runs(*models, sparsities=SPARSITIES, seeds=SEEDS)


def test_one_figure(fresh: Workspace) -> None:
    models = ("ncl-basic", "cl-basic")
    plan = fresh.plan("results/figures/figure_02.pdf", configs=())
    assert plan == (
        datasets(*SPARSE, seeds=SEEDS) | all_runs(*models) | metrics(*models) | figures(2)
    )
    assert count(plan) == {"dataset": 15, "figure": 1, "metrics": 2, "train": 30}


def test_one_table(fresh: Workspace) -> None:
    models = ("simplified-simclr", "simplified-simsiam")
    plan = fresh.plan("results/tables/table_1.md", configs=())
    assert plan == (
        datasets(*SPARSE, seeds=SEEDS) | all_runs(*models) | metrics(*models) | tables(1)
    )


def test_one_run(fresh: Workspace) -> None:
    plan = fresh.plan("results/runs/cl-basic/sparsity-0.2/seed-4/curve.parquet", configs=())
    assert plan == (
        datasets("sparse-0.2", seeds=(4,)) | runs("cl-basic", sparsities=("0.2",), seeds=(4,))
    )


@pytest.mark.parametrize(
    ("target", "jobs"),
    [
        ("all", PAPER),
        ("datasets", {"dataset": 29}),
        (
            "figures",
            {"dataset": 29, "train": 193, "metrics": 17, "figure": 18, "figure_captions": 1},
        ),
        ("tables", {"dataset": 15, "train": 150, "metrics": 10, "table": 3, "page": 3}),
        ("theory", {**THEORY, **TEXTS_OF_THEORY}),
        ("fidelity", {**UPSTREAM, **FIDELITY, **TEXTS_OF_FIDELITY}),
        (
            "ablations",
            {
                "dataset": 36,
                "train": 432,
                "metrics": 75,
                "fidelity_cells": 1,
                "ablation": 16,
                "ablation_figure": 3,
                "ablation_summary": 1,
                "page": 17,
            },
        ),
    ],
)
def test_named_target(fresh: Workspace, target: str, jobs: dict) -> None:
    assert count(fresh.plan(target, configs=())) == jobs


def test_all_is_the_default(fresh: Workspace) -> None:
    assert count({planned.job for planned in fresh.dry_run(configs=())}) == PAPER | {"manifest": 1}


@pytest.mark.parametrize(
    ("configs", "folder"),
    [((), "results/"), ((SMOKE,), "results/smoke/"), ((AS_WRITTEN,), "results/as_written/")],
)
def test_a_variant_stays_in_its_folder(fresh: Workspace, configs: tuple, folder: str) -> None:
    jobs = fresh.dry_run("all", configs=configs)
    files = list(chain.from_iterable(planned.files for planned in jobs))
    assert [file for file in files if not file.startswith(folder)] == []
    assert len(set(files)) == len(files) > 3 * len(jobs)
    inside = {file.removeprefix(folder).split("/")[0] for file in files}
    assert inside == RESULTS | {"front.rst", "report"}


def test_the_literal_variant_has_all_of_the_paper(fresh: Workspace) -> None:
    assert count(fresh.plan(configs=(AS_WRITTEN,))) == PAPER


def test_the_paper_ignores_a_variants_results(finished: Workspace) -> None:
    assert count(finished.plan(configs=())) == PAPER
