"""Read tables that another stage wrote, with their columns and types checked."""

import io
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.io.files import check_table, explaining_reads, read_parquet, read_spec


def read_frame(source: Path, numbers: Iterable[str], texts: Collection[str] = ()) -> pd.DataFrame:
    """Read columns of a Parquet file, which hold numbers or text.

    Raises:
        UserError: it is missing, damaged or empty, or a column is missing or of another type.
    """
    table = read_parquet(source, [*texts, *numbers])
    for name, found in zip(table.column_names, table.schema.types, strict=True):
        is_text = pa.types.is_string(found) or pa.types.is_large_string(found)
        is_number = pa.types.is_floating(found) or pa.types.is_integer(found)
        if not (is_text if name in texts else is_number):
            what = "text" if name in texts else "numbers"
            raise UserError(f"{source}: column {name!r} holds {found}, not {what}; {AGAIN}")
    return table.to_pandas()


def read_curve(source: Path, columns: Iterable[str]) -> pd.DataFrame:
    """Read a run's curve, one row per epoch from 0 (before training) to the spec's last.

    Raises:
        UserError: as for :func:`read_frame`; or epochs are missing.
    """
    frame = read_frame(source, ["epoch", *columns])
    last = read_spec(source).get("epochs", len(frame) - 1)
    if len(frame) != last + 1 or (frame["epoch"] != np.arange(last + 1)).any():
        raise UserError(
            f"{source}: its {len(frame)} rows are not the epochs 0 to {last} of its run; {AGAIN}"
        )
    return frame


def read_csv(
    source: Path, numbers: Iterable[str], texts: Iterable[str] = (), may_be_empty: bool = False
) -> pd.DataFrame:
    """Read a CSV file that has at least these columns.

    Args:
        source: the file.
        numbers: columns that hold numbers.
        texts: columns that hold text, even where it looks like a number (``0.10``).
        may_be_empty: whether the file may have no rows.

    Raises:
        UserError: it is missing, damaged or empty, or a column is missing or of another type.
    """
    with explaining_reads(source):
        content = source.read_bytes()
        if content and not content.endswith(b"\n"):
            raise ValueError("its last line is cut off")
        frame = pd.read_csv(io.BytesIO(content), dtype=dict.fromkeys(texts, str))
    check_table(source, [*texts, *numbers], frame.columns, len(frame) or may_be_empty)
    for name in numbers:
        if len(frame) and not pd.api.types.is_numeric_dtype(frame[name]):
            raise UserError(f"{source}: column {name!r} holds text, not numbers; {AGAIN}")
    return frame
