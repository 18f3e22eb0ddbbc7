"""The most cells that any choice among the readings can reach, on made-up cells."""

import pandas as pd

from ssl_landscape.ablations.reach import reach

METRICS = ("max", "median", "min")


def ours(**models):
    """The tables' cells: how many of each model's three agree."""
    lines = [
        {"model": model, "metric": metric, "runs": 5, "within": number < agree}
        for model, agree in models.items()
        for number, metric in enumerate(METRICS)
    ]
    return pd.DataFrame(lines)


def table(*readings):
    """An ablation's cells: label, model, how many of its three cells are lost; None is in use."""
    lines = [
        {"base": model, "label": label, "metric": metric, "published_mean": 0.5}
        | {"in_use": lost is None, "within": number >= (lost or 0)}
        for label, model, lost in readings
        for number, metric in enumerate(METRICS)
    ]
    return pd.DataFrame(lines)


def cells_of(parts):
    rows = [line.strip("| ").split(" | ") for line in parts[1].splitlines()[2:]]
    return {row[0]: row[1:] for row in rows}


class TestReach:
    def test_the_reading_that_loses_least_is_named(self):
        tables = {"q": table(("used", "a", None), ("worse", "a", 2), ("better", "a", 1))}
        parts = reach(tables, ours(a=1, b=3))
        assert cells_of(parts) == {
            "a": ["1 of 3", "better", "2 of 3"],
            "b": ["3 of 3", "none tried"],
        }
        assert "at most 5 of 6 cells" in parts[2]
        assert parts[2].endswith("With the readings in use 4 do.")

    def test_a_cell_that_was_not_run_counts_as_won(self):
        tables = {"q": table(("other", "a", 1))[:1]}  # lost; the others were not run
        assert cells_of(reach(tables, ours(a=0)))["a"] == ["0 of 3", "other", "2 of 3"]

    def test_of_two_ablations_the_one_that_loses_more_counts(self):
        tables = {"q": table(("other", "a", 0)), "again": table(("other", "a", 2))}
        assert cells_of(reach(tables, ours(a=2)))["a"][2] == "1 of 3"

    def test_models_asked_together_have_one_reading(self):
        both = table(("x", "a", 0), ("x", "b", 3), ("y", "a", 2), ("y", "b", 1))
        parts = reach({"q": both}, ours(a=2, b=2))
        assert cells_of(parts)["a, b"] == ["4 of 6", "x", "3 of 6"]
        assert "at most 5 of 6 cells would agree" in parts[2]  # a under x, b in use
        assert "one reading, at most 4." in parts[2]

    def test_the_reading_in_use_is_never_worse(self):
        parts = reach({"q": table(("x", "a", 3))}, ours(a=3))
        assert "at most 3 of 3 cells" in parts[2]

    def test_models_of_no_table_have_no_part(self):
        tables = {"q": table(("x", "a", 0), ("x", "figure", 0))}
        assert set(cells_of(reach(tables, ours(a=1)))) == {"a"}
