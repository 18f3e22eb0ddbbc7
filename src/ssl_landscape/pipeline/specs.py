"""The resolved spec of each rule's jobs: all that a result depends on beside its inputs.

Nothing else is in it: labels, colours and other models' entries are not in a run's spec, so that
changing them makes no run stale.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

from ssl_landscape.config.loading import as_list
from ssl_landscape.config.studies import judged_parts
from ssl_landscape.config.types import sparsity_texts
from ssl_landscape.experiment.seeds import compact
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.report_plan import ReportPlan
from ssl_landscape.pipeline.words import law_of_latents, laws_in_words
from ssl_landscape.theory import STATEMENTS

Spec = dict[str, Any]


def _dataset(plan: Plan, name: str) -> Spec:
    dataset, _, seed = name.partition("/seed-")
    return plan.dataset_spec(dataset, int(seed))


def _train(plan: Plan, name: str) -> Spec:
    model, sparsity, seed = name.split("/")
    return plan.run_spec(model, sparsity.removeprefix("sparsity-"), int(seed.removeprefix("seed-")))


def _runs(plan: Plan, model: str, seeds: list[int]) -> Spec:
    """Return [sparsity, seeds], the seeds as ranges: a command has no room for 10,000 of them."""
    return {"runs": [[sparsity, compact(seeds)] for sparsity in plan.model(model).sparsities]}


def _figure(plan: Plan, figure: str) -> Spec:
    entry = plan.config.figures[figure].model_dump()
    sparsities = {s for model in entry["models"] for s in plan.model(model).sparsities}
    found = {s: {law_of_latents(plan, m, s) for m in entry["models"]} for s in sparsities}
    laws = {s: own.pop() for s, own in sorted(found.items()) if len(own) == 1}
    models = [drawn_model(plan, name) for name in entry["models"]]
    return entry | {"models": models, "laws": laws}


def drawn_model(plan: Plan, name: str) -> Spec:
    """Return what a figure has to know of a model, see :mod:`ssl_landscape.pipeline.figures`."""
    varied = {variation.name: variation.model for variation in plan.variations}
    shown = plan.config.models[varied.get(name, name)]
    return {
        "model": name,
        "label": shown.label,
        "colour": shown.colour,
        "seeds": compact(as_list(plan.model(name).seeds)),
        "sizes": _sizes(plan, name),
        "published": _where_published(plan).get(name),
    }


def _sizes(plan: Plan, model: str) -> dict[str, int]:
    data = plan.config.datasets[plan.model(model).dataset]
    return {"p": data.p, "d": data.d, "m": plan.model(model).neurons}


def _where_published(plan: Plan) -> dict[str, tuple[int, str, float | None]]:
    """Return model -> where the paper's tables have it: table, label, sigma."""
    return {
        row["model"]: (table["number"], row["label"], row["sigma"])
        for table in reversed(_tables(plan))
        for row in table["rows"]
    }


def _tables(plan: Plan) -> list[Spec]:
    """Return the tables that have a published counterpart, with their rows."""
    return [
        {
            "number": table.published,
            "rows": [
                {"model": row.model, "label": row.label, "sigma": row.columns.get("σ")}
                for row in table.rows
            ],
        }
        for table in plan.tables_compared
    ]


def _cells(plan: Plan) -> Spec:
    return {"tables": _tables(plan), "models": plan.models_compared}


def _claims(plan: Plan) -> Spec:
    """Return the claims in their order, and the sizes of the models they are judged on."""
    named = sorted(plan.config.claims.items(), key=lambda entry: entry[1].number)
    claims = [{"name": name, **claim.model_dump()} for name, claim in named]
    for claim in claims:
        claim["artefacts"] = [
            f"figures/{name}.png" if name in plan.config.figures else f"tables/{name}.md"
            for name in claim["artefacts"]
        ]
    models = {model: _sizes(plan, model) for model in sorted(plan.models_in_claims)}
    return {"claims": claims, "models": models, "tables": _tables(plan)}


def _ablation(plan: Plan, ablation: str) -> Spec:
    entry = plan.config.ablations[ablation]
    override = plan.config.override
    seeds: Any = override.get("seeds", entry.seeds)
    published = _where_published(plan)
    return {
        "question": entry.question,
        "laws": laws_in_words(plan, entry.models),
        "sparsities": sparsity_texts(override.get("sparsities", entry.sparsities)),
        "seeds": compact(as_list(seeds)),
        "axes": list(entry.grid),
        "sources": entry.sources,
        "variations": [
            {
                **dataclasses.asdict(variation),
                "model_label": plan.config.models[variation.model].label,
                "published": published.get(variation.model),
            }
            for variation in plan.variations
            if variation.ablation == ablation
        ],
        "expected": [expectation.model_dump() for expectation in entry.expected],
    }


def _claims_by_reading(plan: Plan) -> Spec:
    """Return the claims, and which models stand for theirs under each reading of the ablations."""
    ablations, sizes = [], {}
    for name in plan.config.ablations:
        own = _ablation(plan, name)
        readings: dict[str, Spec] = {}
        for variation in own["variations"]:
            shared = {key: variation[key] for key in ("reading", "label")}
            reading = readings.setdefault(
                variation["reading"], shared | {"in_use": True, "models": {}}
            )
            reading["models"][variation["model"]] = variation["name"]
            reading["in_use"] &= variation["in_use"]
            sizes[variation["name"]] = _sizes(plan, variation["name"])
        shared = {key: own[key] for key in ("question", "seeds", "sparsities")}
        ablations.append({"ablation": name, **shared, "readings": list(readings.values())})
    laws = laws_in_words(plan, plan.models_compared)
    return {"claims": _claims(plan)["claims"], "ablations": ablations, "sizes": sizes, "laws": laws}


def _study(plan: Plan, name: str) -> Spec:
    entry, override = plan.config.beyond[name], plan.config.override
    seeds: Any = override.get("seeds", entry.seeds)
    own = [variation for variation in plan.beyond if variation.ablation == name]
    return {
        "question": entry.question,
        "picture": entry.picture,
        "sparsities": sparsity_texts(override.get("sparsities", entry.sparsities)),
        "seeds": compact(as_list(seeds)),
        "variations": [
            {
                **{key: getattr(variation, key) for key in ("name", "label")},
                "model_label": plan.config.models[variation.model].label,
                "colour": plan.config.models[variation.model].colour,
                "sizes": _sizes(plan, variation.name),
            }
            for variation in own
        ],
    }


def _judged_study(plan: Plan, number: int, name: str) -> Spec:
    """Return a study with its parts, which name variations as jobs do."""
    entry = plan.config.beyond[name]
    parts = judged_parts(name, entry, plan.beyond)
    shared = {"number": number, "name": name, "statement": entry.statement, "parts": parts}
    return _study(plan, name) | shared


def _measures(plan: Plan, model: str) -> Spec:
    entry = plan.model(model)
    shared = {"dataset": entry.dataset, "activation": entry.activation}
    return _runs(plan, model, as_list(entry.seeds)) | shared


SPECS: dict[str, Callable[[Plan, str], Spec]] = {  # rule -> f(plan, name of the job)
    "dataset": _dataset,
    "train": _train,
    "metrics": lambda plan, name: _runs(plan, name, as_list(plan.model(name).seeds)),
    "figure": _figure,
    "table": lambda plan, name: (
        plan.config.tables[name].model_dump()
        | {"laws": laws_in_words(plan, plan.table_models(name))}
    ),
    "theorem": lambda plan, name: plan.config.theory.spec(name),
    "theory_verdicts": lambda plan, name: {"statements": list(STATEMENTS)},
    "finals": lambda plan, name: {"models": plan.shown_models},
    "cells": lambda plan, name: _cells(plan),
    "claims": lambda plan, name: _claims(plan),
    "comparison_figure": lambda plan, name: {},
    "discrepancies": lambda plan, name: {"variant": plan.config.variant},
    "ablation": _ablation,
    "ablation_figure": _ablation,
    "ablation_summary": lambda plan, name: {
        "questions": [
            {"ablation": own, "question": entry.question}
            for own, entry in plan.config.ablations.items()
        ],
        "laws": laws_in_words(plan, plan.models_compared),
    },
    "replication_finals": lambda plan, name: _runs(plan, name, plan.replicated_seeds(name)),
    "replication_cells": lambda plan, name: _cells(plan),
    "replication_claims": lambda plan, name: _claims(plan),
    "replication_figure": lambda plan, name: {},
    "claims_by_reading": lambda plan, name: _claims_by_reading(plan),
    "measures": _measures,
    "study": _study,
    "study_figure": _study,
    "study_verdicts": lambda plan, name: {
        "studies": [_judged_study(plan, k, own) for k, own in enumerate(plan.config.beyond, 1)]
    },
    "captions": lambda plan, name: ReportPlan(plan).captions_spec(),
    "page": lambda plan, name: ReportPlan(plan).page_spec(name),
    "front_page": lambda plan, name: ReportPlan(plan).front_spec(),
}
