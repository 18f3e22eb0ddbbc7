"""The resolved spec of each rule's jobs: all that a result depends on beside its inputs.

Nothing else is in it: labels, colours and other models' entries are not in a run's spec, so that
changing them makes no run stale.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

from ssl_landscape.config.loading import as_list
from ssl_landscape.config.types import no_such, sparsity_texts
from ssl_landscape.errors import UserError
from ssl_landscape.experiment.seeds import compact
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.report_plan import ReportPlan
from ssl_landscape.theory import STATEMENTS

Spec = dict[str, Any]


def metrics_spec(plan: Plan, model: str) -> Spec:
    """Return the runs that a model's metrics are made from."""
    return {"runs": _runs(plan, model)}


def figure_spec(plan: Plan, figure: str) -> Spec:
    """Return all that a figure's look depends on, beside the metrics."""
    entry, models = plan.figure(figure), plan.config.models
    shown = [
        {"model": name, "label": models[name].label, "colour": models[name].colour}
        for name in entry.models
    ]
    return {"title": entry.title, "metrics": entry.metrics, "models": shown}


def theory_spec(plan: Plan, statement: str) -> Spec:
    """Return the resolved spec of a theorem or lemma."""
    if statement not in STATEMENTS:
        raise UserError(no_such("statement", statement, list(STATEMENTS)))
    return plan.config.theory.spec(statement)


def cells_spec(plan: Plan) -> Spec:
    """Return all that the comparison of cells depends on, beside the metrics."""
    return {"tables": published_tables(plan), "models": plan.models_compared}


def claims_spec(plan: Plan) -> Spec:
    """Return all that the verdicts depend on, beside the curves; in the claims' order."""
    named = sorted(plan.config.claims.items(), key=lambda entry: entry[1].number)
    claims = [{"name": name, **claim.model_dump()} for name, claim in named]
    for claim in claims:
        claim["artefacts"] = [_artefact(plan, name) for name in claim["artefacts"]]
    models = {model: _judged(plan, model) for model in sorted(plan.models_in_claims)}
    return {"claims": claims, "models": models, "tables": published_tables(plan)}


def published_tables(plan: Plan) -> list[Spec]:
    """Return the config's tables that have a published counterpart, with their rows.

    In the order of numbers and names: a config file laid over another one changes its order.
    """
    tables = [(t.published, name, t) for name, t in plan.config.tables.items() if t.published]
    return [
        {
            "number": number,
            "rows": [
                {"model": row.model, "label": row.label, "sigma": row.columns.get("σ")}
                for row in table.rows
            ],
        }
        for number, _, table in sorted(tables, key=lambda entry: entry[:2])
    ]


def ablation_spec(plan: Plan, ablation: str) -> Spec:
    """Return all that an ablation's table and figure depend on, beside the metrics."""
    entry, override = plan.ablation(ablation), dict(plan.config.override)
    return {
        "question": entry.question,
        "sparsities": sparsity_texts(override.get("sparsities", entry.sparsities)),
        "seeds": compact(as_list(override.get("seeds", entry.seeds))),
        "axes": list(entry.grid),
        "variations": [
            {
                **dataclasses.asdict(variation),
                "model_label": plan.config.models[variation.model].label,
                "published": _published_row(plan, variation.model),
            }
            for variation in plan.variations
            if variation.ablation == ablation
        ],
        "expected": [expectation.model_dump() for expectation in entry.expected],
    }


def questions_spec(plan: Plan) -> Spec:
    """Return each ablation's question, in the config's order."""
    ablations = plan.config.ablations.items()
    return {"questions": [{"ablation": n, "question": entry.question} for n, entry in ablations]}


def _runs(plan: Plan, model: str) -> list[list[str]]:
    """Return [sparsity, seeds], the seeds as ranges: a command has no room for 10,000 of them."""
    seeds: dict[str, list[int]] = {}
    for _, sparsity, seed in plan.runs_of(model):
        seeds.setdefault(sparsity, []).append(seed)
    return [[sparsity, compact(own)] for sparsity, own in seeds.items()]


def _judged(plan: Plan, model: str) -> Spec:
    entry = plan.model(model)
    dataset = plan.config.datasets[entry.dataset]
    return {"runs": _runs(plan, model), "p": dataset.p, "d": dataset.d, "m": entry.neurons}


def _artefact(plan: Plan, name: str) -> str:
    return f"figures/{name}.png" if name in plan.config.figures else f"tables/{name}.md"


def _published_row(plan: Plan, model: str) -> tuple[int, str, Any] | None:
    """Return where the paper's tables have a model: table, label, sigma."""
    for table in plan.config.tables.values():
        for row in table.rows:
            if row.model == model and table.published:
                return table.published, row.label, row.columns.get("σ")
    return None


def _dataset(plan: Plan, name: str) -> Spec:
    dataset, _, seed = name.partition("/seed-")
    return plan.dataset_spec(dataset, int(seed))


def _train(plan: Plan, name: str) -> Spec:
    model, sparsity, seed = name.split("/")
    return plan.run_spec(model, sparsity.removeprefix("sparsity-"), int(seed.removeprefix("seed-")))


SPECS: dict[str, Callable[[Plan, str], Spec]] = {  # rule -> f(plan, name of the job)
    "dataset": _dataset,
    "train": _train,
    "metrics": metrics_spec,
    "figure": figure_spec,
    "table": lambda plan, name: plan.table(name).model_dump(),
    "theorem": theory_spec,
    "theory_verdicts": lambda plan, name: {"statements": list(STATEMENTS)},
    "cells": lambda plan, name: cells_spec(plan),
    "claims": lambda plan, name: claims_spec(plan),
    "comparison_figure": lambda plan, name: {},
    "discrepancies": lambda plan, name: {"variant": plan.config.variant},
    "ablation": ablation_spec,
    "ablation_figure": ablation_spec,
    "ablation_summary": lambda plan, name: questions_spec(plan),
    "captions": lambda plan, name: ReportPlan(plan).captions_spec(),
    "page": lambda plan, name: ReportPlan(plan).page_spec(name),
    "front_page": lambda plan, name: ReportPlan(plan).front_spec(),
}
