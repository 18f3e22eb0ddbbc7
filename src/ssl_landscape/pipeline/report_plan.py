"""What the report shows of a plan: its items in the paper's order, their files and specs."""

import re
from functools import cached_property
from typing import Any

from ssl_landscape.config.loading import as_list
from ssl_landscape.experiment.seeds import compact
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.words import in_words
from ssl_landscape.theory import STATEMENTS

# Snakemake sorts categories and items by their text, so both begin with a number.
CATEGORIES = {
    "figures": "1. Figures",
    "tables": "2. Tables",
    "comparison": "3. Comparison with the paper",
    "theory": "4. Theory",
    "ablations": "5. Ablations",
    "replication": "6. Replication with more seeds",
    "beyond": "7. Beyond the paper",
}
COMPARISON = {
    "claims": "The paper's claims, judged",
    "comparison": "Ours against published, as a picture",
    "cells": "Every published cell against ours",
    "discrepancies": "What does not match, and why",
}
ABLATIONS = {
    "summary": "All readings",
    "claims_by_reading": "Which claims survive which reading",
}
PICTURES = ("comparison/comparison", "replication/comparison")
REPLICATION = {name: title for name, title in COMPARISON.items() if name != "discrepancies"}
THEORY = {"verdicts": "All verdicts"} | {s: s.replace("_", " ").capitalize() for s in STATEMENTS}


class ReportPlan:
    """The report on a plan's results."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @cached_property
    def titles(self) -> dict[str, dict[str, str]]:
        """The items of each category, in the paper's order, with their titles."""
        config = self.plan.config
        studies = {name: entry.question for name, entry in config.beyond.items()}
        ablations = {name: entry.question for name, entry in config.ablations.items()}
        return {
            "figures": {k: config.figures[k].title for k in sorted(config.figures, key=_numbered)},
            "tables": {k: config.tables[k].title for k in sorted(config.tables, key=_numbered)},
            "comparison": COMPARISON,
            "theory": THEORY,
            "ablations": {**ABLATIONS, **ablations},
            "replication": REPLICATION,
            "beyond": studies,
        }

    @property
    def pages(self) -> list[str]:
        """The Markdown pages in the report, as paths in the results without suffix."""
        names = {**self.titles, "figures": [], "theory": ["verdicts"], "beyond": []}
        found = [f"{category}/{name}" for category, own in names.items() for name in own]
        return [page for page in found if page not in PICTURES]

    def labels(self, category: str, name: str, kind: str = "") -> dict[str, str]:
        """Return the columns of an item in the list of its category: number, title, kind."""
        titles = self.titles[category]
        position = f"{list(titles).index(name) + 1:>2}".replace(" ", "\N{FIGURE SPACE}")
        title = re.sub(r"^(Figure|Table) \d+: ", "", titles[name]).rstrip(".")
        title = title.replace("{", "{\N{WORD JOINER}")  # Snakemake takes {x} for a wildcard
        shown = {"No.": position, "Title": title[:1].upper() + title[1:]}
        return shown | ({"Kind": kind} if kind else {})

    def page_labels(self, page: str) -> dict[str, str]:
        """Return the columns of a page; an ablation over a grid has a picture beside its page."""
        category, name = page.split("/")
        return self.labels(category, name, "table" if category == "ablations" else "")

    def page_spec(self, page: str) -> dict[str, Any]:
        """Return what a page depends on besides its Markdown: its title."""
        category, name = page.split("/")
        return {"page": page, "title": self.titles[category][name]}

    def captions_spec(self) -> dict[str, Any]:
        """Return what the pictures' captions depend on besides their files, all in order."""
        plan, config = self.plan, self.plan.config
        figures = {}
        for name, title in self.titles["figures"].items():
            models = [
                {"model": m, "label": config.models[m].label, "settings": in_words(plan, m)}
                for m in config.figures[name].models
            ]
            judged = sorted(c.number for c in config.claims.values() if name in c.artefacts)
            figures[name] = {"title": title, "models": models, "claims": judged}
        shown = sorted(plan.models_in_figures)
        seeds = {model: compact(as_list(plan.model(model).seeds)) for model in shown}
        return {"models": seeds, "figures": figures, "statements": list(STATEMENTS)}

    def front_spec(self) -> dict[str, Any]:
        """Return what the front page depends on besides the verdicts."""
        plan, config = self.plan, self.plan.config
        counts = [f"{len(plan.datasets)} datasets", f"{len(plan.runs)} training runs"]
        counts += [f"{len(config.figures)} figures", f"{len(config.tables)} tables"]
        return {"variant": config.variant, "made": counts}


def _numbered(name: str) -> list[str | int]:
    """Return a key that sorts figure_2 before figure_10, whatever the order in the config."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]
