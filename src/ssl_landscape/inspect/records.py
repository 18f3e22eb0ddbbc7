"""A job's record, read with one clear error for a damaged one, and the files named after it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ssl_landscape.errors import AGAIN, UserError


def read_record(path: Path, keys: Iterable[str] = ()) -> dict[str, Any]:
    """Read a job's record.

    Raises:
        UserError: it is missing or damaged, or lacks one of the keys.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise not_made(path) from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error}); {AGAIN}") from None
    if not isinstance(record, dict):
        raise UserError(f"{path}: is not a record (a mapping); {AGAIN}")
    if missing := [key for key in keys if key not in record]:
        raise UserError(f"{path}: lacks {', '.join(missing)}; {AGAIN}")
    return record


def not_made(path: Path) -> UserError:
    """Return the error about a file that does not exist yet."""
    return UserError(f"{path}: not made yet; to make it, run: snakemake --cores 2 {path}")


def beside(record: Path, results: Path, folder: str, suffix: str) -> Path:
    """Return a job's file in ``logs/`` or ``timings/``, which mirror the folders of the results."""
    stem = record.relative_to(results)
    of_folder = stem.name in ("run.json", "record.json")
    stem = stem.parent if of_folder else stem.with_name(stem.name.removesuffix(".record.json"))
    return results / folder / stem.with_name(stem.name + suffix)
