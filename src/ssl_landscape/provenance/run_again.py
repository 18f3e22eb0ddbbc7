"""Jobs are run again in another folder, and what they write is compared with what is stored."""

import contextlib
import importlib
import json
import math
import os
import re
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from ssl_landscape.io.own_matplotlib import load_matplotlib
from ssl_landscape.pipeline.code_roots import entry
from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.pipeline.plan import canonical
from ssl_landscape.provenance.environment import libraries, machine, versions
from ssl_landscape.provenance.finding import CONTRADICTED, REMARK, Finding, explained

TOLERANCE = 1e-5
PICTURES = (".pdf", ".png", ".svg")
NUMBER = re.compile(r"(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)")
MOST_PROCESSES = 4  # of up to 370 MB each


def workers() -> ProcessPoolExecutor:
    """Return processes in which jobs run again; Ctrl-C is for the one that waits for them."""
    number, ignored = min(MOST_PROCESSES, os.cpu_count() or 1), (signal.SIGINT, signal.SIG_IGN)
    return ProcessPoolExecutor(number, initializer=signal.signal, initargs=ignored)


def run_again(
    job: Job, inputs: list[Path], stored: dict[str, Path], facts: dict[str, Any]
) -> list[Finding]:
    """Run a job in another folder and compare what it writes with what is stored.

    Args:
        job: the job.
        inputs: where its inputs are.
        stored: its outputs -> where they are, those that are there.
        facts: its record.
    """
    return list(explained(job.record, _run_again(job, inputs, stored, facts)))


def _run_again(
    job: Job, inputs: list[Path], stored: dict[str, Path], facts: dict[str, Any]
) -> Iterator[Finding]:
    load_matplotlib()  # some that draw nothing load it, and others draw in this process later
    module, function = entry(job.rule).split(":")
    work = getattr(importlib.import_module(f"ssl_landscape.{module}"), function)
    inputs = [place.absolute() for place in inputs]
    absolute = {file: place.absolute() for file, place in stored.items()}
    # Some pages hold links that are relative to where they lie.
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        made = list(map(Path, job.outputs))
        for path in made:
            path.parent.mkdir(parents=True, exist_ok=True)
        work(json.loads(canonical(job.spec)), inputs, made)
        differing = [file for file, old in absolute.items() if not agree(Path(file), old)]
    for file in differing:
        yield _differs(stored[file], facts)


def _differs(stored: Path, facts: dict[str, Any]) -> Finding:
    detail = "is not what its job makes of its inputs"
    same = libraries(facts["packages"]) == libraries(versions())
    if stored.suffix in PICTURES:
        same = same and facts["cpu"] == machine()["cpu"]
    if same:
        return Finding(CONTRADICTED, str(stored), detail)
    detail += " here, with other versions or processor"
    return Finding(CONTRADICTED, str(stored), detail, REMARK)


def agree(made: Path, stored: Path) -> bool:
    """Return whether two files are equal; numbers in text and Parquet up to the tolerance."""
    if made.read_bytes() == stored.read_bytes():
        return True
    if made.suffix in PICTURES:
        return False
    if made.suffix == ".parquet":
        return _tables_agree(made, stored)
    one, other = (NUMBER.split(path.read_text(encoding="utf-8")) for path in (made, stored))
    return len(one) == len(other) and all(
        close(float(a), float(b)) if place % 2 else a == b
        for place, (a, b) in enumerate(zip(one, other, strict=True))
    )


def _tables_agree(made: Path, stored: Path) -> bool:
    import pandas as pd

    one, other = pq.read_table(made), pq.read_table(stored)
    if one.schema.metadata != other.schema.metadata:
        return False
    try:
        tolerances = {"rtol": TOLERANCE, "atol": TOLERANCE}
        pd.testing.assert_frame_equal(one.to_pandas(), other.to_pandas(), **tolerances)
    except AssertionError:
        return False
    return True


def close(one: float, other: float) -> bool:
    """Return whether two numbers agree up to the tolerance; NaN agrees with NaN."""
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
