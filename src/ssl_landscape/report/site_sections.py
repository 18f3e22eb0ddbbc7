"""Sections of the static page, each from published files alone."""

import html
from typing import Any

from ssl_landscape.comparison.cells import read_cells
from ssl_landscape.comparison.discrepancies import read_verdicts
from ssl_landscape.io.plot_style import COLOURS
from ssl_landscape.pipeline.figures import PANEL_TITLES
from ssl_landscape.pipeline.report_plan import ReportPlan
from ssl_landscape.pipeline.specs import SPECS
from ssl_landscape.provenance.published import Published
from ssl_landscape.report.curves import read_curves
from ssl_landscape.report.site_cells import filters_and_cells
from ssl_landscape.report.site_facts import most_runs
from ssl_landscape.report.site_parts import badge, document, picture, table

DASHES = ("none", "6 2", "2 2")  # of the medians: read without colour


class Sections:
    """What a plan's page shows of its published results."""

    def __init__(self, published: Published) -> None:
        self.published, self.folder = published, published.folder
        self.plan = published.graph.plan
        self.report = ReportPlan(self.plan)
        self.claims = read_verdicts(self.folder / "comparison/claims.csv")
        self.cells = read_cells(self.folder / "comparison/cells.csv")
        studies = [f"beyond/{name}" for name in ("verdicts", *self.report.titles["beyond"])]
        # A config may ask for more than was published so far.
        self.pages = [p for p in (*self.report.pages, *studies) if self._is_there(f"{p}.md")]
        self.figures = {
            name: SPECS["figure"](self.plan, name)
            for name in self.report.titles["figures"]
            if self._is_there(f"figures/{name}.png")
        }
        self.names = {*self.pages, *(f"figures/{name}" for name in self.figures)}

    def _is_there(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def _titles(self, category: str) -> dict[str, str]:
        """Return the titles of a category's pages that are published."""
        titles = self.report.titles[category]
        return {k: title for k, title in titles.items() if f"{category}/{k}" in self.pages}

    def _page(self, name: str) -> str:
        return document(self.folder / f"{name}.md", self.folder, self.names)

    def _folded(self, name: str, title: str) -> str:
        """Return a published page under its title, closed at first."""
        summary = f"<summary>{html.escape(title)}</summary>"
        return f'<details id="{name}">{summary}{self._page(name)}{self._origin(name)}</details>'

    def _open(self, name: str) -> str:
        return f'<div id="{name}">{self._page(name)}</div>{self._origin(name)}'

    def _picture(self, name: str, alt: str) -> str:
        image = picture(self.folder / f"{name}.png", alt)
        return f"<figure>{image}<figcaption>{self._origin(name, '.png')}</figcaption></figure>"

    def _origin(self, name: str, ending: str = ".md") -> str:
        file = f"{name}{ending}"
        return f'<p class="soft"><a href="#of/{file}">Where {file} comes from</a></p>'

    def verdicts(self) -> str:
        """Return the claims with their verdicts, and the cases behind them."""
        decided, runs = most_runs(self.folder)
        by_most = decided.set_index("number")["claim_decided"].to_dict()
        rows = [
            [str(c.number), html.escape(c.statement)]
            + [badge(v) for v in (c.claim_verdict, by_most.get(c.number, "not judged"))]
            for c in self.claims.itertuples()
        ]
        header = ["No.", "Claim", "By the means", f"Decided by up to {runs} runs"]
        title = "Each claim with its cases, numbers and bounds"
        return table(header, rows, "claims-table") + self._folded("comparison/claims", title)

    def numbers(self) -> str:
        """Return the published cells beside ours, the tables, and what does not match."""
        return "".join(
            [
                filters_and_cells(self.cells),
                self._picture("comparison/comparison", "Our means against the published ones"),
                self._folded("comparison/cells", "How cells are compared, and what it comes to"),
                *(self._folded(f"tables/{k}", t) for k, t in self._titles("tables").items()),
                self._folded("comparison/discrepancies", "What does not match, and why"),
                self._replication(),
            ]
        )

    def _replication(self) -> str:
        """Return the pages and the picture of the replication, if it is published."""
        name, titles = "replication/comparison", self._titles("replication")
        pages = [
            self._folded(f"replication/{k}", f"With more runs: {t}") for k, t in titles.items()
        ]
        alt = "More runs: our means against the published ones"
        pictures = [self._picture(name, alt)] if self._is_there(f"{name}.png") else []
        return "".join(pictures + pages)

    def gallery(self, curves: dict[str, Any]) -> str:
        """Return all figures; those whose curves are here can be read off."""
        shown = []
        for name, spec in self.figures.items():
            labels = " and ".join(model["label"] for model in spec["models"])
            rows = ", ".join(PANEL_TITLES[metric].lower() for metric in spec["metrics"])
            alt = f"{spec['title']}. Curves over the epochs of {labels}: {rows}."
            hover = f'<details data-figure="{name}"><summary>Read the values</summary></details>'
            there = any(model["model"] in curves for model in spec["models"])
            shown.append(
                f'<figure id="figures/{name}">{picture(self.folder / f"figures/{name}.png", alt)}'
                f"<figcaption><b>{html.escape(spec['title'])}</b>. Each run (thin), their median "
                f'(thick), the paper\'s values (diamonds). <a href="#of/figures/{name}.png">Where '
                f"it comes from</a></figcaption>{hover if there else ''}</figure>"
            )
        return f'<div class="gallery">{"".join(shown)}</div>'

    def theory(self) -> str:
        """Return what was computed of the theorems."""
        return self._open("theory/verdicts")

    def readings(self) -> str:
        """Return the ablations: which reading of the paper decides what."""
        return self._open("ablations/summary") + self._drawn("ablations", "summary")

    def beyond(self) -> str:
        """Return the studies of what the paper does not ask; empty if none is published."""
        if "beyond/verdicts" not in self.pages:
            return ""
        verdicts = "Each answer with its verdict, cases, numbers and bounds"
        return self._drawn("beyond", "") + self._folded("beyond/verdicts", verdicts)

    def _drawn(self, category: str, shown: str) -> str:
        """Return a category's pages, all but the one that is shown, with their pictures."""
        parts = []
        for name, title in self._titles(category).items():
            if name != shown:
                is_drawn = self._is_there(f"{category}/{name}.png")
                drawn = self._picture(f"{category}/{name}", title) if is_drawn else ""
                part = self._folded(f"{category}/{name}", title)
                parts.append(part.replace("</summary>", f"</summary>{drawn}", 1))
        return "".join(parts)

    def origins(self) -> str:
        """Return a line per published artefact: its hash, and the job that made it."""
        rows = []
        graph = self.published.graph
        for file in sorted(self.published.artefacts):
            if not graph.is_published(file) or file not in graph.producer:
                continue
            facts, job = self.published.artefacts[file], self.published.facts(graph.producer[file])
            name = file.removeprefix(f"{graph.results}/")
            commit = job["git"]["commit"] if job.get("git") else ""
            rows.append(
                [
                    f'<td id="of/{name}"><code>{name}</code></td>',
                    f'<td class="n">{facts["bytes"]}</td>',
                    f'<code title="{facts["sha256"]}">{facts["sha256"][:12]}</code>',
                    str(job.get("rule", "")),
                    f'<code title="{job.get("code", "")}">{job.get("code", "")[:12]}</code>',
                    f'<code title="{commit}">{commit[:10]}</code>',
                    str(job.get("start", ""))[:16].replace("T", " "),
                    f'<td class="n">{job.get("seconds", "")}</td>',
                    html.escape(str(job.get("cpu", ""))),
                ]
            )
        header = ["File", "Bytes", "sha256", "Rule", "Code", "Commit", "Made (UTC)", "Seconds"]
        return table([*header, "Processor"], rows, "origins-table")

    def data(self) -> dict[str, Any]:
        """Return what the curves are drawn from: figures, and curves by model and Pr(sparse)."""
        source = self.folder / "figures/curves.csv"
        curves = read_curves(source) if source.is_file() else {}
        figures = {
            name: {
                "metrics": {metric: PANEL_TITLES[metric] for metric in spec["metrics"]},
                "models": [
                    {
                        "model": model["model"],
                        "label": model["label"],
                        "dash": DASHES[position % len(DASHES)],
                        "colour": COLOURS[model["colour"]],
                    }
                    for position, model in enumerate(spec["models"])
                ],
            }
            for name, spec in self.figures.items()
        }
        return {"figures": figures, "curves": curves}
