"""Markdown pages as HTML that the report can show, each with its caption."""

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from ssl_landscape.comparison.cells import read_cells
from ssl_landscape.comparison.discrepancies import read_verdicts
from ssl_landscape.io.files import explaining_reads, write_text
from ssl_landscape.io.tabular import read_csv
from ssl_landscape.report.captions import WITHIN, matches
from ssl_landscape.report.front import VERDICTS
from ssl_landscape.report.rst import bullets, escape, write_rst
from ssl_landscape.theory.verdict import read_statement

HTML = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 15px/1.45 sans-serif; max-width: 75em; margin: 1.5em auto; padding: 0 1em }}
table {{ border-collapse: collapse; margin: 1em 0 }}
th, td {{ border-bottom: 1px solid #ccc; padding: .25em .7em; text-align: left }}
</style>
{body}
</html>
"""


def write_page(spec: dict[str, Any], inputs: list[Path], outputs: list[Path]) -> None:
    """Write a page as one HTML file, and its caption.

    Args:
        spec: page (its path in the results, without suffix), title, and files with its numbers.
        inputs: the Markdown page, then the files that the caption's numbers are taken from.
        outputs: .html and .rst.

    Raises:
        UserError: an input cannot be read; nothing is written then.
    """
    markdown, *numbers = inputs
    html_path, rst = outputs
    with explaining_reads(markdown):
        text = markdown.read_text(encoding="utf-8")
    caption = CAPTIONS.get(spec["page"]) or CAPTIONS[spec["page"].split("/")[0]]
    title = f"**{escape(spec['title'].rstrip('.'))}.**"
    said = f"{title} {caption(numbers)}"  # before anything is written
    write_text(html_path, to_html(text, spec["title"]))
    write_rst(rst, said)


def to_html(markdown: str, title: str) -> str:
    """Return Markdown as HTML, without pictures and with links to files turned into text.

    The report holds no files: each picture is an item of its own. No tag comes from the Markdown
    itself, and ">" and quotes are escaped in attributes, so that the patterns see only tags.
    """
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    body = re.sub(r"<img [^>]*>", "", body)
    body = re.sub(r'<a href="(?![^"]*://)[^>]*>(.*?)</a>', r"\1", body, flags=re.DOTALL)
    return HTML.format(title=html.escape(title), body=body)


def _table(numbers: list[Path]) -> str:
    runs = read_csv(numbers[0], ["runs"])["runs"]
    count = f"{runs.min()}" if runs.min() == runs.max() else f"{runs.min()} to {runs.max()}"
    return (
        f"Mean and sample standard deviation over {count} runs at the last epoch, beside the "
        f"published values. Every value is in ``{numbers[0].name}``."
    )


def _cells(numbers: list[Path]) -> str:
    total, _ = matches(read_cells(numbers[0]))
    return f"{total} are {WITHIN}."


def _claims(numbers: list[Path]) -> str:
    found = read_verdicts(numbers[0])["claim_verdict"]
    counts = [f"{(found == verdict).sum()} {verdict}" for verdict in VERDICTS]
    return (
        f"Of {len(found)} claims: {', '.join(counts)}. Models, thresholds and their reasons "
        "are in ``claims`` of ``config.yaml``."
    )


def _discrepancies(numbers: list[Path]) -> str:
    cells, found = read_cells(numbers[0]), read_verdicts(numbers[1])["claim_verdict"]
    run = cells[cells["runs"] > 0]
    outside = (run["within"] != True).sum()  # noqa: E712 (may be missing)
    return f"{outside} cells and {(found != 'confirmed').sum()} claims, by their reasons."


def _verdicts(numbers: list[Path]) -> str:
    verdicts = [read_statement(source)["verdict"] for source in numbers]
    lines = [
        f"{escape(verdict['title'])}: **{escape(verdict['status'])}**, disagreements with the "
        f"print: {len(verdict['disagreements'])}"
        for verdict in verdicts
    ]
    return f"Each computed at small sizes, without training.\n\n{bullets(lines)}"


CAPTIONS: dict[str, Callable[[list[Path]], str]] = {
    "tables": _table,
    "comparison/cells": _cells,
    "comparison/claims": _claims,
    "comparison/discrepancies": _discrepancies,
    "theory/verdicts": _verdicts,
    "ablations": lambda _: "Models under other readings of the paper, beside its numbers.",
    "ablations/summary": lambda numbers: f"{len(numbers)} questions that the paper leaves open.",
}
