"""Every job of a config with its files, without asking Snakemake.

The rules say the same in Snakemake's words; a test compares the two.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from ssl_landscape.comparison.plan import FidelityPlan
from ssl_landscape.pipeline.code_roots import code_of
from ssl_landscape.pipeline.plan import Plan, canonical
from ssl_landscape.pipeline.report_plan import ReportPlan
from ssl_landscape.theory import STATEMENTS

ALL, ABLATIONS = "all", "ablations"  # the targets that the jobs belong to
PICTURES = ("pdf", "png", "svg")
REASONS = "workflow/fidelity/reasons.yaml"


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

    @property
    def code(self) -> str:
        """The fingerprint of the job's code as it is now."""
        return code_of(self.rule, self.spec)

    @property
    def spec_hash(self) -> str:
        """A hash of the resolved spec."""
        return hash_spec(self.spec)


def list_jobs(plan: Plan) -> list[Job]:
    """List all jobs of a plan, each after those that it needs."""
    return _Listing(plan).jobs()


class _Listing:
    """The jobs of a plan, stage by stage."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.results = plan.results.as_posix()

    def jobs(self) -> list[Job]:
        """List them: what ``all`` makes, then what only the ablations need."""
        plan, shown = self.plan, set(self.plan.shown_models)
        others = [m for m in plan.models if m in plan.models_in_ablations - shown]
        return [
            *self._datasets(ALL, plan.shown_models),
            *self._models(ALL, plan.shown_models),
            *self._artefacts(),
            *self._texts(ALL),
            *self._datasets(ABLATIONS, others),
            *self._models(ABLATIONS, others),
            *self._ablations(),
            *self._texts(ABLATIONS),
        ]

    def _datasets(self, target: str, models: list[str]) -> list[Job]:
        done = {(d, k) for d, k in self.plan.datasets} if target == ABLATIONS else set()
        runs = [run for model in models for run in self.plan.runs_of(model)]
        wanted = {(self.plan.dataset_of(model, s), k) for model, s, k in runs} - done
        return [
            self._job(
                target,
                "dataset",
                f"{dataset}/seed-{seed}",
                self.plan.dataset_spec(dataset, seed),
                (),
                f"datasets/{dataset}/seed-{seed}/",
                ("samples.parquet", "dictionary.parquet", "record.json"),
            )
            for dataset, seed in sorted(wanted)
        ]

    def _models(self, target: str, models: list[str]) -> list[Job]:
        jobs = []
        for model in models:
            for _, sparsity, seed in self.plan.runs_of(model):
                data = f"datasets/{self.plan.dataset_of(model, sparsity)}/seed-{seed}"
                name = f"{model}/sparsity-{sparsity}/seed-{seed}"
                jobs.append(
                    self._job(
                        target,
                        "train",
                        name,
                        self.plan.run_spec(model, sparsity, seed),
                        (f"{data}/samples.parquet", f"{data}/dictionary.parquet"),
                        f"runs/{name}/",
                        ("curve.parquet", "weights.safetensors", "run.json"),
                    )
                )
            curves = tuple(
                f"runs/{model}/sparsity-{s}/seed-{k}/curve.parquet"
                for _, s, k in self.plan.runs_of(model)
            )
            spec = self.plan.metrics_spec(model)
            files = (".parquet", ".final.csv", ".record.json")
            jobs.append(
                self._job(target, "metrics", model, spec, curves, f"metrics/{model}", files)
            )
        return jobs

    def _artefacts(self) -> list[Job]:
        plan, fidelity = self.plan, FidelityPlan(self.plan)
        jobs = []
        for name, figure in plan.config.figures.items():
            inputs = tuple(f"metrics/{model}.parquet" for model in figure.models)
            files = _suffixes(*PICTURES)
            spec = plan.figure_spec(name)
            jobs.append(self._job(ALL, "figure", name, spec, inputs, f"figures/{name}", files))
        for name in plan.config.tables:
            inputs = _finals(plan.table_models(name))
            files = _suffixes("csv", "md", "tex")
            spec = plan.table_spec(name)
            jobs.append(self._job(ALL, "table", name, spec, inputs, f"tables/{name}", files))
        for name in STATEMENTS:
            files = _suffixes(*PICTURES, "json")
            spec = plan.theory_spec(name)
            jobs.append(self._job(ALL, "theorem", name, spec, (), f"theory/{name}", files))
        measured = tuple(f"theory/{name}.json" for name in STATEMENTS)
        curves = tuple(f"runs/{m}/sparsity-{s}/seed-{k}/curve.parquet" for m, s, k in fidelity.runs)
        texts, cells, claims = _suffixes("csv", "md"), "fidelity/cells.csv", "fidelity/claims.csv"
        finals = _finals(fidelity.models_in_tables)
        for rule, spec, inputs, stem, files in (
            (
                "theory_verdicts",
                {"statements": STATEMENTS},
                measured,
                "theory/verdicts",
                _suffixes("md"),
            ),
            ("fidelity_cells", fidelity.cells_spec(), finals, "fidelity/cells", texts),
            ("fidelity_claims", fidelity.claims_spec(), curves, "fidelity/claims", texts),
            (
                "fidelity_figure",
                fidelity.figure_spec(),
                (cells,),
                "fidelity/fidelity",
                _suffixes(*PICTURES),
            ),
            (
                "fidelity_discrepancies",
                fidelity.discrepancies_spec(),
                (cells, claims, REASONS),
                "fidelity/discrepancies",
                _suffixes("md"),
            ),
        ):
            jobs.append(self._job(ALL, rule, "", spec, inputs, stem, files))
        return jobs

    def _texts(self, target: str) -> list[Job]:
        """Return the jobs that write what the report shows beside the artefacts."""
        place = f"{self.results}/"
        return [
            Job(
                target,
                text.rule,
                text.name,
                text.spec,
                tuple(place + file for file in text.inputs),
                tuple(place + file for file in text.outputs),
                f"{place}report/{text.record}.record.json",
            )
            for text in ReportPlan(self.plan).texts(of_ablations=target == ABLATIONS)
        ]

    def _ablations(self) -> list[Job]:
        plan, jobs = self.plan, []
        for name in plan.config.ablations:
            spec, models = plan.ablation_spec(name), plan.ablation_models(name)
            curves = tuple(f"metrics/{model}.parquet" for model in models)
            inputs, stem = (*_finals(models), *curves), f"ablations/{name}"
            files = _suffixes("csv", "md")
            jobs.append(self._job(ABLATIONS, "ablation", name, spec, inputs, stem, files))
            if name in plan.grids:
                files = (*(f".{kind}" for kind in PICTURES), ".figure.record.json")
                inputs = _finals(models)
                jobs.append(
                    self._job(ABLATIONS, "ablation_figure", name, spec, inputs, stem, files)
                )
        tables = tuple(f"ablations/{name}.csv" for name in plan.config.ablations)
        questions, stem = plan.ablation_questions(), "ablations/summary"
        inputs, files = (*tables, "fidelity/cells.csv"), _suffixes("md")
        jobs.append(self._job(ABLATIONS, "ablation_summary", "", questions, inputs, stem, files))
        return jobs

    def _job(
        self,
        target: str,
        rule: str,
        name: str,
        spec: dict[str, Any],
        inputs: tuple[str, ...],
        stem: str,
        files: tuple[str, ...],
    ) -> Job:
        """Make a job; ``files`` are the endings of its outputs, its record's last."""
        read = tuple(
            dict.fromkeys(file if file == REASONS else f"{self.results}/{file}" for file in inputs)
        )
        *outputs, record = (f"{self.results}/{stem}{ending}" for ending in files)
        return Job(target, rule, name, spec, read, tuple(outputs), record)


def hash_spec(spec: dict[str, Any]) -> str:
    """Hash a spec, whatever the order of its keys."""
    return hashlib.sha256(canonical(json.loads(json.dumps(spec))).encode()).hexdigest()[:16]


def _suffixes(*kinds: str) -> tuple[str, ...]:
    return (*(f".{kind}" for kind in kinds), ".record.json")


def _finals(models: list[str]) -> tuple[str, ...]:
    return tuple(f"metrics/{model}.final.csv" for model in dict.fromkeys(models))
