"""Write files whole or not at all; read them with their schema checked.

Every writer writes to a temporary name beside the target and renames it, so that neither a kill nor
a second copy of the job leaves a half-written file under the real name.
"""

import contextlib
import json
import uuid
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ssl_landscape.errors import AGAIN, UserError

SPEC_KEY = b"spec"  # of a Parquet schema's metadata: the spec that produced the file


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a temporary path; rename it to ``target`` if the block succeeds."""
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
    """Return numbers, (n,), as a column in which NaN is a null.

    The same as ``pa.array(values, from_pandas=True)``, which would import pandas.
    """
    missing, valid = np.isnan(values), None
    if missing.any():
        valid = pa.py_buffer(np.packbits(~missing, bitorder="little"))
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(values)])


def write_parquet(target: Path, table: pa.Table, spec: Mapping | None = None) -> None:
    """Write ``table``, with the spec that produced it as JSON in the schema's metadata."""
    if spec is not None:
        text = json.dumps(spec, sort_keys=True)
        table = table.replace_schema_metadata({SPEC_KEY: text.encode()})
    with replacing(target) as temporary:
        pq.write_table(table, temporary)


@contextlib.contextmanager
def explaining_reads(source: Path) -> Iterator[None]:
    """Turn errors of reading ``source`` in the block into one message with a remedy.

    Raises:
        UserError: the file is missing or cannot be read.
    """
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"{source}: no such file; build it with Snakemake") from None
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = str(error).strip().split("\n")[0]
        raise UserError(f"{source}: cannot be read ({reason}); {AGAIN}") from None


def read_parquet(source: Path, columns: list[str]) -> pa.Table:
    """Read the named columns of a Parquet file.

    Raises:
        UserError: the file is missing, is not Parquet, has no rows or lacks a column.
    """
    # No thread pool: a training job has one core. Not read_table: it imports pandas.
    with explaining_reads(source), pq.ParquetFile(source) as file:
        check_table(source, columns, file.schema_arrow.names, file.metadata.num_rows)
        return file.read(columns, use_threads=False)


def read_spec(source: Path) -> dict[str, Any]:
    """Read the spec that :func:`write_parquet` stored in a file.

    Raises:
        UserError: the file is missing, is not Parquet, or holds no spec.
    """
    with explaining_reads(source), pq.ParquetFile(source) as file:
        text = (file.schema_arrow.metadata or {}).get(SPEC_KEY, b"null")
    try:
        spec = json.loads(text)
    except ValueError:
        raise UserError(f"{source}: the spec in its metadata is damaged; {AGAIN}") from None
    if not isinstance(spec, dict):
        raise UserError(f"{source}: its metadata holds no spec; {AGAIN}")
    return spec


def check_table(source: Path, columns: Iterable[str], found: Container[str], rows: int) -> None:
    """Refuse a table that lacks a column or has no rows.

    Raises:
        UserError: names the first missing column.
    """
    missing = [name for name in columns if name not in found]
    if missing or not rows:
        what = f"has no column {missing[0]!r}" if missing else "has no rows"
        raise UserError(f"{source}: {what}; {AGAIN}")
