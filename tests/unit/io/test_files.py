"""Columns of files."""

import numpy as np
import pyarrow as pa
import pytest

from ssl_landscape.io.files import as_column


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
def test_a_column_is_that_of_arrow_with_gaps_for_nan(values):
    assert as_column(values).equals(pa.array(values, from_pandas=True))
    assert as_column(values).null_count == np.isnan(values).sum()
