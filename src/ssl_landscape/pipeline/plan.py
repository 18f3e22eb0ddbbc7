"""The plan: every dataset, run, figure and table that a config asks for, with resolved specs.

A spec holds all that a step's result depends on and nothing else: labels, colours and other
models' entries are not in a run's spec, so that changing them makes no run stale.
"""

import dataclasses
import json
from functools import cached_property
from pathlib import Path
from typing import Any

from ssl_landscape.config.checks import check_consistency
from ssl_landscape.config.loading import as_list, validate
from ssl_landscape.config.model import Figure, Table, Training
from ssl_landscape.config.types import no_such, sparsity_texts
from ssl_landscape.errors import UserError
from ssl_landscape.experiment.seeds import compact
from ssl_landscape.pipeline.code_roots import roots
from ssl_landscape.pipeline.fingerprint import fingerprint
from ssl_landscape.theory import STATEMENTS


def canonical(spec: dict[str, Any]) -> str:
    """Write a spec as one line of JSON with a fixed key order: equal specs, equal text."""
    return json.dumps(spec, sort_keys=True, separators=(",", ":"))


class Plan:
    """A validated config, and what follows from it."""

    def __init__(self, raw: dict[str, Any]) -> None:
        """Validate ``raw``, a merged config.

        Raises:
            UserError: the first thing that is wrong with it.
        """
        self.config, self.models, self.variations = validate(raw)
        check_consistency(self.config, self.models)

    @property
    def results(self) -> Path:
        """The folder of the results: ``results``, or ``results/<variant>``."""
        return Path("results") / (self.config.variant or "")

    @cached_property
    def runs(self) -> list[tuple[str, str, int]]:
        """All (model, sparsity, seed) that a figure, table or claim needs, each once."""
        return [run for model in self.shown_models for run in self.runs_of(model)]

    @cached_property
    def shown_models(self) -> list[str]:
        """The models that stand in a figure, table or claim, in the config's order."""
        shown = {*self.models_in_figures, *self.models_in_tables, *self.models_in_claims}
        return [model for model in self.models if model in shown]

    @property
    def models_in_figures(self) -> set[str]:
        """The models that stand in a figure."""
        return {model for figure in self.config.figures.values() for model in figure.models}

    @property
    def models_in_tables(self) -> set[str]:
        """The models that stand in a table."""
        return {row.model for table in self.config.tables.values() for row in table.rows}

    @property
    def models_in_claims(self) -> set[str]:
        """The models that a claim is judged on."""
        return {model for claim in self.config.claims.values() for model in claim.models}

    @cached_property
    def datasets(self) -> list[tuple[str, int]]:
        """All (dataset, seed) that these runs read."""
        return sorted({(self.dataset_of(model, s), k) for model, s, k in self.runs})

    def upstream_files(self, models: set[str]) -> list[str]:
        """All files of all stages before the figures and tables of these models.

        A target lists them all: Snakemake makes a missing file again only where a target asks for
        it, so that a run that failed, or was deleted, would otherwise pass as done.
        """
        files = []
        for model in sorted(models):
            for _, sparsity, seed in self.runs_of(model):
                dataset = f"<results>/datasets/{self.dataset_of(model, sparsity)}/seed-{seed}"
                run = f"<results>/runs/{model}/sparsity-{sparsity}/seed-{seed}"
                files += [f"{dataset}/samples.parquet", f"{dataset}/dictionary.parquet"]
                files += [f"{dataset}/record.json"]
                files += [f"{run}/curve.parquet", f"{run}/weights.safetensors", f"{run}/run.json"]
            metrics = f"<results>/metrics/{model}"
            files += [f"{metrics}.parquet", f"{metrics}.final.csv", f"{metrics}.record.json"]
        return list(dict.fromkeys(files))

    def model(self, name: str) -> Training:
        """Return a model with the defaults filled in."""
        return _named(self.models, name, "model")

    def figure(self, name: str) -> Figure:
        """Return a figure's entry."""
        return _named(self.config.figures, name, "figure")

    def table(self, name: str) -> Table:
        """Return a table's entry."""
        return _named(self.config.tables, name, "table")

    def runs_of(self, model: str) -> list[tuple[str, str, int]]:
        """All runs of one model."""
        entry = self.model(model)
        seeds = as_list(entry.seeds)
        return [(model, sparsity, seed) for sparsity in entry.sparsities for seed in seeds]

    def dataset_of(self, model: str, sparsity: str) -> str:
        """Name the dataset that a run reads, for example ``sparse-0.1``."""
        return f"{self.model(model).dataset}-{sparsity}"

    def dataset_spec(self, dataset: str, seed: int) -> dict[str, Any]:
        """Return the resolved spec of a dataset."""
        family, _, sparsity = dataset.rpartition("-")
        if family not in self.config.datasets:
            names = sorted({name for name, _ in self.datasets})
            raise UserError(no_such("dataset", dataset, names))
        entry = self.config.datasets[family].model_dump()
        return {"dataset": family, "sparsity": sparsity, "seed": seed, **entry}

    def run_spec(self, model: str, sparsity: str, seed: int) -> dict[str, Any]:
        """Return the resolved spec of a run; sigma is worked out from c (section 5.2.2)."""
        entry = self.model(model)
        spec = entry.model_dump(exclude={"sparsities", "seeds"})
        if warm := spec["warm_start"]:
            c = warm.pop("c")
            if c is not None:
                warm["sigma"] = self.config.datasets[entry.dataset].p ** (-c / 2)
        return {"model": model, "sparsity": sparsity, "seed": seed, **spec}

    def metrics_spec(self, model: str) -> dict[str, Any]:
        """Return the runs that a model's metrics are made from."""
        return {"runs": self.compact_runs(model)}

    def compact_runs(self, model: str) -> list[list[str]]:
        """Return all runs of a model as pairs (sparsity, seeds), short however many there are."""
        entry = self.model(model)
        return [[sparsity, compact(as_list(entry.seeds))] for sparsity in entry.sparsities]

    def figure_spec(self, figure: str) -> dict[str, Any]:
        """Return all that a figure's look depends on, beside the metrics."""
        entry = self.figure(figure)
        models = self.config.models
        shown = [
            {"model": name, "label": models[name].label, "colour": models[name].colour}
            for name in entry.models
        ]
        return {"title": entry.title, "metrics": entry.metrics, "models": shown}

    def table_spec(self, table: str) -> dict[str, Any]:
        """Return all that a table's text depends on, beside the metrics."""
        return self.table(table).model_dump()

    def theory_spec(self, statement: str) -> dict[str, Any]:
        """Return the resolved spec of a theorem or lemma."""
        if statement not in STATEMENTS:
            raise UserError(no_such("statement", statement, list(STATEMENTS)))
        return self.config.theory.spec(statement)

    def theory_code(self, statement: str) -> str:
        """Fingerprint the code that a statement depends on: what is computed, judged and drawn."""
        return fingerprint(*roots("theorem", self.theory_spec(statement)))

    def table_models(self, table: str) -> list[str]:
        """Name the models of a table, each once, in order."""
        return list(dict.fromkeys(row.model for row in self.table(table).rows))

    @property
    def models_in_ablations(self) -> set[str]:
        """The models that an ablation compares, under whatever reading."""
        return {variation.name for variation in self.variations}

    @property
    def grids(self) -> list[str]:
        """The ablations over a grid of settings, which have a picture."""
        return [name for name, entry in self.config.ablations.items() if entry.grid]

    def ablation_models(self, ablation: str) -> list[str]:
        """Name the model of each variation of an ablation, in order."""
        return [v.name for v in self.variations if v.ablation == ablation]

    def ablation_questions(self) -> dict[str, str]:
        """Return each ablation's question."""
        return {name: entry.question for name, entry in self.config.ablations.items()}

    def ablation_spec(self, ablation: str) -> dict[str, Any]:
        """Return all that an ablation's table and figure depend on, beside the metrics."""
        entry = _named(self.config.ablations, ablation, "ablation")
        override = self.config.override
        return {
            "question": entry.question,
            "sparsities": sparsity_texts(override.get("sparsities", entry.sparsities)),
            "seeds": compact(as_list(override.get("seeds", entry.seeds))),
            "axes": list(entry.grid),
            "variations": [
                {
                    **dataclasses.asdict(variation),
                    "model_label": self.config.models[variation.model].label,
                    "published": self._published_row(variation.model),
                }
                for variation in self.variations
                if variation.ablation == ablation
            ],
            "expected": [expectation.model_dump() for expectation in entry.expected],
        }

    def _published_row(self, model: str) -> tuple[int, str, Any] | None:
        """Say where the paper's tables have a model: table, label, sigma."""
        for table in self.config.tables.values():
            for row in table.rows:
                if row.model == model and table.published:
                    return table.published, row.label, row.columns.get("σ")
        return None

    def dataset_code(self, dataset: str, seed: int) -> str:
        """Fingerprint the code that a dataset depends on."""
        return fingerprint(*roots("dataset", self.dataset_spec(dataset, seed)))

    def run_code(self, model: str) -> str:
        """Fingerprint the code that a model's runs depend on: the loop and its own blocks."""
        return fingerprint(*roots("train", self.model(model).model_dump()))


def _named(entries: dict[str, Any], name: str, what: str) -> Any:
    if name not in entries:
        raise UserError(no_such(what, name, list(entries)))
    return entries[name]
