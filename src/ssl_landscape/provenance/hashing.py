"""What a file is: its bytes, and for Parquet what it says; seals of JSON files."""

import hashlib
import json
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ssl_landscape.errors import UserError
from ssl_landscape.io.files import SPEC_KEY

MOST_BYTES, MOST_LEVELS = 2**27, 50  # of a JSON file; a long study's manifest has 2**22 bytes
OTHER_VERSION = "written by another version of the program; rerun the job"


def sha256(path: Path) -> str:
    """Hash a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def identity(path: Path) -> dict[str, Any]:
    """Return a file's sha256 and size in bytes; for Parquet, a hash of its logical content too."""
    found: dict[str, Any] = {"sha256": sha256(path), "bytes": path.stat().st_size}
    if path.suffix == ".parquet":
        found["content"] = logical_hash(path)
    return found


def is_identity(value: Any) -> bool:
    """Return whether a value that was read tells of a file as :func:`identity` does."""
    return isinstance(value, dict) and isinstance(value.get("sha256"), str)


def logical_hash(path: Path) -> str:
    """Hash what a Parquet file says: its spec, and names, types, gaps and values of its columns.

    Whichever writer, compression or layout in row groups: equal content, equal hash.

    Raises:
        pyarrow.ArrowException: it is not a readable Parquet file.
    """
    with pq.ParquetFile(path) as file:  # read_table would import pandas
        table = file.read(use_threads=False)
    digest = hashlib.sha256((table.schema.metadata or {}).get(SPEC_KEY, b""))
    for field in table.schema:
        digest.update(f"\n{field.name}: {field.type}, {table.num_rows}\n".encode())
        for part in _bytes_of(table[field.name].combine_chunks()):
            digest.update(part)
    return digest.hexdigest()


def _bytes_of(column: Any) -> list[bytes]:
    """Return a column's gaps and values as bytes."""
    if isinstance(column, pa.ChunkedArray):  # of a table without rows
        return []
    missing = np.from_dlpack(column.is_null().cast(pa.uint8()))  # to_numpy would import pandas
    gaps = missing.tobytes()
    if pa.types.is_fixed_size_list(column.type):
        return [gaps, *_bytes_of(column.flatten())]
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        stored = np.frombuffer(column.buffers()[1], column.type.to_pandas_dtype())
        values = np.where(missing, stored.dtype.type(0), stored[column.offset :][: len(column)])
        return [gaps, values.astype(values.dtype.newbyteorder("<")).tobytes()]
    return [json.dumps(column.to_pylist(), default=str).encode()]


def seal(content: dict[str, Any]) -> dict[str, Any]:
    """Add a checksum of all other entries; it shows accidental changes, it is no signature."""
    content = {key: value for key, value in content.items() if key != "seal"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return {**content, "seal": hashlib.sha256(text.encode()).hexdigest()}


def read_json_object(path: Path) -> dict[str, Any]:
    """Read a JSON file that this program may have written: an object, neither huge nor deep.

    Raises:
        ValueError: it is another kind of file.
        OSError: it cannot be opened.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
        raise ValueError(f"not a file of at most {MOST_BYTES} bytes")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(content, dict):
        raise ValueError("not a JSON object")
    level: list[Any] = [content]
    for _ in range(MOST_LEVELS):
        parts = (v.values() if isinstance(v, dict) else v for v in level)
        level = [v for part in parts for v in part if isinstance(v, dict | list)]
    if level:
        raise ValueError("nested too deeply")
    return content


def read_sealed(path: Path, version: int) -> dict[str, Any]:
    """Read a sealed JSON file of this version of its format.

    Raises:
        UserError: it cannot be read, is of another version, or was altered.
    """
    try:
        content = read_json_object(path)
        found = content.get("format")
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; rerun Snakemake") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error}); delete it and rerun") from None
    if found != version:
        raise UserError(f"{path}: {OTHER_VERSION}")
    if seal(content) != content:
        raise UserError(f"{path}: was altered after it was written; delete it and rerun")
    return content
