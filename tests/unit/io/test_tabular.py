"""Tables of other stages: columns, types and epochs are checked."""

import pandas as pd
import pyarrow as pa
import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.io.files import write_parquet
from ssl_landscape.io.tabular import read_csv, read_curve, read_frame


class TestFrame:
    def test_columns_come_back(self, tmp_path):
        table = pa.table({"x": [1.0], "n": [2], "label": ["a"]})
        write_parquet(tmp_path / "a.parquet", table)
        frame = read_frame(tmp_path / "a.parquet", ["x", "n"], ["label"])
        assert frame.to_dict("list") == {"x": [1.0], "n": [2], "label": ["a"]}

    @pytest.mark.parametrize(
        ("numbers", "texts", "message"),
        [
            (["label"], [], "column 'label' holds .*string, not numbers"),
            ([], ["x"], "column 'x' holds double, not text"),
            (["y"], [], "has no column 'y'"),
        ],
    )
    def test_another_type_is_refused(self, tmp_path, numbers, texts, message):
        write_parquet(tmp_path / "a.parquet", pa.table({"x": [1.0], "label": ["a"]}))
        with pytest.raises(UserError, match=message):
            read_frame(tmp_path / "a.parquet", numbers, texts)


class TestCurve:
    @pytest.mark.parametrize(
        ("epochs", "message"),
        [([0, 1], "its 2 rows are not the epochs 0 to 2"), ([0, 2, 1], "its 3 rows are not")],
    )
    def test_missing_epochs_are_refused(self, tmp_path, epochs, message):
        table = pa.table({"epoch": epochs, "loss": [0.5] * len(epochs)})
        write_parquet(tmp_path / "c.parquet", table, {"epochs": 2})
        with pytest.raises(UserError, match=message):
            read_curve(tmp_path / "c.parquet", ["loss"])

    def test_a_curve_without_its_spec_is_refused(self, tmp_path):
        write_parquet(tmp_path / "c.parquet", pa.table({"epoch": [0], "loss": [0.5]}))
        with pytest.raises(UserError, match="holds no spec"):
            read_curve(tmp_path / "c.parquet", ["loss"])


class TestCsv:
    def test_text_that_looks_like_a_number_stays_text(self, tmp_path):
        (tmp_path / "a.csv").write_text("sparsity,x\n0.10,1.5\n")
        frame = read_csv(tmp_path / "a.csv", ["x"], ["sparsity"])
        assert frame.to_dict("list") == {"sparsity": ["0.10"], "x": [1.5]}

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("x\n1", r"cannot be read \(its last line is cut off\)"),
            ("", r"cannot be read \(No columns"),
            ("x\n", "has no rows"),
            ("y\n1\n", "has no column 'x'"),
            ("x\na\n", "column 'x' holds text, not numbers"),
        ],
    )
    def test_a_damaged_file_is_one_line(self, tmp_path, text, message):
        (tmp_path / "a.csv").write_text(text)
        with pytest.raises(UserError, match=message) as error:
            read_csv(tmp_path / "a.csv", ["x"])
        assert str(error.value).endswith("; delete it and rerun Snakemake")

    def test_it_may_be_empty(self, tmp_path):
        (tmp_path / "a.csv").write_text("x\n")
        assert isinstance(read_csv(tmp_path / "a.csv", ["x"], may_be_empty=True), pd.DataFrame)
