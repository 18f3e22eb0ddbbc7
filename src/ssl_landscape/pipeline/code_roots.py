"""The function behind each rule, and the code that its results depend on."""

import functools
import hashlib
from importlib import resources
from typing import Any

from ssl_landscape.pipeline.fingerprint import fingerprint, modules

JOBS = {  # rule -> module:function, without the package's name
    "dataset": "experiment.data:write_dataset",
    "train": "pipeline.train_job:train_run",
    "metrics": "pipeline.aggregate:aggregate",
    "figure": "pipeline.figures:draw_figure",
    "table": "pipeline.tables:render_table",
    "theorem": "theory.report:write_statement",
    "theory_verdicts": "theory.report:write_verdicts",
    "finals": "comparison.finals:write_finals",
    "cells": "comparison.cells_report:write_cells",
    "claims": "comparison.claims:judge_claims",
    "comparison_figure": "comparison.figure:draw_comparison",
    "discrepancies": "comparison.discrepancies:write_discrepancies",
    "ablation": "ablations.table:render_ablation",
    "ablation_figure": "ablations.figure:draw_grid",
    "ablation_summary": "ablations.summary:write_summary",
    "claims_by_reading": "ablations.claims:judge_readings",
    "replication_finals": "pipeline.aggregate:collect_ends",
    "replication_cells": "comparison.cells_report:write_cells",
    "replication_claims": "comparison.claims:judge_claims",
    "replication_figure": "comparison.figure:draw_comparison",
    "measures": "ablations.beyond.measures:measure",
    "study": "ablations.beyond.table:write_study",
    "study_figure": "ablations.beyond.figure:draw_study",
    "study_verdicts": "ablations.beyond.verdicts:write_study_verdicts",
    "captions": "report.captions:write_captions",
    "page": "report.pages:write_page",
    "front_page": "report.front:write_front",
    "manifest": "provenance.manifest:write_manifest",
}
READS_PUBLISHED = {
    *("table", "ablation", "ablation_figure", "cells", "claims"),
    *("replication_cells", "replication_claims"),
}
DRAWS = {
    *("figure", "theorem", "comparison_figure", "ablation_figure", "replication_figure"),
    "study_figure",
}


def entry(rule: str) -> str:
    """Return ``module:function`` of a rule's jobs, without the package's name."""
    return JOBS[rule]


def roots(rule: str, spec: dict[str, Any] | None = None) -> tuple[str, ...]:
    """Return the roots of a job's code: its function, what it looks up by name, its environment.

    Args:
        rule: the rule's name.
        spec: the job's resolved spec; required where it names blocks or a statement.

    Returns:
        Roots as :func:`ssl_landscape.pipeline.fingerprint.fingerprint` takes them.
    """
    named: tuple[str, ...] = ()
    if rule == "dataset" and spec:
        named = (f"experiment.latents.{spec['latents']}",)
    elif rule == "train" and spec:
        named = _roots_of_training(spec)
    elif rule == "measures" and spec:
        named = (f"experiment.activations.{spec['activation']}",)
    elif rule == "theorem" and spec:
        statement = spec["statement"]
        named = (
            f"theory.{statement}:measure",
            f"theory.verdicts.{statement}:judge",
            f"theory.pictures.{statement}:draw",
        )
    if rule in DRAWS:
        named += ("io.own_matplotlib:load_matplotlib",)
    return (entry(rule), "pipeline.numeric_environment:fix_environment", *named)


def _roots_of_training(spec: dict[str, Any]) -> tuple[str, ...]:
    blocks = {
        "activations": spec["activation"],
        "losses": spec["loss"]["name"],
        "masks": spec["masks"]["scheme"],
        "weight_normalisation": spec["weight_normalisation"],
        "updates": spec["update"]["name"],
    }
    return (
        # What neither reads nor changes a run's data: its own name, and what it shows meanwhile.
        "!pipeline.code_roots:code_of",
        "!pipeline.train_job:_reporter?",
        "experiment.fast:train",
        *(f"experiment.{family}.{name}" for family, name in blocks.items()),
        # A new block may have no fast form.
        *(f"experiment.fast.{family}:{name}?" for family, name in blocks.items()),
    )


def code_of(rule: str, spec: dict[str, Any] | None = None) -> str:
    """Fingerprint the code of a rule's jobs, and the published numbers where they read them."""
    code = fingerprint(*roots(rule, spec))
    return f"{code}-{_hash_of_published()}" if rule in READS_PUBLISHED else code


def modules_of(rule: str, spec: dict[str, Any]) -> dict[str, str]:
    """Fingerprint each module that a rule's jobs use, as far as they use it."""
    return modules(*roots(rule, spec))


@functools.cache
def _hash_of_published() -> str:
    content = (resources.files("ssl_landscape.pipeline") / "published_tables.csv").read_bytes()
    content = content.replace(b"\r\n", b"\n")  # git may rewrite the ends of lines
    return hashlib.sha256(content).hexdigest()[:16]
