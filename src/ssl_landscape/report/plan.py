"""What the report needs of a config: its items in the paper's order, and specs of its texts."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.report.words import in_words
from ssl_landscape.theory import STATEMENTS

# Snakemake sorts categories and items by their text, so that both begin with their number.
CATEGORIES = {
    "figures": "1. Figures",
    "tables": "2. Tables",
    "fidelity": "3. Fidelity",
    "theory": "4. Theory",
    "ablations": "5. Ablations",
}
FIDELITY = {
    "claims": "The paper's claims, judged",
    "fidelity": "Ours against published, as a picture",
    "cells": "Every published cell against ours",
    "discrepancies": "What does not match, and why",
}
PUBLISHED = {"tables": "published"}  # the one spec of the picture of all cells
THEORY = {"verdicts": "All verdicts"} | {s: s.replace("_", " ").capitalize() for s in STATEMENTS}


@dataclass(frozen=True)
class Text:
    """A job that writes texts; its files are paths in the folder of the results."""

    rule: str
    name: str
    spec: dict[str, Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    record: str


class ReportPlan:
    """The report that a plan's results allow."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @cached_property
    def titles(self) -> dict[str, dict[str, str]]:
        """Return the items of each category in the paper's order, with their titles."""
        config = self.plan.config
        ablations = {name: entry.question for name, entry in config.ablations.items()}
        return {
            "figures": {name: config.figures[name].title for name in _by_number(config.figures)},
            "tables": {name: config.tables[name].title for name in _by_number(config.tables)},
            "fidelity": FIDELITY,
            "theory": THEORY,
            "ablations": {"summary": "All readings"} | ablations,
        }

    @property
    def pages(self) -> list[str]:
        """The Markdown pages that the report shows, as paths without their suffix."""
        fidelity = [name for name in FIDELITY if name != "fidelity"]
        names = {"tables": self.titles["tables"], "fidelity": fidelity, "theory": ["verdicts"]}
        names["ablations"] = self.titles["ablations"]
        return [f"{category}/{name}" for category, found in names.items() for name in found]

    def labels(self, category: str, name: str, kind: str = "") -> dict[str, str]:
        """Return an item's line in the list of its category: number, title, kind."""
        titles = self.titles[category]
        position = f"{list(titles).index(name) + 1:>2}".replace(" ", "\N{FIGURE SPACE}")
        title = re.sub(r"^(Figure|Table) \d+: ", "", titles[name]).rstrip(".")
        title = title.replace("{", "{\N{WORD JOINER}")  # Snakemake takes {x} for a wildcard
        shown = {"No.": position, "Title": title[:1].upper() + title[1:]}
        return shown | ({"Kind": kind} if kind else {})

    def page_labels(self, page: str) -> dict[str, str]:
        """Return the line of a page; an ablation with a picture has two items."""
        category, name = page.split("/", 1)
        return self.labels(category, name, "table" if category == "ablations" else "")

    def page_category(self, page: str) -> str:
        """Name the category of a page."""
        return CATEGORIES[page.split("/")[0]]

    def page_numbers(self, page: str) -> list[str]:
        """Name the files with the numbers of a page's caption."""
        if page == "theory/verdicts":
            return [f"<results>/theory/{statement}.json" for statement in STATEMENTS]
        if page == "fidelity/discrepancies":
            return ["<results>/fidelity/cells.csv", "<results>/fidelity/claims.csv"]
        if page == "ablations/summary":
            return [f"<results>/ablations/{name}.csv" for name in self.plan.config.ablations]
        return [f"<results>/{page}.csv"]

    def page_spec(self, page: str) -> dict[str, Any]:
        """Return what a page depends on beside its files."""
        category, name = page.split("/", 1)
        return {"page": page, "title": self.titles[category][name]}

    def figures_spec(self) -> dict[str, Any]:
        """Return what the captions of all figures depend on beside the metrics."""
        figures = {
            name: {"title": title, **self._figure(name)}
            for name, title in self.titles["figures"].items()
        }
        return {"models": sorted(self.plan.models_in_figures), "figures": figures}

    def _figure(self, name: str) -> dict[str, Any]:
        judged = [c for c in self.plan.config.claims.values() if name in c.artefacts]
        models = [
            {
                "model": model,
                "label": self.plan.config.models[model].label,
                "settings": in_words(self.settings(model)),
            }
            for model in self.plan.figure(name).models
        ]
        return {
            "models": models,
            "claims": sorted(claim.number for claim in judged),
        }

    def settings(self, model: str) -> dict[str, Any]:
        """Return a model's settings with its dataset's sizes, for :func:`in_words`."""
        entry = self.plan.model(model)
        dataset = self.plan.config.datasets[entry.dataset].model_dump()
        return entry.model_dump(exclude={"sparsities", "seeds", "dataset"}) | {"data": dataset}

    def texts(self, of_ablations: bool) -> list[Text]:
        """Return the jobs of report.smk and captions.smk: those of the ablations, or all others."""
        pages = [page for page in self.pages if page.startswith("ablations/") == of_ablations]
        texts = [
            Text(
                "page",
                page,
                self.page_spec(page),
                (f"{page}.md", *(n.removeprefix("<results>/") for n in self.page_numbers(page))),
                (f"{page}.html", f"{page}.rst"),
                page,
            )
            for page in pages
        ]
        return texts if of_ablations else [*self._captions(), *texts]

    def _captions(self) -> Iterator[Text]:
        metrics = tuple(f"metrics/{model}.parquet" for model in sorted(self.plan.models_in_figures))
        measured = tuple(f"theory/{statement}.json" for statement in STATEMENTS)
        cells, claims = "fidelity/cells.csv", "fidelity/claims.csv"
        figures = tuple(f"figures/{name}.rst" for name in self.plan.config.figures)
        theory = tuple(f"theory/{statement}.rst" for statement in STATEMENTS)
        statements = {"statements": STATEMENTS}
        if figures:
            spec = self.figures_spec()
            yield Text("figure_captions", "", spec, metrics, figures, "figures")
        yield Text("theory_captions", "", statements, measured, theory, "theory")
        caption = ("fidelity/fidelity.rst",)
        yield Text("fidelity_caption", "", PUBLISHED, (cells,), caption, "fidelity")
        inputs = (cells, claims, *measured)
        yield Text("front_page", "", self.front_spec(), inputs, ("front.rst",), "front")

    def front_spec(self) -> dict[str, Any]:
        """Return what the front page depends on beside the verdicts."""
        plan = self.plan
        made = [
            f"{len(plan.datasets)} datasets",
            f"{len(plan.runs)} training runs",
            f"{len(plan.config.figures)} figures",
            f"{len(plan.config.tables)} tables",
        ]
        return {"variant": plan.config.variant, "made": made}


def _by_number(names: Iterable[str]) -> list[str]:
    """Sort figure_2 before figure_10, whatever a config file laid over another one has changed."""
    return sorted(names, key=lambda name: [int(t) if t.isdigit() else t for t in _parts(name)])


def _parts(name: str) -> list[str]:
    return re.split(r"(\d+)", name)
