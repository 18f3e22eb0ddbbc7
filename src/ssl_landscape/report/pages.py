"""Markdown pages as HTML that the report can show, each with its caption."""

import html
import re
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from ssl_landscape.io.files import explaining_reads, write_text
from ssl_landscape.report.captions import WITHIN
from ssl_landscape.report.rst import escape, write_rst

CAPTIONS = {  # of a page, or of all in its folder
    "tables": "Mean and sample standard deviation over the runs at the last epoch, beside the "
    "published values. Every value is in the CSV file of this name.",
    "comparison/cells": f"A mean matches the published one {WITHIN}.",
    "comparison/claims": "Models, thresholds and their reasons are in ``claims`` of "
    "``config.yaml``.",
    "comparison/discrepancies": "Cells and claims that do not match, by their reasons.",
    "theory/verdicts": "Each computed at small sizes, without training.",
    "ablations": "Models under other readings of the paper, beside the published numbers.",
    "replication": "As in category 3, from more seeds than the paper's.",
    "ablations/claims_by_reading": "Each claim judged again on the ablations' few runs.",
    "ablations/summary": "Questions that the paper leaves open, each answered by training.",
}
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
        spec: page (its path in the results, without suffix), and title.
        inputs: the Markdown page first.
        outputs: .html and .rst.
    """
    with explaining_reads(inputs[0]):
        text = inputs[0].read_text(encoding="utf-8")
    caption = CAPTIONS.get(spec["page"]) or CAPTIONS[spec["page"].split("/")[0]]
    write_text(outputs[0], to_html(text, spec["title"]))
    write_rst(outputs[1], f"**{escape(spec['title'].rstrip('.'))}.** {caption}")


def to_html(markdown: str, title: str) -> str:
    """Return Markdown as HTML, without pictures and links to files: the report holds no files."""
    # No tag comes from the Markdown itself, and ">" and quotes are escaped in attributes, so that
    # the patterns see only tags.
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    body = re.sub(r"<img [^>]*>", "", body)
    body = re.sub(r'<a href="(?![^"]*://)[^>]*>(.*?)</a>', r"\1", body, flags=re.DOTALL)
    return HTML.format(title=html.escape(title), body=body)
