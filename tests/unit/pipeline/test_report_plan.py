"""What the report shows of the shipped config, in the paper's order."""

import pytest

from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.report_plan import CATEGORIES, ReportPlan


@pytest.fixture
def plan(shipped):
    return ReportPlan(Plan(shipped))


def test_categories_are_sorted_as_text():
    assert sorted(CATEGORIES.values()) == list(CATEGORIES.values())


def test_figures_stand_in_the_papers_order(plan):
    names = list(plan.titles["figures"])
    assert names == [f"figure_{number:02}" for number in range(1, 19)]
    labels = [plan.labels("figures", name)["No."] for name in names]
    assert [int(label) for label in labels] == list(range(1, 19))


def test_a_label_has_the_title_without_its_number(plan):
    assert plan.labels("figures", "figure_03") == {
        "No.": "\N{FIGURE SPACE}3",
        "Title": "NCL with a two-layer encoder",
    }
    assert plan.labels("tables", "table_2")["Title"].startswith("Contrastive against")


def test_a_figure_of_ones_own_comes_last(shipped):
    mine = {"title": "Mine", "models": ["cl-basic"], "metrics": ["loss"]}
    plan = ReportPlan(Plan(shipped | {"figures": {"a_2": mine, **shipped["figures"]}}))
    assert next(iter(plan.titles["figures"])) == "a_2"
    assert plan.labels("figures", "figure_18")["No."] == "19"


def test_every_page_has_a_line_and_a_title(plan):
    for page in plan.pages:
        assert plan.page_labels(page)["Title"]
        assert page.split("/")[0] in CATEGORIES
        assert plan.page_spec(page)["title"]


def test_settings_in_words(plan):
    figures = plan.captions_spec()["figures"]
    ncl, cl = (entry["settings"] for entry in figures["figure_02"]["models"])
    assert "p = 50, d = 10, m = 50" in ncl
    assert "L2 loss (normalise true)" in ncl
    assert "NT-Xent loss (temperature 0.05)" in cl
    warm = figures["figure_05"]["models"][0]["settings"]
    assert "warm start, c = 1; " in warm
    assert "linear predictor" in warm
    assert figures["figure_01"]["claims"] == [1, 2]


def test_captions_are_of_all_pictures(plan):
    spec = plan.captions_spec()
    assert list(spec["figures"]) == [f"figure_{number:02}" for number in range(1, 19)]
    models = {entry["model"] for figure in spec["figures"].values() for entry in figure["models"]}
    assert list(spec["models"]) == sorted(models)
    assert spec["models"]["cl-basic"] == "1-5"
    assert len(spec["statements"]) == 4
