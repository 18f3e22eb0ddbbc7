"""Markdown pages as HTML that the report can show, each with its caption."""

import html
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ssl_landscape.ablations.table import read_cells as read_ablation
from ssl_landscape.ablations.table import summarise
from ssl_landscape.comparison.cells import read_cells
from ssl_landscape.comparison.discrepancies import read_verdicts
from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.io.files import write_text
from ssl_landscape.io.tabular import read_csv
from ssl_landscape.report.captions import count_within, read_verdict
from ssl_landscape.report.front import VERDICTS, by_verdict
from ssl_landscape.report.rst import bullets, escape, write_rst

HTML = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 15px/1.45 sans-serif; color: #111; max-width: 75em; margin: 1.5em auto }}
body {{ padding: 0 1em }}
table {{ border-collapse: collapse; margin: 1em 0 }}
th, td {{ border-bottom: 1px solid #ccc; padding: .25em .7em; text-align: left }}
td {{ vertical-align: top }}
th {{ border-bottom: 2px solid #555 }}
code {{ font-size: 90% }}
</style>
{body}
</html>
"""


def write_page(spec: dict, markdown: Path, numbers: list[Path], html_path: Path, rst: Path) -> None:
    """Write a page and its caption.

    Args:
        spec: page (its path in the results, without suffix) and title.
        markdown: the page's source.
        numbers: the files that the caption's numbers are taken from.
        html_path: output, one file with all that it needs.
        rst: output, the caption.
    """
    try:
        text = markdown.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"{markdown}: no such file; let Snakemake make it") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{markdown}: cannot be read ({error}); {AGAIN}") from None
    caption = CAPTIONS.get(spec["page"]) or CAPTIONS[spec["page"].split("/")[0]]
    said = caption(numbers)  # before anything is written: it may find a damaged file
    write_text(html_path, to_html(text, spec["title"]))
    write_rst(rst, f"**{escape(spec['title'].rstrip('.'))}.** {said}")


def to_html(markdown: str, title: str) -> str:
    """Convert Markdown; links to files beside the page, which the report lacks, become text."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(markdown)
    for token in tokens:
        if token.type == "inline":
            token.children = _without_files(token.children or [])
    body = parser.renderer.render(tokens, parser.options, {})
    return HTML.format(title=html.escape(title), body=body)


def _without_files(tokens: list[Token]) -> list[Token]:
    kept, inside = [], False
    for token in tokens:
        if token.type == "image":
            continue  # each picture is an item of the report
        if token.type == "link_open":
            inside = "://" not in str(token.attrs["href"])
        if not (inside and token.type in ("link_open", "link_close")):
            kept.append(token)
        if token.type == "link_close":
            inside = False
    return kept


def _table(numbers: list[Path]) -> str:
    frame = read_csv(numbers[0], ["runs", "difference"], ["label", "pr_sparse", "metric"])
    low, high = frame["runs"].min(), frame["runs"].max()
    runs = f"{low}" if low == high else f"{low} to {high}"
    text = f"Mean and sample standard deviation over {runs} runs at the last epoch"
    known = frame.dropna(subset="difference")
    if known.empty:
        return f"{text}; the paper has no such table."
    worst = known.loc[known["difference"].abs().idxmax()]
    return (
        f"{text}, beside the published values. The {len(known)} means differ from the published "
        f"ones by {known['difference'].abs().mean():.3f} on average; most by "
        f"{worst['difference']:+.3f}: {escape(worst['label'])}, Pr(sparse) = {worst['pr_sparse']}, "
        f"{worst['metric'].replace('_', ' ')}. Every value is in ``{numbers[0].name}``."
    )


def _cells(numbers: list[Path]) -> str:
    run = read_cells(numbers[0])
    run = run[run["runs"] > 0]
    return (
        f"{count_within(run)} of {len(run)} are within max(0.05, the sum of both standard "
        "deviations)."
    )


def _claims(numbers: list[Path]) -> str:
    claims = read_verdicts(numbers[0])
    counts = [f"{len(by_verdict(claims, verdict))} {verdict}" for verdict in VERDICTS]
    return (
        f"Of {len(claims)} claims: {', '.join(counts)}. Models, thresholds and their reasons "
        "are in ``claims`` of ``config.yaml``."
    )


def _discrepancies(numbers: list[Path]) -> str:
    cells, claims = read_cells(numbers[0]), read_verdicts(numbers[1])
    run = cells[cells["runs"] > 0]
    failed = len(claims) - len(by_verdict(claims, "confirmed"))
    return f"{len(run) - count_within(run)} cells and {failed} claims, by their reasons."


def _verdicts(numbers: list[Path]) -> str:
    verdicts = [read_verdict(source) for source in numbers]
    lines = [
        f"{escape(verdict['title'])}: **{escape(verdict['status'])}**, disagreements with the "
        f"print: {len(verdict['disagreements'])}"
        for verdict in verdicts
    ]
    return f"Each computed at small sizes, without training.\n\n{bullets(lines)}"


def _ablation(numbers: list[Path]) -> str:
    readings = summarise(read_ablation(numbers[0]))
    known = readings[readings["cells"] > 0]
    if known.empty:
        return "The paper prints no number for these models."
    lines = [
        f"{escape(r.label)}{' (in use)' if r.in_use else ''}: {r.agree} of {r.cells} published "
        f"cells agree, distance {r.distance:.3f}"
        for r in known.itertuples()
    ]
    return f"Models under other readings of the paper.\n\n{bullets(lines)}"


def _summary(numbers: list[Path]) -> str:
    return f"{len(numbers)} questions that the paper leaves open, each answered by training."


CAPTIONS = {
    "tables": _table,
    "fidelity/cells": _cells,
    "fidelity/claims": _claims,
    "fidelity/discrepancies": _discrepancies,
    "theory/verdicts": _verdicts,
    "ablations": _ablation,
    "ablations/summary": _summary,
}
