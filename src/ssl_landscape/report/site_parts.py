"""Pieces of the static page: pictures in the file itself, Markdown as HTML, tables, verdicts."""

import base64
import html
import io
import posixpath
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from PIL import Image

from ssl_landscape.io.files import explaining_reads

GOOD, FAIR, BAD, NONE = "good", "fair", "bad", ""
MARKS = {  # verdict -> how it looks; each is said in words, too
    **dict.fromkeys(("confirmed", "equivalent within 0.05", "True"), GOOD),
    **dict.fromkeys(("partly", "partly confirmed", "equivalent within 0.10"), FAIR),
    **dict.fromkeys(("not confirmed", "different", "False"), BAD),
    **dict.fromkeys(("undecided", "not judged", "not run"), NONE),
}


def badge(verdict: str, words: str = "") -> str:
    """Return a verdict with its mark; ``words`` are shown in its place."""
    return f'<span class="badge {MARKS[verdict]}">{html.escape(words or verdict)}</span>'


def picture(path: Path, alt: str) -> str:
    """Return a PNG file as an image inside the page: the same pixels in a third of the bytes."""
    with explaining_reads(path), Image.open(path) as image:
        width, height = image.size
        content = io.BytesIO()
        image.save(content, "webp", lossless=True, method=3, quality=50)
    source = base64.b64encode(content.getvalue()).decode()
    return (
        f'<img src="data:image/webp;base64,{source}" alt="{html.escape(alt)}" width="{width}" '
        f'height="{height}" loading="lazy">'
    )


def table(
    header: Sequence[str], rows: Iterable[Sequence[str]], name: str = "", caption: str = ""
) -> str:
    """Return a table of cells that are HTML; one with a name can be sorted by each column.

    A cell that begins with ``<td`` brings its own tag.
    """
    heads = "".join(f'<th scope="col">{text}</th>' for text in header)
    lines = [
        "".join(cell if cell.startswith("<td") else f"<td>{cell}</td>" for cell in row)
        for row in rows
    ]
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    look = f' id="{name}" class="sortable"' if name else ""
    above = f'<caption class="soft">{caption}</caption>' if caption else ""
    return _scrolling(
        f"<table{look}>{above}<thead><tr>{heads}</tr></thead>\n<tbody>{body}</tbody></table>"
    )


def number(value: float, digits: int = 3, sign: bool = False) -> str:
    """Return a cell of a table with a number, by which it is sorted; an empty one for NaN."""
    if value != value:
        return "<td></td>"
    return f'<td class="n" data-value="{value}">{value:{"+" if sign else ""}.{digits}f}</td>'


def document(source: Path, published: Path, sections: Collection[str]) -> str:
    """Return a published Markdown page as HTML.

    Its pictures become part of the page, links to other published files lead to their sections if
    the page has them, headings begin at the third level.

    Args:
        source: the Markdown file.
        published: the folder of all published files.
        sections: names of the page's sections, as ``comparison/cells``.
    """
    with explaining_reads(source):
        text = source.read_text(encoding="utf-8")
    # No tag comes from the Markdown itself, and ">" and quotes are escaped in attributes, so that
    # the patterns see only tags.
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    folder = source.parent.relative_to(published).as_posix()

    def image(found: re.Match[str]) -> str:
        alt = f"{html.unescape(found[2])}, as a picture; its numbers are in the text"
        return picture(source.parent / found[1], alt)

    def link(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, found[1]))
        name = posixpath.splitext(target)[0]
        return f'<a href="#{name}">{found[2]}</a>' if name in sections else found[2]

    body = re.sub(r'<img src="([^"]*)" alt="([^"]*)" />', image, body)
    body = re.sub(r'<a href="([^"]*)">(.*?)</a>', link, body, flags=re.DOTALL)
    levels = [int(level) for level in re.findall(r"<h([1-6])>", body)]
    down = 3 - min(levels, default=1)  # below the page's title and its section's
    body = re.sub(r"<(/?)h([1-6])>", lambda m: f"<{m[1]}h{min(int(m[2]) + down, 6)}>", body)
    body = body.replace("<th>", '<th scope="col">')
    body = re.sub(r"<table>.*?</table>", lambda m: _scrolling(m[0]), body, flags=re.DOTALL)
    body = re.sub(r"<td>(?:<strong>)?([a-z ]+)(?:</strong>)?</td>", _marked, body)
    return f'<div class="text">{body}</div>'


def _marked(found: re.Match[str]) -> str:
    return f"<td>{badge(found[1])}</td>" if found[1] in MARKS else found[0]


def _scrolling(text: str) -> str:
    return f'<div class="scroll" tabindex="0">{text}</div>'
