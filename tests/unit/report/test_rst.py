"""Plain text in reStructuredText stays plain."""

import pytest

from ssl_landscape.report.rst import escape, table

from .inputs import as_html, rows_of


@pytest.mark.parametrize("text", ["*a*", "`a`", "a_", "|a|", r"\a", "W_t^o M", "2 * 3", "α ≥ 1"])
def test_plain_text_stays_plain(text):
    shown = as_html(f"before {escape(text)} after")
    assert shown.strip() == f"<p>before {text} after</p>"


def test_table():
    shown = as_html(table(["A", "B_"], [["1", ""], ["*", "x | y"]]))
    assert rows_of(shown) == [["A", "B_"], ["1", "&nbsp;"], ["*", "x | y"]]
