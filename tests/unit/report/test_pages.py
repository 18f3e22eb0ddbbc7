"""Markdown pages as HTML, each with a caption."""

import re

import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.report.pages import to_html, write_page

from .inputs import as_html, rows_of


def write(tmp_path, page):
    source = tmp_path / "page.md"
    source.write_text("# Title\n\n| A | B |\n| --- | --- |\n| **1** | <b> |\n")
    out = [tmp_path / "page.html", tmp_path / "page.rst"]
    write_page({"page": page, "title": "A title."}, [source], out)
    return out[0].read_text(), as_html(out[1].read_text())


def test_a_table_is_a_table(tmp_path):
    shown, _ = write(tmp_path, "comparison/cells")
    assert rows_of(shown) == [["A", "B"], ["1", "&lt;b&gt;"]]
    assert "<strong>1</strong>" in shown


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("[cells.md](cells.md)", "<p>cells.md</p>"),
        ("![a picture](a.png) text", "<p> text</p>"),
        ('[a *b*](c.md "> title") d', "<p>a <em>b</em> d</p>"),
        ("[![a](a.png)](b.md)[c](d) [e](https://e.org)", '<p>c <a href="https://e.org">e</a></p>'),
        ("[there](https://example.org/)", '<a href="https://example.org/">there</a>'),
    ],
)
def test_links_to_files_become_text(markdown, shown):
    assert shown in to_html(markdown, "t")


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("tables/table_1", "Mean and sample standard deviation"),
        ("comparison/claims", "``claims`` of ``config.yaml``".replace("``", "")),
        ("ablations/latents", "Models under other readings"),
        ("ablations/summary", "Questions that the paper leaves open"),
    ],
)
def test_a_caption_has_the_title_and_what_is_shown(tmp_path, page, text):
    _, caption = write(tmp_path, page)
    assert "<strong>A title.</strong>" in caption
    assert text in re.sub("</?tt[^>]*>|</?span[^>]*>|</?code[^>]*>", "", caption)


def test_a_missing_or_damaged_page_is_named(tmp_path):
    out = [tmp_path / "p.html", tmp_path / "p.rst"]
    spec, source = {"page": "comparison/cells", "title": "T"}, tmp_path / "cells.md"
    with pytest.raises(UserError, match=r"cells\.md: no such file"):
        write_page(spec, [source], out)
    source.write_bytes(b"\xff")
    with pytest.raises(UserError, match=r"cells\.md: cannot be read"):
        write_page(spec, [source], out)
    assert not any(path.exists() for path in out)
