"""``ssl-landscape page``: the published results as one HTML file that anybody can open.

It is written from ``results/published`` alone, so that a fresh clone can write it; it needs neither
Snakemake nor a network to be read. The template, its style and its script are in ``site/``.
"""

import json
from importlib import resources
from pathlib import Path
from string import Template

from ssl_landscape.errors import UserError
from ssl_landscape.io.files import write_text
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.hashing import read_sealed
from ssl_landscape.provenance.published import FORMAT, Published
from ssl_landscape.report.front import TITLE
from ssl_landscape.report.site_facts import headline
from ssl_landscape.report.site_sections import Sections

NAME = "index.html"


def write_site(plan: Plan, folder: Path) -> str:
    """Write ``index.html`` into a folder; return what was done, as one line.

    Raises:
        UserError: nothing is published here, or the published copy is damaged.
    """
    published = Published(Graph(plan))
    if not published.exists:
        raise UserError(f"{published.folder}: nothing is published here; fetch or publish results")
    for path, why in published.broken.items():
        raise UserError(f"{path}: {why}")
    sections = Sections(published)
    data = sections.data()
    parts = {
        "Claims": sections.verdicts(),
        "Numbers": sections.numbers(),
        "Figures": sections.gallery(data["curves"]),
        "Theory": sections.theory(),
        "Readings": sections.readings(),
        "Beyond": sections.beyond(),
        "Provenance": sections.origins(),
    }
    parts = {title: body for title, body in parts.items() if body}
    seal = read_sealed(published.seal_path, FORMAT)
    text = Template(_read("page.html")).substitute(
        title=TITLE,
        css=_read("page.css"),
        javascript=_read("page.js"),
        facts=headline(published.folder),
        navigation="".join(f'<li><a href="#{t.lower()}">{t}</a></li>' for t in parts),
        sections="\n".join(_section(title, INTRODUCTIONS[title], b) for title, b in parts.items()),
        curves=json.dumps(data, separators=(",", ":"), allow_nan=False).replace("</", "<\\/"),
        date=seal["date"][:10],
        commits=_commits(seal["commits"]),
    )
    write_text(folder / NAME, text)
    return f"{folder / NAME}: {len(text.encode()) / 1e6:.1f} MB"


INTRODUCTIONS = {
    "Claims": "Each claim of the paper is taken apart into cases, and each case judged by a bound "
    "from the paper's own words and numbers: by the means of as many runs as the paper has, and "
    "beyond the uncertainty of all runs.",
    "Numbers": "Every cell of the paper's Tables 1 to 3 beside ours.",
    "Figures": "All of the paper's figures, drawn again.",
    "Theory": "The theorems, computed at small sizes without training.",
    "Readings": "Where the paper is silent, or its text and the released code differ: what other "
    "readings give. Distance: root mean square of the differences to the published means.",
    "Beyond": "Questions that the paper does not ask, on its data: other targets, losses, sizes, "
    "measures. The answers put to the test were written before the runs.",
    "Provenance": "Each published file, its hash, and the job that made it. "
    "<code>ssl-landscape trace</code> follows a number further, to its runs and data.",
}


def _read(name: str) -> str:
    return (resources.files("ssl_landscape.report") / "template" / name).read_text(encoding="utf-8")


def _section(title: str, introduction: str, body: str) -> str:
    name = title.lower()
    heading = f'<h2 id="{name}">{title}</h2>\n<p>{introduction}</p>'
    return f'<section aria-labelledby="{name}">\n{heading}\n{body}\n</section>'


def _commits(commits: list[str]) -> str:
    few = ", ".join(f"<code>{commit[:10]}</code>" for commit in commits[:3])
    more = f" and {len(commits) - 3} more" if len(commits) > 3 else ""
    return f"{'commits' if len(commits) > 1 else 'commit'} {few}{more}"
