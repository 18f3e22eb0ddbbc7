"""Tables that a stage reads from another's files, checked: a damaged file gives one message."""

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.io.files import SPEC_KEY, check_columns, read_parquet


def read_frame(source: Path, numbers: Iterable[str], texts: Iterable[str] = ()) -> pd.DataFrame:
    """Read columns of a Parquet file.

    Args:
        source: the file.
        numbers: columns that hold numbers.
        texts: columns that hold texts.

    Raises:
        UserError: it is missing, damaged or empty, or a column is missing or of another type.
    """
    check_columns(source, [*texts, *numbers])
    table = read_parquet(source, [*texts, *numbers])
    for names, is_right, what in (
        (numbers, _is_number, "numbers"),
        (texts, _is_text, "texts"),
    ):
        for name in names:
            found = table.schema.field(name).type
            if not is_right(found):
                raise UserError(f"{source}: column {name!r} holds {found}, not {what}; {AGAIN}")
    return table.to_pandas()


def read_curve(source: Path, columns: Iterable[str]) -> pd.DataFrame:
    """Read a run's curve, one row an epoch from 0 (before training) to the spec's last.

    Raises:
        UserError: as for :func:`read_frame`; or epochs are missing.
    """
    frame = read_frame(source, ["epoch", *columns])
    last = spec_of(source).get("epochs", len(frame) - 1)
    if len(frame) != last + 1 or (frame["epoch"] != np.arange(last + 1)).any():
        raise UserError(
            f"{source}: its {len(frame)} rows are not the epochs 0 to {last} of its run; {AGAIN}"
        )
    return frame


def spec_of(source: Path) -> dict[str, Any]:
    """Return the spec that a Parquet file was made from; nothing if it does not say."""
    text = (pq.read_schema(source).metadata or {}).get(SPEC_KEY, b"{}")
    try:
        return json.loads(text)
    except ValueError:
        raise UserError(f"{source}: its spec is damaged; {AGAIN}") from None


def read_csv(
    source: Path, numbers: Iterable[str], texts: Iterable[str] = (), may_be_empty: bool = False
) -> pd.DataFrame:
    """Read a CSV file whose columns are at least these.

    Args:
        source: the file.
        numbers: columns that hold numbers.
        texts: columns that hold texts, even where they look like numbers (``0.10``).
        may_be_empty: whether no rows are right, too.

    Raises:
        UserError: it is missing, damaged or empty, or a column is missing or of another type.
    """
    try:
        content = source.read_bytes()
        if content and not content.endswith(b"\n"):
            raise ValueError("its last line is cut off")
        frame = pd.read_csv(io.BytesIO(content), dtype=dict.fromkeys(texts, str))
    except FileNotFoundError:
        raise UserError(f"{source}: no such file; let Snakemake make it") from None
    except (OSError, ValueError) as error:  # pandas' own errors are ValueErrors
        reason = str(error).strip().split("\n")[0]
        raise UserError(f"{source}: cannot be read ({reason}); {AGAIN}") from None
    missing = [name for name in (*texts, *numbers) if name not in frame.columns]
    if missing or (frame.empty and not may_be_empty):
        what = f"has no column {missing[0]!r}" if missing else "has no rows"
        raise UserError(f"{source}: {what}; {AGAIN}")
    for name in numbers:
        if len(frame) and not pd.api.types.is_numeric_dtype(frame[name]):
            raise UserError(f"{source}: column {name!r} holds texts, not numbers; {AGAIN}")
    return frame


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_floating(kind) or pa.types.is_integer(kind)


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)
