"""Captions of pictures: their numbers are those of the files."""

import pandas as pd
import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.report.captions import write_captions

from .inputs import as_html, cells, metrics, rows_of, statement

B = {"model": "b", "label": "B*", "settings": "m = 50"}
A = {"model": "a", "label": "A", "settings": "m = 10"}


def write(folder, claims=(1, 2), damage=None):
    """Write the captions of a figure of two models, of a statement and of all cells."""
    figure = {"title": "Figure 1: x_1", "models": [B, A], "claims": list(claims)}
    models = {"a": "1-3", "b": "1-3"}
    spec = {"models": models, "figures": {"figure_01": figure}, "statements": ["theorem_1"]}
    inputs = [
        metrics(folder / "a.parquet", **{"0.1": (0.1, 0.2, 0.15, 0.25)}),
        metrics(folder / "b.parquet", **{"0.1": (0.3, 0.4, 0.35, 0.45)}),
        statement(folder / "theorem_1.json"),
        cells(folder / "cells.csv", True, None, False),
    ]
    if damage:
        (folder / damage).write_text("{}")
    names = ("figure_01.rst", "theorem_1.rst", "comparison.rst", "curves.csv")
    outputs = [folder / name for name in names]
    write_captions(spec, inputs, outputs)
    return [as_html(path.read_text()) for path in outputs[:-1]]


def test_numbers_of_a_figure_are_those_of_the_curves(tmp_path):
    assert rows_of(write(tmp_path)[0])[1:] == [
        ["B*", "0.1", "0.300", "0.400", "0.350 to 0.450", "5"],
        ["A", "0.1", "0.100", "0.200", "0.150 to 0.250", "5"],
    ]


def test_a_figure_names_title_epochs_models_and_claims(tmp_path):
    shown = write(tmp_path)[0]
    for part in ("Figure 1: x_1.", "70 epochs", "m = 50", "Claims 1, 2 of the paper"):
        assert part in shown
    assert "Claim 3 of the paper" in write(tmp_path, claims=[3])[0]
    assert "Claim" not in write(tmp_path, claims=())[0]


def test_a_statement_names_its_verdict_and_claims(tmp_path):
    shown = write(tmp_path)[1]
    assert "Theorem 1: partly confirmed." in shown
    assert "<strong>confirmed</strong>: W_t &gt; 0 (C.1). 0 of 3." in shown


def test_the_comparison_counts_cells_that_were_run(tmp_path):
    shown = write(tmp_path)[2]
    assert "1 of 2 published cells are matched" in shown
    assert "Table 1: 1 of 2 cells" in shown


def test_the_curves_as_numbers(tmp_path):
    write(tmp_path)
    curves = pd.read_csv(tmp_path / "curves.csv", dtype={"sparsity": str})
    assert curves[["model", "sparsity", "epoch"]].to_numpy().tolist() == [
        *(["a", "0.1", 0], ["a", "0.1", 70]),
        *(["b", "0.1", 0], ["b", "0.1", 70]),
    ]
    assert curves["min_max_cosine median"].tolist() == [0.1, 0.2, 0.3, 0.4]
    assert curves["loss highest"].tolist() == [100.6, 100.7, 100.8, 100.9]
    assert curves["loss lowest"].tolist() == [100, 100.1, 100.2, 100.3]
    assert curves["max_max_cosine median"].isna().all()


def test_without_figures(tmp_path):
    inputs = [statement(tmp_path / "t.json"), cells(tmp_path / "cells.csv", True)]
    outputs = [tmp_path / name for name in ("t.rst", "comparison.rst", "curves.csv")]
    write_captions({"models": {}, "figures": {}, "statements": ["t"]}, inputs, outputs)
    assert all(path.exists() for path in outputs)


@pytest.mark.parametrize(
    ("file", "words"),
    [("theorem_1.json", "holds no verdict"), ("cells.csv", "cells.csv"), ("b.parquet", "Parquet")],
)
def test_a_damaged_input_is_named_and_nothing_is_written(tmp_path, file, words):
    with pytest.raises(UserError, match=f"{file}: .*delete") as error:
        write(tmp_path, damage=file)
    assert words in str(error.value)
    assert not list(tmp_path.glob("*.rst"))
