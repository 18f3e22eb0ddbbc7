"""`ssl-landscape show`: settings, final metrics and the curve of what a name stands for."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from ssl_landscape.errors import UserError
from ssl_landscape.inspect.curve import as_run, picture_of, write_curve
from ssl_landscape.inspect.show import show
from ssl_landscape.io.files import write_parquet
from ssl_landscape.pipeline.plan import Plan

RUN = ("ncl-basic", "0.1", 1)


@pytest.fixture
def plan(shipped, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Plan(shipped)


@pytest.fixture
def run(plan, tmp_path):
    """Write a run as training does."""
    folder = tmp_path / "results/runs/ncl-basic/sparsity-0.1/seed-1"
    epochs = np.arange(9)
    curve = pd.DataFrame({"epoch": epochs, "loss": [np.nan, *np.linspace(2, 1, 8)]})
    for shift, name in enumerate(("min_max_cosine", "median_max_cosine", "max_max_cosine")):
        curve[name] = 0.1 * shift + epochs / 16
    table = pa.Table.from_pandas(curve, preserve_index=False)
    write_parquet(folder / "curve.parquet", table, plan.run_spec(*RUN) | {"epochs": 8})
    return curve


def finals(tmp_path, model, values=(0.4, 0.6)):
    rows = [
        {"sparsity": "0.1", "seed": seed, "epoch": 8, "loss": 1.0, "max_max_cosine": value}
        | {"median_max_cosine": value, "min_max_cosine": value - 0.1}
        for seed, value in enumerate(values, 1)
    ]
    path = tmp_path / f"results/metrics/{model}.final.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(path, index=False)


@pytest.mark.parametrize(
    "name",
    [
        "ncl-basic/0.1/1",
        "ncl-basic/sparsity-0.1/seed-1",
        "results/runs/ncl-basic/sparsity-0.1/seed-1/",
        "results/runs/ncl-basic/sparsity-0.1/seed-1/curve.parquet",
        "results/logs/runs/ncl-basic/sparsity-0.1/seed-1.log",
    ],
)
def test_names_of_a_run(plan, name):
    assert as_run(plan, name) == RUN


@pytest.mark.parametrize("name", ["figure_02", "ncl-basic", "results/figures/figure_02.pdf"])
def test_what_is_not_a_run(plan, name):
    assert as_run(plan, name) is None


class TestRun:
    def test_settings_and_ends(self, plan, run):
        text = show(plan, "ncl-basic/0.1/1")
        assert "p = 50, d = 10, m = 50" in text
        assert "  learning_rate: 0.025\n" in text
        rows = {line.split()[0]: line.split()[1:] for line in text.splitlines() if "max_" in line}
        assert rows["min_max_cosine"] == ["0.0000", "0.5000", "0.0000", "0.5000"]
        assert "Log:   results/logs/runs/ncl-basic/sparsity-0.1/seed-1.log" in text

    def test_not_made_yet(self, plan):
        with pytest.raises(UserError, match=r"curve\.parquet: no such file; build it"):
            show(plan, "ncl-basic/0.1/1")

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("ncl-basic/0.4/1", ["unknown run 'ncl-basic/0.4/1'", "did you mean 'ncl-basic/0."]),
            ("ncl-basicc/0.1/1", ["ncl-basicc", "did you mean 'ncl-basic'"]),
            ("figure_2", ["figure_2", "did you mean 'figure_", "ncl-basic/0.1/1"]),
        ],
    )
    def test_wrong_name(self, plan, name, words):
        with pytest.raises(UserError) as error:
            show(plan, name)
        assert all(word in str(error.value) for word in words)


class TestModelFigureTable:
    def test_model(self, plan, tmp_path):
        finals(tmp_path, "cl-basic")
        text = show(plan, "cl-basic")
        assert "NT-Xent loss (temperature 0.05)" in text
        assert "Shown in figure_02, figure_08, table_2" in text
        assert "cl-basic/0.1/2" in text
        mean = next(line for line in text.splitlines() if "mean ± std" in line)
        assert mean.split()[4:] == ["0.500", "±", "0.141"] * 2 + ["0.400", "±", "0.141"]

    def test_figure(self, plan, tmp_path):
        finals(tmp_path, "cl-basic")
        with pytest.raises(UserError, match=r"ncl-basic\.final\.csv: no such file"):
            show(plan, "figure_02")
        finals(tmp_path, "ncl-basic")
        text = show(plan, "figure_02")
        assert "Model cl-basic: CL-basic\n" in text
        assert text.startswith("Figure 2: NCL against CL")
        assert "Files: results/figures/figure_02.pdf" in text

    def test_table(self, plan, tmp_path):
        (tmp_path / "results/tables").mkdir(parents=True)
        (tmp_path / "results/tables/table_1.md").write_text("| A |\n")
        assert show(plan, "table_1") == "| A |\n"
        with pytest.raises(UserError, match=r"results/tables/table_2\.md: no such file"):
            show(plan, "table_2")


class TestCurve:
    def test_values(self, plan, run, tmp_path):
        write_curve(plan, "ncl-basic/0.1/1", tmp_path / "c.csv")
        written = pd.read_csv(tmp_path / "c.csv")
        assert written["min_max_cosine"].tolist() == run["min_max_cosine"].tolist()

    @pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
    def test_picture(self, plan, run, tmp_path, suffix):
        path = tmp_path / f"c{suffix}"
        write_curve(plan, "ncl-basic/0.1/1", path)
        assert path.stat().st_size > 5000
        if suffix == ".png":
            with Image.open(path) as image:
                assert min(image.size) > 300
        elif suffix == ".svg":
            assert "Run ncl-basic/0.1/1" in path.read_text()

    def test_wrong_suffix_or_name(self, plan, run, tmp_path):
        with pytest.raises(UserError, match=r"choose a suffix from .csv, .png"):
            write_curve(plan, "ncl-basic/0.1/1", tmp_path / "c.gif")
        with pytest.raises(UserError, match="'ncl-basic' is not a run"):
            write_curve(plan, "ncl-basic", tmp_path / "c.png")
        assert [path.name for path in tmp_path.iterdir()] == ["results"]

    def test_picture_of_a_figure(self, plan, tmp_path):
        with pytest.raises(UserError, match=r"figure_02\.png: no such file"):
            picture_of(plan, "figure_02")
        with pytest.raises(UserError, match="has no picture"):
            picture_of(plan, "table_1")


def test_a_curve_without_metadata_is_named(plan, run, tmp_path):
    path = tmp_path / "results/runs/ncl-basic/sparsity-0.1/seed-1/curve.parquet"
    pq.write_table(pa.Table.from_pandas(run, preserve_index=False).replace_schema_metadata(), path)
    with pytest.raises(UserError, match=r"curve.parquet: its metadata holds no spec; delete it"):
        show(plan, "ncl-basic/0.1/1")
    path.unlink()
    with pytest.raises(UserError, match=r"curve.parquet: no such file"):
        show(plan, "ncl-basic/0.1/1")
