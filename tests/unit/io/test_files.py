"""Files: columns, Parquet with its spec, and errors of reading."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.io.files import (
    SPEC_KEY,
    as_column,
    explaining_reads,
    read_parquet,
    read_spec,
    replacing,
    write_json,
    write_parquet,
)

TABLE = pa.table({"x": [1.0, 2.0], "label": ["a", "b"]})


@pytest.mark.parametrize(
    "values",
    [
        np.array([np.nan, 1.5, -0.0, np.inf], np.float32),
        np.array([0.1, 0.2]),
        np.array([3, -4, 0], np.int32),
        np.full(9, np.nan, np.float32),
        np.arange(1001, dtype=np.float32)[::2].copy(),
    ],
    ids=["gap", "float64", "int32", "gaps only", "many"],
)
def test_a_column_is_that_of_arrow_with_nulls_for_nan(values):
    assert as_column(values).equals(pa.array(values, from_pandas=True))
    assert as_column(values).null_count == np.isnan(values).sum()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "new" / "a.json"
    write_json(target, {"k": 1})
    with pytest.raises(UnicodeEncodeError), replacing(target) as temporary:
        temporary.write_text("half, then \ud800", encoding="utf-8")
    assert json.loads(target.read_text()) == {"k": 1}
    assert list(target.parent.iterdir()) == [target]


class TestParquet:
    def test_columns_and_spec_come_back(self, tmp_path):
        write_parquet(tmp_path / "a.parquet", TABLE, {"epochs": 3, "b": ["é"]})
        assert read_parquet(tmp_path / "a.parquet", ["label"]).to_pydict() == {"label": ["a", "b"]}
        assert read_spec(tmp_path / "a.parquet") == {"epochs": 3, "b": ["é"]}

    @pytest.mark.parametrize("read", [lambda path: read_parquet(path, ["x"]), read_spec])
    def test_a_missing_or_damaged_file_is_one_line(self, tmp_path, read):
        path = tmp_path / "a.parquet"
        with pytest.raises(UserError, match=r"a\.parquet: no such file; build it with Snakemake$"):
            read(path)
        write_parquet(path, TABLE, {})
        for content in (b"", b"not Parquet", path.read_bytes()[:-9]):
            path.write_bytes(content)
            with pytest.raises(UserError, match=r"cannot be read \(.*\); delete it and rerun") as e:
                read(path)
            assert "\n" not in str(e.value)

    def test_a_missing_column_is_named(self, tmp_path):
        write_parquet(tmp_path / "a.parquet", TABLE)
        with pytest.raises(UserError, match="has no column 'y'; delete it") as error:
            read_parquet(tmp_path / "a.parquet", ["x", "y"])
        assert "label" not in str(error.value)  # Arrow's own error lists all columns

    def test_a_file_without_rows_is_refused(self, tmp_path):
        write_parquet(tmp_path / "a.parquet", TABLE[:0])
        with pytest.raises(UserError, match="has no rows"):
            read_parquet(tmp_path / "a.parquet", ["x"])

    @pytest.mark.parametrize(
        ("metadata", "message"),
        [
            (None, "its metadata holds no spec"),
            ({b"other": b"{}"}, "its metadata holds no spec"),
            ({SPEC_KEY: b"[1]"}, "its metadata holds no spec"),
            ({SPEC_KEY: b'{"epochs": '}, "the spec in its metadata is damaged"),
            ({SPEC_KEY: b"\xff"}, "the spec in its metadata is damaged"),
        ],
    )
    def test_a_missing_or_damaged_spec_is_one_line(self, tmp_path, metadata, message):
        pq.write_table(TABLE.replace_schema_metadata(metadata), tmp_path / "a.parquet")
        with pytest.raises(UserError, match=rf"a\.parquet: {message}; delete it and rerun"):
            read_spec(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (FileNotFoundError("x"), "f: no such file; build it with Snakemake"),
        (PermissionError("denied"), r"f: cannot be read \(denied\); delete it"),
        (ValueError("first\nsecond"), r"f: cannot be read \(first\); delete it"),
        (UserError("its own"), "^its own$"),
    ],
)
def test_errors_of_reading_are_explained(tmp_path, error, message):
    with pytest.raises(UserError, match=message), explaining_reads(tmp_path / "f"):
        raise error
