"""What the steps of fidelity need of a config: specs and files."""

from functools import cached_property
from typing import Any

from ssl_landscape.pipeline.plan import Plan


class FidelityPlan:
    """The comparison with the paper that a plan's results allow."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @cached_property
    def tables(self) -> list[dict[str, Any]]:
        """The config's tables that have a published counterpart, with their rows.

        In the order of numbers and names: a config file laid over another one changes its order.
        """
        tables = [(t.published, name, t) for name, t in self.plan.config.tables.items()]
        published = [entry for entry in tables if entry[0]]
        return [
            {
                "number": number,
                "rows": [
                    {"model": row.model, "label": row.label, "sigma": row.columns.get("σ")}
                    for row in table.rows
                ],
            }
            for number, _, table in sorted(published, key=lambda entry: entry[:2])
        ]

    @property
    def models_in_tables(self) -> list[str]:
        """The models whose final metrics are compared with cells, in order, each once."""
        return list(dict.fromkeys(row["model"] for t in self.tables for row in t["rows"]))

    @property
    def models_in_claims(self) -> list[str]:
        """The models whose curves are judged, in the order of their names."""
        return sorted(self.plan.models_in_claims)

    @property
    def models(self) -> set[str]:
        """All models that fidelity looks at."""
        return {*self.models_in_tables, *self.models_in_claims}

    @property
    def runs(self) -> list[tuple[str, str, int]]:
        """All (model, sparsity, seed) that claims are judged on."""
        return [run for model in self.models_in_claims for run in self.plan.runs_of(model)]

    def cells_spec(self) -> dict[str, Any]:
        """Return all that the comparison of cells depends on, beside the metrics."""
        return {"tables": self.tables, "models": self.models_in_tables}

    def claims_spec(self) -> dict[str, Any]:
        """Return all that the verdicts depend on, beside the curves; in the claims' order."""
        named = sorted(self.plan.config.claims.items(), key=lambda entry: entry[1].number)
        claims = [{"name": name, **claim.model_dump()} for name, claim in named]
        for claim in claims:
            claim["artefacts"] = [self._artefact(name) for name in claim["artefacts"]]
        models = {model: self._model(model) for model in self.models_in_claims}
        return {"claims": claims, "models": models, "tables": self.tables}

    def figure_spec(self) -> dict[str, Any]:
        """Return what the figure depends on beside the cells: nothing."""
        return {}

    def discrepancies_spec(self) -> dict[str, Any]:
        """Return what the list of discrepancies depends on, beside cells, claims and reasons."""
        return {"variant": self.plan.config.variant}

    def _artefact(self, name: str) -> str:
        figure = name in self.plan.config.figures
        return f"figures/{name}.png" if figure else f"tables/{name}.md"

    def _model(self, name: str) -> dict[str, Any]:
        entry = self.plan.model(name)
        dataset = self.plan.config.datasets[entry.dataset]
        runs = self.plan.compact_runs(name)
        return {"runs": runs, "p": dataset.p, "d": dataset.d, "m": entry.neurons}
