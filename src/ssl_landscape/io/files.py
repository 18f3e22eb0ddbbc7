"""Files are written whole or not at all, and read with their schema checked.

Every writer here writes to a temporary name beside the target and renames it, so that neither a
kill nor a second copy of the job leaves something half-written under the real name.
"""

import contextlib
import json
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ssl_landscape.errors import AGAIN, UserError

SPEC_KEY = b"spec"  # where a Parquet schema's metadata holds what produced the file


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a temporary path of this process; rename it to ``target`` if the block succeeds."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.stem}.{uuid.uuid4().hex}{target.suffix}")
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write ``text`` as UTF-8."""
    with replacing(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(target: Path, value: object) -> None:
    """Write ``value`` as indented JSON."""
    write_text(target, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def as_column(values: np.ndarray) -> pa.Array:
    """Return numbers, (n,), as a column in which NaN is a gap.

    It is ``pa.array(values, from_pandas=True)``, which would import pandas.
    """
    missing, gaps = np.isnan(values), None
    if missing.any():
        gaps = pa.py_buffer(np.packbits(~missing, bitorder="little"))
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [gaps, pa.py_buffer(values)])


def write_parquet(target: Path, table: pa.Table, spec: Mapping | None = None) -> None:
    """Write ``table``, with the spec that produced it as JSON in the schema's metadata."""
    if spec is not None:
        text = json.dumps(spec, sort_keys=True)
        table = table.replace_schema_metadata({SPEC_KEY: text.encode()})
    with replacing(target) as temporary:
        pq.write_table(table, temporary)


def read_parquet(source: Path, columns: list[str]) -> pa.Table:
    """Read the named columns of a Parquet file.

    Raises:
        UserError: the file is missing, is not Parquet, is empty or lacks a column.
    """
    try:
        # No thread pool: a training job has one core. Not read_table: it imports pandas.
        with pq.ParquetFile(source) as file:
            table = file.read(columns, use_threads=False)
    except FileNotFoundError:
        raise UserError(f"{source}: no such file; let Snakemake make it") from None
    except (pa.ArrowException, OSError) as error:
        raise UserError(
            f"{source}: not a readable Parquet file ({error}); delete it, and Snakemake makes it "
            "again"
        ) from None
    missing = [name for name in columns if name not in table.column_names]
    if missing or not table.num_rows:
        what = f"has no column {missing[0]!r}" if missing else "has no rows"
        raise UserError(f"{source}: {what}; delete the file, and Snakemake makes it again")
    return table


def check_columns(source: Path, columns: list[str]) -> None:
    """Refuse a Parquet file that lacks one of the columns; Arrow's own error lists all it has.

    Raises:
        UserError: names the first that is missing.
    """
    try:
        found = pq.read_schema(source).names
    except (pa.ArrowException, OSError):
        return  # missing or damaged: read_parquet says so
    for name in columns:
        if name not in found:
            raise UserError(f"{source}: has no column {name!r}; {AGAIN}")


def read_spec(source: Path) -> dict:
    """Read the spec that :func:`write_parquet` stored in a file."""
    return json.loads(pq.read_schema(source).metadata[SPEC_KEY])
