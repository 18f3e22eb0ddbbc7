"""Two results folders: bytes, cells and verdicts, on one screen."""

import hashlib
import json
from pathlib import Path

import pandas as pd

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.inspect.text import columns
from ssl_landscape.io.markdown import mean_and_std, number
from ssl_landscape.io.tabular import read_csv

CELL = ["table", "label", "sigma", "pr_sparse", "metric"]
SHOWN = 40  # cells listed, the largest changes


def compare_results(first: Path, second: Path, tolerance: float) -> str:
    """Describe how two results folders differ: cells, verdicts; where one is published, bytes.

    Args:
        first: a results folder.
        second: another one.
        tolerance: smallest change of a cell's mean that counts as moved.

    Raises:
        UserError: a manifest or a table is damaged.
    """
    a, b = (f"{folder}{' (published)' * _is_published(folder)}" for folder in (first, second))
    parts = [f"A: {a}\nB: {b}"]
    if _is_published(first) or _is_published(second):
        parts.append(_files(_hashes(first, second), _hashes(second, first)))
    for name in ("cells", "claims"):
        tables = [folder / f"comparison/{name}.csv" for folder in (first, second)]
        if missing := " and ".join(str(table) for table in tables if not table.is_file()):
            parts.append(f"{name.title()}: not compared, {missing} not made yet")
        else:
            parts.append(_cells(tables, tolerance) if name == "cells" else _verdicts(tables))
    return "\n\n".join(parts) + "\n"


def _is_published(folder: Path) -> bool:
    return (folder / "provenance/manifest.json").is_file() and not (folder / "runs").is_dir()


def _hashes(folder: Path, other: Path) -> dict[str, str]:
    """Return file -> SHA-256: as a published folder lists it, or of the files that are there."""
    if _is_published(folder):
        return _listed(folder)
    there = [file for file in _listed(other) if (folder / file).is_file()]
    return {file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in there}


def _listed(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted((folder / "provenance").glob("manifest*.json")):
        try:
            artefacts = json.loads(path.read_text(encoding="utf-8"))["artefacts"]
            for file, entry in artefacts.items():
                found[file.removeprefix("results/")] = str(entry["sha256"])
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise UserError(f"{path}: is not a manifest ({error!r}); {AGAIN}") from None
    return found


def _files(ours: dict[str, str], theirs: dict[str, str]) -> str:
    frame = pd.DataFrame({"A": ours, "B": theirs}).astype(object)
    found = pd.DataFrame({"agree": frame["A"] == frame["B"]})
    found["differ"] = ~found["agree"] & frame.notna().all(axis=1)
    for side in "AB":
        found[f"missing in {side}"] = frame[side].isna()
    kinds = [file.split("/")[0] if "/" in file else "report" for file in found.index]
    counts = found.groupby(kinds).sum()
    rows = [[kind, *(count or "" for count in row)] for kind, *row in counts.itertuples()]
    return columns(["Files by their bytes", *found.columns], [*rows, ["all", *found.sum()]])


def _cells(tables: list[Path], tolerance: float) -> str:
    numbers = ["table", "sigma", "mean", "sample_std", "published_mean"]
    texts = ["label", "pr_sparse", "metric", "within"]
    frames = [read_csv(table, numbers, texts) for table in tables]
    within = [f"{(frame['within'] == 'True').sum()} of {len(frame)}" for frame in frames]
    both = frames[0].merge(frames[1], on=CELL, suffixes=("_a", "_b"))
    both["change"] = both["mean_b"] - both["mean_a"]
    both["size"] = both["change"].abs()
    both = both.dropna(subset="change").sort_values("size", ascending=False, kind="stable")
    moved = both[both["size"] >= tolerance]
    rows = [
        [
            f"Table {cell.table}, {cell.label}, {cell.pr_sparse}, "
            + ("" if pd.isna(cell.sigma) else f"σ = {cell.sigma:g}, ")
            + cell.metric.removesuffix("_max_cosine"),
            mean_and_std(cell.mean_a, cell.sample_std_a),
            mean_and_std(cell.mean_b, cell.sample_std_b),
            number(cell.change, sign=True),
            number(cell.published_mean_a),
        ]
        for cell in moved.head(SHOWN).itertuples()
    ]
    lines = [
        f"Cells within the tolerance of the paper: A {within[0]}, B {within[1]}",
        f"  in both: {len(both)}; means moved by {tolerance:g} or more: {len(moved)}; largest "
        f"change: {both['change'].iloc[0] if len(both) else 0:+g}",
        *(["", columns(["Cell", "A", "B", "change", "published"], rows)] if rows else []),
    ]
    return "\n".join(lines)


def _verdicts(tables: list[Path]) -> str:
    frames = [read_csv(table, [], ["claim", "claim_verdict"]) for table in tables]
    verdicts = [f.drop_duplicates("claim").set_index("claim")["claim_verdict"] for f in frames]
    frame = pd.concat(verdicts, axis=1).fillna("(not there)")
    lines = [f"  {claim}: {a} -> {b}" for claim, a, b in frame.itertuples() if a != b]
    return "\n".join([f"Claims: {len(frame)}; verdicts that differ: {len(lines)}", *lines])
