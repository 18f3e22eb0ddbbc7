"""Which code each rule's results depend on: the roots of its fingerprint."""

import hashlib
from importlib import resources
from typing import Any

from ssl_landscape.pipeline.fingerprint import fingerprint, modules

ROOTS = {
    "metrics": "ssl_landscape.pipeline.aggregate:aggregate",
    "figure": "ssl_landscape.pipeline.figures:draw_figure",
    "table": "ssl_landscape.pipeline.tables:render_table",
    "ablation": "ssl_landscape.ablations.table:render_ablation",
    "ablation_figure": "ssl_landscape.ablations.figure:draw_grid",
    "ablation_summary": "ssl_landscape.ablations.summary:write_summary",
    "theory_verdicts": "ssl_landscape.theory.report:write_verdicts",
    "captions": "ssl_landscape.report.captions:write_captions",
    "page": "ssl_landscape.report.pages:write_page",
    "front_page": "ssl_landscape.report.front:write_front",
    "manifest": "ssl_landscape.provenance.manifest:write_manifest",
    "fidelity_cells": "ssl_landscape.comparison.cells_report:write_cells",
    "fidelity_claims": "ssl_landscape.comparison.claims:judge_claims",
    "fidelity_figure": "ssl_landscape.comparison.figure:draw_fidelity",
    "fidelity_discrepancies": "ssl_landscape.comparison.discrepancies:write_discrepancies",
}
READS_PUBLISHED = {"table", "ablation", "fidelity_cells", "fidelity_claims"}


def roots(rule: str, spec: dict[str, Any] | None = None) -> tuple[str, ...]:
    """Name where the code of a rule's jobs starts.

    Args:
        rule: the rule's name.
        spec: the job's resolved spec; needed where it chooses blocks or a statement.
    """
    if rule == "dataset":
        return (
            "ssl_landscape.experiment.data:write_dataset",
            f"experiment.latents.{spec['latents']}",
        )
    if rule == "train":
        return (
            "ssl_landscape.experiment.training:train",
            "ssl_landscape.experiment.data:read_dataset",
            "ssl_landscape.pipeline.train_job:write_results",
            f"experiment.activations.{spec['activation']}",
            f"experiment.losses.{spec['loss']['name']}",
            f"experiment.masks.{spec['masks']['scheme']}",
            f"experiment.weight_normalisation.{spec['weight_normalisation']}",
            f"experiment.updates.{spec['update']}",
        )
    if rule == "theorem":  # what is computed, judged and drawn
        statement = spec["statement"]
        return (
            f"ssl_landscape.theory.{statement}:measure",
            f"ssl_landscape.theory.verdicts.{statement}:judge",
            f"ssl_landscape.theory.pictures.{statement}:draw",
            "ssl_landscape.theory.report:write_statement",
        )
    return (ROOTS[rule],)


def code_of(rule: str, spec: dict[str, Any] | None = None) -> str:
    """Fingerprint the code of a rule's jobs, and the published numbers where they read them."""
    code = fingerprint(*roots(rule, spec))
    if rule not in READS_PUBLISHED:
        return code
    published = resources.files("ssl_landscape") / "published" / "tables.csv"
    return f"{code}-{hashlib.sha256(published.read_bytes()).hexdigest()[:16]}"


def modules_of(rule: str, spec: dict[str, Any]) -> dict[str, str]:
    """Fingerprint each module that a rule's jobs use, as far as they use it."""
    return modules(*roots(rule, spec))
