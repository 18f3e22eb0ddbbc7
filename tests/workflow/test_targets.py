"""Targets: one artefact plans only what it needs; the shipped config plans the whole paper."""

import copy
import re
import shlex
from itertools import chain

import pytest

from ssl_landscape.config import load_config
from ssl_landscape.pipeline.jobs import TARGETS, Job, list_jobs, make_job
from ssl_landscape.pipeline.plan import Plan, canonical

from .workspace import (
    PROJECT,
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
    "comparison",
    "theory",
    "logs",
    "timings",
}
AS_WRITTEN = "workflow/variants/as_written.yaml"
THEORY = {"theorem": 4, "theory_verdicts": 1}
COMPARISON = {"finals": 1, "cells": 1, "claims": 1, "comparison_figure": 1, "discrepancies": 1}
UPSTREAM = {"dataset": 29, "train": 262, "metrics": 22}
TEXTS = {"captions": 1, "page": 7, "front_page": 1}
PAPER = {**UPSTREAM, "figure": 18, "table": 3, **THEORY, **COMPARISON, **TEXTS}


@pytest.fixture(scope="module")
def shipped() -> dict:
    return load_config(PROJECT / "config.yaml")


def all_runs(*models: str) -> set:
    return runs(*models, sparsities=SPARSITIES, seeds=SEEDS)


@pytest.mark.parametrize("target", ["results/figures/figure_02.pdf", "figure_02"])
def test_one_figure(fresh: Workspace, target: str) -> None:
    models = ("ncl-basic", "cl-basic")
    plan = fresh.plan(target, configs=())
    assert plan == (
        datasets(*SPARSE, seeds=SEEDS) | all_runs(*models) | metrics(*models) | figures(2)
    )
    assert count(plan) == {"dataset": 15, "figure": 1, "metrics": 2, "train": 30}


@pytest.mark.parametrize("target", ["results/tables/table_1.md", "table_1"])
def test_one_table(fresh: Workspace, target: str) -> None:
    models = ("simplified-simclr", "simplified-simsiam")
    plan = fresh.plan(target, configs=())
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
        ("datasets", {"dataset": 29}),
        ("figures", {"dataset": 29, "train": 202, "metrics": 18, "figure": 18}),
        ("tables", {"dataset": 15, "train": 150, "metrics": 10, "table": 3}),
        ("theory", THEORY),
        ("comparison", {**UPSTREAM, **COMPARISON}),
        (
            "ablations",
            {
                "dataset": 48,
                "train": 1226,
                "metrics": 174,
                "cells": 1,
                "ablation": 21,
                "ablation_figure": 9,
                "ablation_summary": 1,
                "claims_by_reading": 1,
                "page": 23,
            },
        ),
        (
            "replication",
            {
                "dataset": 140,
                "train": 1240,
                "replication_finals": 22,
                "replication_cells": 1,
                "replication_claims": 1,
                "replication_figure": 1,
                "page": 2,
            },
        ),
        (
            "beyond",
            {
                "dataset": 59,
                "train": 904,
                "metrics": 65,
                "measures": 9,
                "study": 5,
                "study_figure": 5,
                "study_verdicts": 1,
            },
        ),
    ],
)
def test_named_target(fresh: Workspace, target: str, jobs: dict) -> None:
    assert count(fresh.plan(target, configs=())) == jobs


def test_all_is_the_default(fresh: Workspace) -> None:
    jobs = fresh.dry_run(configs=())
    assert count(planned.job for planned in jobs) == PAPER | {"manifest": 1}
    check_folders(jobs, "results/")


@pytest.mark.parametrize(
    ("variant", "folder"), [(SMOKE, "results/smoke/"), (AS_WRITTEN, "results/as_written/")]
)
def test_a_variant_stays_in_its_folder(fresh: Workspace, variant: str, folder: str) -> None:
    jobs = fresh.dry_run("all", configs=(variant,))
    check_folders(jobs, folder)
    if variant == AS_WRITTEN:  # has all of the paper
        assert count(planned.job for planned in jobs) == PAPER | {"manifest": 1}


def check_folders(jobs: list, folder: str) -> None:
    files = list(chain.from_iterable(planned.files for planned in jobs))
    assert [file for file in files if not file.startswith(folder)] == []
    assert len(set(files)) == len(files) > 3 * len(jobs)
    inside = {file.removeprefix(folder).split("/")[0] for file in files}
    assert inside == RESULTS | {"front.rst", "report"}


def test_the_paper_ignores_a_variants_results(finished: Workspace) -> None:
    assert count(finished.plan(configs=())) == PAPER


@pytest.mark.parametrize("configs", [(), (SMOKE,)], ids=["full scale", "small scale"])
def test_the_rules_are_the_list_of_jobs(fresh: Workspace, configs: tuple[str, ...]) -> None:
    """Inputs, outputs, spec and code of every job."""
    plan = Plan(load_config(*(PROJECT / file for file in ("config.yaml", *configs))))
    listed = {(job.rule, job.name): job for job in list_jobs(plan)}
    planned = {one.job: one for one in fresh.dry_run(*TARGETS, configs=configs)}
    assert planned.keys() - {("manifest", "")} == listed.keys()
    for name, job in listed.items():
        rule = planned[name]
        assert sorted(rule.inputs) == sorted(job.inputs), name
        assert sorted(rule.outputs) == sorted(job.files), name
        command = shlex.split(rule.command)
        place = command.index("--results")
        options = dict(zip(command[place::2], command[place + 1 :: 2], strict=False))
        assert command[:place] == ["ssl-landscape", "job", job.rule, *filter(None, [job.name])]
        assert options["--results"] == plan.results.as_posix()
        assert options["--spec"] == canonical(job.spec)
        assert options["--code"] == job.code
        assert (options.get("--device") is not None) == (job.rule == "train")


MANY_SEEDS = {"models": {"cl-basic": {"seeds": 2000, "sparsities": [0.1]}}}
LONGEST = 131_072  # bytes of one argument, as which a shell gets the whole command


def test_thousands_of_seeds(fresh: Workspace) -> None:
    configs = (fresh.write_config("seeds.yaml", MANY_SEEDS),)
    jobs = fresh.dry_run("results/metrics/cl-basic.final.csv", configs=configs)
    assert count(one.job for one in jobs) == {"dataset": 2000, "metrics": 1, "train": 2000}
    assert max(len(one.command.encode()) for one in jobs) < 4000


@pytest.mark.parametrize("seeds", [2000, 10_000])
def test_no_command_is_too_long(shipped: dict, seeds: int) -> None:
    """With as many seeds as the config allows, for each model and each ablation."""
    few = names_of_jobs(Plan(with_seeds(shipped, 1)))
    plan = Plan(with_seeds(shipped, seeds))
    lengths = {}
    for rule, name in few:
        job = make_job(plan, "all", rule, re.sub("seed-1$", f"seed-{seeds}", name))
        lengths[rule, name] = len(command_of(job, plan).encode())
    assert len(plan.runs_of("cl-basic")) == 3 * seeds
    assert max(lengths.values()) < LONGEST, max(lengths, key=lengths.get)


def with_seeds(shipped: dict, seeds: int) -> dict:
    config = copy.deepcopy(shipped)
    sections = ("models", "ablations", "beyond")
    for entries in (
        [config["defaults"], config["replication"]],
        *(config[name].values() for name in sections),
    ):
        for entry in entries:
            if "seeds" in entry:
                entry["seeds"] = seeds
    return config


def names_of_jobs(plan: Plan) -> list[tuple[str, str]]:
    return [(job.rule, job.name) for job in list_jobs(plan)]


def command_of(job: Job, plan: Plan) -> str:
    """Return a job's shell command, as workflow/rules/common.smk has it."""
    words = ["ssl-landscape", "job", job.rule, job.name, "--results", plan.results.as_posix()]
    words += ["--spec", canonical(job.spec), "--code", job.code]
    return shlex.join(words)
