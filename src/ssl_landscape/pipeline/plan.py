"""The plan: a validated config, and the models, runs and datasets that follow from it."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from ssl_landscape.config.checks import check_consistency
from ssl_landscape.config.loading import as_list, validate
from ssl_landscape.config.model import Table, Training
from ssl_landscape.config.types import no_such
from ssl_landscape.errors import UserError

Run = tuple[str, str, int]  # model, sparsity, seed


def canonical(spec: dict[str, Any]) -> str:
    """Return a spec as one line of JSON with a fixed key order: equal specs, equal text."""
    return json.dumps(spec, sort_keys=True, separators=(",", ":"))


class Plan:
    """A validated config, and what follows from it."""

    def __init__(self, raw: dict[str, Any]) -> None:
        """Validate ``raw``, a merged config.

        Raises:
            UserError: the first thing that is wrong with it.
        """
        self.config, self.models, self.variations, self.beyond = validate(raw)
        check_consistency(self.config, self.models)

    @property
    def results(self) -> Path:
        """The folder of the results: ``results``, or ``results/<variant>``."""
        return Path("results") / (self.config.variant or "")

    @cached_property
    def runs(self) -> list[Run]:
        """All runs that a figure, table or claim needs, each once."""
        return [run for model in self.shown_models for run in self.runs_of(model)]

    @cached_property
    def shown_models(self) -> list[str]:
        """The models that a figure, table or claim needs, in the config's order."""
        in_tables = {model for table in self.config.tables for model in self.table_models(table)}
        shown = self.models_in_figures | in_tables | self.models_in_claims
        return [model for model in self.models if model in shown]

    @property
    def models_in_figures(self) -> set[str]:
        """The models that figures show."""
        return {model for figure in self.config.figures.values() for model in figure.models}

    @property
    def models_in_claims(self) -> set[str]:
        """The models that a claim is judged on."""
        return {model for claim in self.config.claims.values() for model in claim.models}

    @property
    def tables_compared(self) -> list[Table]:
        """The tables with a published counterpart, by number and name."""
        # Not in the config's order: a file laid over another one changes that.
        tables = [(t.published, name) for name, t in self.config.tables.items() if t.published]
        return [self.config.tables[name] for _, name in sorted(tables)]

    @property
    def models_compared(self) -> list[str]:
        """The models in tables that have a published counterpart, each once, in order."""
        rows = [row for table in self.tables_compared for row in table.rows]
        return list(dict.fromkeys(row.model for row in rows))

    @property
    def replicated_models(self) -> list[str]:
        """The models of published cells and of claims, in the config's order."""
        judged = {*self.models_compared, *self.models_in_claims}
        return [model for model in self.models if model in judged]

    @property
    def grids(self) -> list[str]:
        """The ablations over a grid of settings, which have a picture."""
        return [name for name, entry in self.config.ablations.items() if entry.grid]

    @property
    def datasets(self) -> list[tuple[str, int]]:
        """All (dataset, seed) that the runs read."""
        return self.datasets_of(self.runs)

    def datasets_of(self, runs: list[Run]) -> list[tuple[str, int]]:
        """Return the (dataset, seed) that these runs read, each once."""
        return sorted({(self.dataset_of(model, sparsity), k) for model, sparsity, k in runs})

    def model(self, name: str) -> Training:
        """Return a model with the defaults filled in.

        Raises:
            UserError: there is no such model.
        """
        if name not in self.models:
            raise UserError(no_such("model", name, list(self.models)))
        return self.models[name]

    def table_models(self, table: str) -> list[str]:
        """Return the models of a table, in order."""
        return [row.model for row in self.config.tables[table].rows]

    def ablation_models(self, ablation: str) -> list[str]:
        """Return the model of each variation of an ablation, each once, in order."""
        return list(dict.fromkeys(v.name for v in self.variations if v.ablation == ablation))

    def study_models(self, *studies: str) -> list[str]:
        """Return the model of each variation of these studies, each once, in order."""
        return list(dict.fromkeys(v.name for v in self.beyond if v.ablation in studies))

    @property
    def measured_models(self) -> list[str]:
        """The models of the studies that compare other measures of quality."""
        studies = self.config.beyond.items()
        return self.study_models(*(name for name, s in studies if s.picture == "measures"))

    def runs_of(self, model: str) -> list[Run]:
        """Return all runs of one model."""
        entry = self.model(model)
        return [(model, s, seed) for s in entry.sparsities for seed in as_list(entry.seeds)]

    def replicated_seeds(self, model: str) -> list[int]:
        """Return the seeds of a model's runs in the replication: its own, and 1 to k."""
        return sorted({*as_list(self.model(model).seeds), *as_list(self.config.replication.seeds)})

    def replicated_runs_of(self, model: str) -> list[Run]:
        """Return all runs of one model in the replication."""
        sparsities, seeds = self.model(model).sparsities, self.replicated_seeds(model)
        return [(model, sparsity, seed) for sparsity in sparsities for seed in seeds]

    def models_by_seeds(self) -> dict[tuple[int, ...], list[str]]:
        """Return the models that have the same seeds, by these seeds.

        The seeds that only the replication needs are a list of their own.
        """
        found: dict[tuple[int, ...], list[str]] = {}
        for model in self.models:
            own = as_list(self.model(model).seeds)
            more = self.replicated_seeds(model) if model in self.replicated_models else own
            for seeds in filter(None, (own, [seed for seed in more if seed not in own])):
                found.setdefault(tuple(seeds), []).append(model)
        return found

    def dataset_of(self, model: str, sparsity: str) -> str:
        """Return the name of the dataset that a run reads, for example ``sparse-0.1``."""
        return f"{self.model(model).dataset}-{sparsity}"

    def dataset_spec(self, dataset: str, seed: int) -> dict[str, Any]:
        """Return the resolved spec of a dataset."""
        family, _, sparsity = dataset.rpartition("-")
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
