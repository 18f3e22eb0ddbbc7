"""Every job of a config: its rule, name, spec and files.

The rules state the same files in Snakemake's words; a test compares the two.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.code_roots import code_of
from ssl_landscape.pipeline.job_files import files_of
from ssl_landscape.pipeline.layout import run_name
from ssl_landscape.pipeline.plan import Plan, Run, canonical
from ssl_landscape.pipeline.report_plan import ReportPlan
from ssl_landscape.pipeline.specs import SPECS
from ssl_landscape.theory import STATEMENTS

ALL = "all"
TARGETS = (ALL, "ablations", "replication", "beyond")  # that jobs belong to


@dataclass(frozen=True)
class Job:
    """One job; its files are paths from the repository's root."""

    target: str
    rule: str
    name: str
    spec: dict[str, Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    record: str

    @cached_property
    def code(self) -> str:
        """The fingerprint of the job's code as it is now."""
        return code_of(self.rule, self.spec)

    @cached_property
    def spec_hash(self) -> str:
        """A hash of the resolved spec."""
        return hash_spec(self.spec)

    @property
    def files(self) -> tuple[str, ...]:
        """All that it writes, its record last."""
        return (*self.outputs, self.record)


def hash_spec(spec: dict[str, Any]) -> str:
    """Hash a spec, whatever the order of its keys."""
    return hashlib.sha256(canonical(spec).encode()).hexdigest()[:16]


def make_job(plan: Plan, target: str, rule: str, name: str) -> Job:
    """Return the job of a rule with this name."""
    spec = SPECS[rule](plan, name)
    return Job(target, rule, name, spec, *files_of(rule, name, spec, plan.results.as_posix()))


def find_job(plan: Plan, rule: str, name: str) -> Job:
    """Return the job of a rule with this name.

    Raises:
        UserError: the config asks for no such job.
    """
    names = [own for one, own in _targets(plan) if one == rule]
    if name not in names:
        few = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
        raise UserError(f"unknown job {rule} {name!r}; choose from {few}")
    return make_job(plan, ALL, rule, name)


def list_jobs(plan: Plan) -> list[Job]:
    """Return all jobs of a plan, each after those that it needs."""
    return [make_job(plan, target, *job) for job, target in _targets(plan).items()]


def upstream(jobs: Iterable[Job], wanted: Callable[[Job], bool]) -> list[Job]:
    """Return the wanted jobs and all that they rest on, in their order."""
    needed: set[str] = set()
    kept = []
    for job in reversed(list(jobs)):
        if wanted(job) or not needed.isdisjoint(job.outputs):
            needed.update(job.inputs)
            kept.append(job)
    return kept[::-1]


def _targets(plan: Plan) -> dict[tuple[str, str], str]:
    """Return (rule, name) of each job -> the first target that needs it."""
    targets: dict[tuple[str, str], str] = {}
    jobs_of = (_of_all, _of_ablations, _of_replication, _of_beyond)
    for target, jobs in zip(TARGETS, jobs_of, strict=True):
        for job in jobs(plan):
            targets.setdefault(job, target)
    return targets


def _of_all(plan: Plan) -> Iterator[tuple[str, str]]:
    yield from _of_models(plan, {model: plan.runs_of(model) for model in plan.shown_models})
    yield from (("figure", name) for name in plan.config.figures)
    yield from (("table", name) for name in plan.config.tables)
    yield from (("theorem", name) for name in STATEMENTS)
    compared = ("cells", "claims", "comparison_figure", "discrepancies")
    for rule in ("theory_verdicts", "finals", *compared):
        yield rule, ""
    yield "captions", ""
    yield from _pages(plan, "tables", "comparison", "theory")
    yield "front_page", ""


def _of_ablations(plan: Plan) -> Iterator[tuple[str, str]]:
    varied = {variation.name for variation in plan.variations}
    yield from _of_models(plan, {m: plan.runs_of(m) for m in plan.models if m in varied})
    for name in plan.config.ablations:
        yield "ablation", name
        if name in plan.grids:
            yield "ablation_figure", name
    yield "ablation_summary", ""
    yield "claims_by_reading", ""
    yield from _pages(plan, "ablations")


def _of_replication(plan: Plan) -> Iterator[tuple[str, str]]:
    runs = {model: plan.replicated_runs_of(model) for model in plan.replicated_models}
    yield from _of_models(plan, runs, "replication_finals")
    for rule in ("replication_cells", "replication_claims", "replication_figure"):
        yield rule, ""
    yield from _pages(plan, "replication")


def _of_beyond(plan: Plan) -> Iterator[tuple[str, str]]:
    studied = plan.study_models(*plan.config.beyond)
    yield from _of_models(plan, {model: plan.runs_of(model) for model in studied})
    yield from (("measures", model) for model in plan.measured_models)
    for name in plan.config.beyond:
        yield "study", name
        yield "study_figure", name
    if plan.config.beyond:
        yield "study_verdicts", ""


def _of_models(
    plan: Plan, models: dict[str, list[Run]], aggregated: str = "metrics"
) -> Iterator[tuple[str, str]]:
    every = [run for runs in models.values() for run in runs]
    yield from (("dataset", f"{dataset}/seed-{k}") for dataset, k in plan.datasets_of(every))
    for model, runs in models.items():
        yield from (("train", run_name(*run)) for run in runs)
        yield aggregated, model


def _pages(plan: Plan, *categories: str) -> Iterator[tuple[str, str]]:
    for name in ReportPlan(plan).pages:
        if name.split("/")[0] in categories:
            yield "page", name
