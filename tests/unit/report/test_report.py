"""The texts of Snakemake's report: their numbers, their order, and their markup."""

import json
import re

import pandas as pd
import pyarrow as pa
import pytest
from docutils.core import publish_parts

from ssl_landscape.errors import UserError
from ssl_landscape.io.files import write_parquet
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.report.captions import (
    write_fidelity_caption,
    write_figure_captions,
    write_theory_captions,
)
from ssl_landscape.report.front import write_front
from ssl_landscape.report.pages import to_html, write_page
from ssl_landscape.report.plan import CATEGORIES, ReportPlan
from ssl_landscape.report.rst import escape, table

STRICT = {"report_level": 2, "halt_level": 2}  # a warning of the markup is an error


def as_html(rst):
    return publish_parts(rst, writer="html", settings_overrides=STRICT)["body"]


def rows_of(html):
    """Give the text of each cell of a table."""
    rows = re.findall(r"<tr>(.*?)</tr>", html, flags=re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL) for row in rows]
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in row] for row in cells]


@pytest.fixture
def plan(shipped):
    return ReportPlan(Plan(shipped))


class TestOrder:
    def test_categories_are_sorted_as_text(self):
        assert sorted(CATEGORIES.values()) == list(CATEGORIES.values())

    def test_figures_stand_in_the_papers_order(self, plan):
        names = list(plan.titles["figures"])
        assert names == [f"figure_{number:02}" for number in range(1, 19)]
        labels = [plan.labels("figures", name)["No."] for name in names]
        assert [int(label) for label in labels] == list(range(1, 19))

    def test_a_label_has_the_title_without_its_number(self, plan):
        assert plan.labels("figures", "figure_03") == {
            "No.": "\N{FIGURE SPACE}3",
            "Title": "NCL with a two-layer encoder does not work",
        }
        assert plan.labels("tables", "table_2")["Title"].startswith("Contrastive against")

    def test_a_figure_of_ones_own_comes_last(self, shipped):
        mine = {"title": "Mine", "models": ["cl-basic"], "metrics": ["loss"]}
        plan = ReportPlan(Plan(shipped | {"figures": {"a_2": mine, **shipped["figures"]}}))
        assert next(iter(plan.titles["figures"])) == "a_2"
        assert plan.labels("figures", "figure_18")["No."] == "19"

    def test_every_page_has_a_line_and_numbers(self, plan):
        for page in plan.pages:
            assert plan.page_labels(page)["Title"]
            assert plan.page_category(page) in CATEGORIES.values()
            assert all(name.startswith("<results>/") for name in plan.page_numbers(page))


@pytest.mark.parametrize("text", ["*a*", "`a`", "a_", "|a|", r"\a", "W_t^o M", "2 * 3", "α ≥ 1"])
def test_plain_text_stays_plain(text):
    shown = as_html(f"before {escape(text)} after")
    assert shown.strip() == f"<p>before {text} after</p>"


def test_table():
    shown = as_html(table(["A", "B_"], [["1", ""], ["*", "x | y"]]))
    assert rows_of(shown) == [["A", "B_"], ["1", "&nbsp;"], ["*", "x | y"]]


def metrics(path, **by_sparsity):
    """Write a model's metrics: sparsity -> (start, end, lowest, highest) of the minimum."""
    rows = []
    for sparsity, (start, end, low, high) in by_sparsity.items():
        for quantity in ("loss", "min_max_cosine"):
            shift = 100 if quantity == "loss" else 0
            common = {"sparsity": sparsity, "quantity": quantity, "runs": 5}
            first = {"epoch": 0, "mean": start + shift, "min": 0.0, "max": 1.0}
            last = {"epoch": 70, "mean": end + shift, "min": low, "max": high}
            rows += [common | first, common | last]
    write_parquet(path, pa.Table.from_pandas(pd.DataFrame(rows), preserve_index=False))
    return path


class TestFigureCaptions:
    def write(self, tmp_path, claims=(1, 2)):
        models = [
            {"model": "b", "label": "B*", "settings": "m = 50"},
            {"model": "a", "label": "A", "settings": "m = 10"},
        ]
        figure = {"title": "Figure 1: x_1", "models": models, "claims": list(claims)}
        sources = [
            metrics(tmp_path / "a.parquet", **{"0.1": (0.1, 0.2, 0.15, 0.25)}),
            metrics(tmp_path / "b.parquet", **{"0.1": (0.3, 0.4, 0.35, 0.45)}),
        ]
        spec = {"models": ["a", "b"], "figures": {"figure_01": figure}}
        write_figure_captions(spec, sources, [tmp_path / "figure_01.rst"])
        return (tmp_path / "figure_01.rst").read_text()

    def test_numbers_are_those_of_the_curves(self, tmp_path):
        assert rows_of(as_html(self.write(tmp_path)))[1:] == [
            ["B*", "0.1", "0.300", "0.400", "0.350 to 0.450", "5"],
            ["A", "0.1", "0.100", "0.200", "0.150 to 0.250", "5"],
        ]

    def test_it_names_title_epochs_models_and_claims(self, tmp_path):
        shown = as_html(self.write(tmp_path))
        for part in ("Figure 1: x_1.", "70 epochs", "m = 50", "Claims 1, 2 of the paper"):
            assert part in shown
        assert "Claim" not in as_html(self.write(tmp_path, claims=()))

    def test_settings_in_words(self, plan):
        figures = plan.figures_spec()["figures"]
        ncl, cl = (entry["settings"] for entry in figures["figure_02"]["models"])
        assert "p = 50, d = 10, m = 50" in ncl
        assert "L2 loss (normalise true)" in ncl
        assert "NT-Xent loss (temperature 0.05)" in cl
        warm = figures["figure_05"]["models"][0]["settings"]
        assert "warm start, c = 1; " in warm
        assert "linear predictor" in warm
        assert figures["figure_01"]["claims"] == [1, 2]


def cells(path, *within):
    lines = [
        {
            "table": 1 + position % 2,
            "label": "CL-basic",
            "sigma": None,
            "pr_sparse": 0.1,
            "metric": "min_max_cosine",
            "model": "cl-basic",
            "published_mean": 0.9,
            "published_std": 0.01,
            "runs": 0 if inside is None else 5,
            "mean": 0.88,
            "sample_std": 0.02,
            "difference": -0.02,
            "tolerance": 0.05,
            "within": inside,
            "lower": 0.87,
            "upper": 0.89,
            "published_in_interval": False,
            "subsets": 0,
            "misleading_share": None,
        }
        for position, inside in enumerate(within)
    ]
    pd.DataFrame(lines).to_csv(path, index=False)
    return path


def claims(path, *verdicts):
    lines = [
        {"number": number, "statement": f"Claim_{number} holds.", "claim_verdict": verdict}
        for number, verdict in enumerate(verdicts, 1)
        for _ in range(2)  # one line a case
    ]
    pd.DataFrame(lines).to_csv(path, index=False)
    return path


def statement(path, status="partly confirmed"):
    claim = {"text": "W_t > 0", "source": "C.1", "status": "confirmed", "evidence": "0 of 3"}
    verdict = {"title": "Theorem 1", "status": status, "claims": [claim], "disagreements": [{}]}
    path.write_text(json.dumps({"statement": "theorem_1", "verdict": verdict}))
    return path


class TestFrontPage:
    def write(self, tmp_path, variant=None, verdicts=("confirmed", "partly", "not confirmed")):
        write_front(
            {"variant": variant, "made": ["29 datasets", "253 training runs"]},
            cells(tmp_path / "cells.csv", True, False, True, None),
            claims(tmp_path / "claims.csv", *verdicts),
            [statement(tmp_path / "theorem_1.json")],
            tmp_path / "front.rst",
        )
        return (tmp_path / "front.rst").read_text()

    def test_it_says_what_was_reproduced_and_what_not(self, tmp_path):
        shown = as_html("Before\n\n" + self.write(tmp_path))
        for part in (
            "Made: 29 datasets, 253 training runs.",
            "Reproduced: 1 of the paper's 3 claims.</strong> (1) Claim_1 holds.",
            "In part: 1 of the paper's 3 claims.</strong> (2) Claim_2 holds.",
            "Not reproduced: 1 of the paper's 3 claims.</strong> (3) Claim_3 holds.",
            "2 of 3 published cells are matched</strong> (2 of 2 in Table 1, 0 of 1 in Table 2)",
            "Theorem 1 partly confirmed; 1 disagreements with the print",
        ):
            assert part in shown

    def test_it_has_ten_lines_at_most(self, tmp_path):
        verdicts = ("confirmed", "partly", "not confirmed", "not judged")
        text = self.write(tmp_path, variant="smoke", verdicts=verdicts)
        lines = [line for line in text.splitlines()[2:] if line]
        assert 6 <= len(lines) <= 10
        assert "Not judged: 4." in text

    def test_a_variant_is_named(self, tmp_path):
        assert "variant" not in self.write(tmp_path)
        assert "**These are the results of the variant smoke" in self.write(tmp_path, "smoke")

    def test_unreadable_claims(self, tmp_path):
        with pytest.raises(UserError, match=r"claims.csv: no such file; let Snakemake make it"):
            write_front(
                {"variant": None, "made": []},
                cells(tmp_path / "cells.csv", True),
                tmp_path / "claims.csv",
                [],
                tmp_path / "front.rst",
            )
        assert not (tmp_path / "front.rst").exists()


class TestPages:
    def page(self, tmp_path, page, numbers):
        source = tmp_path / "page.md"
        source.write_text("# Title\n\n| A | B |\n| --- | --- |\n| **1** | <b> |\n")
        out = tmp_path / "page.html", tmp_path / "page.rst"
        write_page({"page": page, "title": "A title."}, source, numbers, *out)
        return out[0].read_text(), as_html(out[1].read_text())

    def test_a_table_is_a_table(self, tmp_path):
        shown, _ = self.page(tmp_path, "fidelity/cells", [cells(tmp_path / "c.csv", True)])
        assert rows_of(shown) == [["A", "B"], ["1", "&lt;b&gt;"]]
        assert "<strong>1</strong>" in shown

    @pytest.mark.parametrize(
        ("markdown", "shown"),
        [
            ("[cells.md](cells.md)", "<p>cells.md</p>"),
            ("![a picture](a.png) text", "<p> text</p>"),
            ("[there](https://example.org/)", '<a href="https://example.org/">there</a>'),
        ],
    )
    def test_links_to_files_become_text(self, markdown, shown):
        assert shown in to_html(markdown, "t")

    def test_captions_have_numbers(self, tmp_path):
        ours = cells(tmp_path / "cells.csv", True, False, True)
        judged = claims(tmp_path / "claims.csv", "confirmed", "partly", "partly")
        theory = [statement(tmp_path / "theorem_1.json", "confirmed")]
        expected = {
            "fidelity/cells": ([ours], "2 of 3 are within"),
            "fidelity/claims": ([judged], "1 confirmed, 2 partly, 0 not confirmed"),
            "fidelity/discrepancies": ([ours, judged], "1 cells and 2 claims"),
            "theory/verdicts": (theory, "Theorem 1: <strong>confirmed</strong>"),
        }
        for page, (numbers, text) in expected.items():
            _, caption = self.page(tmp_path, page, numbers)
            assert "<strong>A title.</strong>" in caption
            assert text in caption

    def test_caption_of_an_ablation(self, tmp_path):
        line = {"pr_sparse": "0.1", "model": "CL-basic", "published_mean": 0.9}
        line |= {"base": "cl-basic", "metric": "min_max_cosine"}
        readings = [("used", "As released", True, 0.01), ("text", "As_written", False, -0.2)]
        frame = pd.DataFrame(
            line | {"reading": key, "label": label, "in_use": used, "difference": d, "within": used}
            for key, label, used, d in readings
        )
        path = tmp_path / "latents.csv"
        frame.to_csv(path, index=False)
        _, caption = self.page(tmp_path, "ablations/latents", [path])
        assert "As released (in use): 1 of 1 published cells agree, distance 0.010" in caption
        assert "As_written: 0 of 1 published cells agree, distance 0.200" in caption
        frame.assign(published_mean=None, within=None).to_csv(path, index=False)
        _, caption = self.page(tmp_path, "ablations/latents", [path])
        assert "The paper prints no number" in caption
        _, caption = self.page(tmp_path, "ablations/summary", [path, path, path])
        assert "3 questions that the paper leaves open" in caption

    def test_caption_of_a_table(self, tmp_path):
        line = {"label": "CL_a", "pr_sparse": "0.1", "metric": "min_max_cosine", "runs": 5}
        frame = pd.DataFrame([line | {"difference": 0.01}, line | {"difference": -0.03}])
        frame.to_csv(tmp_path / "table_1.csv", index=False)
        _, caption = self.page(tmp_path, "tables/table_1", [tmp_path / "table_1.csv"])
        assert "The 2 means differ from the published ones by 0.020 on average" in caption
        assert "most by -0.030: CL_a, Pr(sparse) = 0.1" in caption
        frame.assign(difference=None).to_csv(tmp_path / "table_1.csv", index=False)
        _, caption = self.page(tmp_path, "tables/table_1", [tmp_path / "table_1.csv"])
        assert "the paper has no such table" in caption


def test_captions_of_pictures(tmp_path):
    write_theory_captions([statement(tmp_path / "t.json")], [tmp_path / "t.rst"])
    shown = as_html((tmp_path / "t.rst").read_text())
    assert "Theorem 1: partly confirmed." in shown
    assert "<strong>confirmed</strong>: W_t &gt; 0 (C.1). 0 of 3." in shown
    write_fidelity_caption(cells(tmp_path / "cells.csv", True, None, False), tmp_path / "f.rst")
    shown = as_html((tmp_path / "f.rst").read_text())
    assert "1 of 2 published cells are matched" in shown
    assert "Table 1: 1 of 2 cells" in shown


def test_a_damaged_verdict_is_named(tmp_path):
    (tmp_path / "t.json").write_text("{}")
    with pytest.raises(UserError, match=r"t.json: holds no verdict .*delete it"):
        write_theory_captions([tmp_path / "t.json"], [tmp_path / "t.rst"])
