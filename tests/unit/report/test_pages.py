"""Markdown pages as HTML, each with a caption whose numbers are those of the files."""

import pandas as pd
import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.report.pages import to_html, write_page

from .inputs import as_html, cells, claims, rows_of, statement


def write(tmp_path, page, numbers):
    source = tmp_path / "page.md"
    source.write_text("# Title\n\n| A | B |\n| --- | --- |\n| **1** | <b> |\n")
    out = [tmp_path / "page.html", tmp_path / "page.rst"]
    write_page({"page": page, "title": "A title."}, [source, *numbers], out)
    return out[0].read_text(), as_html(out[1].read_text())


def test_a_table_is_a_table(tmp_path):
    shown, _ = write(tmp_path, "comparison/cells", [cells(tmp_path / "c.csv", True)])
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


def test_captions_have_numbers(tmp_path):
    ours = cells(tmp_path / "cells.csv", True, False, True)
    judged = claims(tmp_path / "claims.csv", "confirmed", "partly", "partly")
    theory = [statement(tmp_path / "theorem_1.json", "confirmed")]
    expected = {
        "comparison/cells": ([ours], "2 of 3 are within"),
        "comparison/claims": ([judged], "1 confirmed, 2 partly, 0 not confirmed"),
        "comparison/discrepancies": ([ours, judged], "1 cells and 2 claims"),
        "theory/verdicts": (theory, "Theorem 1: <strong>confirmed</strong>"),
    }
    for page, (numbers, text) in expected.items():
        _, caption = write(tmp_path, page, numbers)
        assert "<strong>A title.</strong>" in caption
        assert text in caption


def test_caption_of_an_ablation(tmp_path):
    line = {"pr_sparse": "0.1", "model": "CL-basic", "published_mean": 0.9}
    line |= {"base": "cl-basic", "metric": "min_max_cosine"}
    readings = [("used", "As released", True, 0.01), ("text", "As_written", False, -0.2)]
    frame = pd.DataFrame(
        line | {"reading": key, "label": label, "in_use": used, "difference": d, "within": used}
        for key, label, used, d in readings
    )
    path = tmp_path / "latents.csv"
    frame.to_csv(path, index=False)
    _, caption = write(tmp_path, "ablations/latents", [path])
    assert "As released (in use): 1 of 1 published cells agree, distance 0.010" in caption
    assert "As_written: 0 of 1 published cells agree, distance 0.200" in caption
    frame.assign(published_mean=None, within=None).to_csv(path, index=False)
    _, caption = write(tmp_path, "ablations/latents", [path])
    assert "The paper prints no number" in caption
    _, caption = write(tmp_path, "ablations/summary", [path, path, path])
    assert "3 questions that the paper leaves open" in caption


def test_caption_of_a_table(tmp_path):
    line = {"label": "CL_a", "pr_sparse": "0.1", "metric": "min_max_cosine", "runs": 5}
    frame = pd.DataFrame([line | {"difference": 0.01}, line | {"difference": -0.03}])
    frame.to_csv(tmp_path / "table_1.csv", index=False)
    _, caption = write(tmp_path, "tables/table_1", [tmp_path / "table_1.csv"])
    assert "The 2 means differ from the published ones by 0.020 on average" in caption
    assert "most by -0.030: CL_a, Pr(sparse) = 0.1" in caption
    frame.assign(difference=None).to_csv(tmp_path / "table_1.csv", index=False)
    _, caption = write(tmp_path, "tables/table_1", [tmp_path / "table_1.csv"])
    assert "the paper has no such table" in caption


def test_a_missing_or_damaged_page_is_named(tmp_path):
    numbers, out = [cells(tmp_path / "c.csv", True)], [tmp_path / "p.html", tmp_path / "p.rst"]
    spec, source = {"page": "comparison/cells", "title": "T"}, tmp_path / "cells.md"
    with pytest.raises(UserError, match=r"cells\.md: no such file"):
        write_page(spec, [source, *numbers], out)
    source.write_bytes(b"\xff")
    with pytest.raises(UserError, match=r"cells\.md: cannot be read"):
        write_page(spec, [source, *numbers], out)
    source.write_text("# Cells")
    with pytest.raises(UserError, match=r"gone\.csv"):
        write_page(spec, [source, tmp_path / "gone.csv"], out)
    assert not any(path.exists() for path in out)
