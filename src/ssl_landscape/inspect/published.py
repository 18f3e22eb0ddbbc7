"""How a build agrees with a published one: bytes, cells, verdicts and machines, on one screen."""

import hashlib
import json
from pathlib import Path

import pandas as pd

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.inspect.compare import is_published
from ssl_landscape.inspect.text import columns
from ssl_landscape.io.tabular import read_csv
from ssl_landscape.pipeline.layout import STAGES

KINDS = STAGES[::-1]  # the artefacts first; any other file is one of the report's texts
CELL = ["table", "label", "sigma", "pr_sparse", "metric"]
SHOWN = 10  # verdicts listed


def compare_published(first: Path, second: Path, tolerance: float) -> str:
    """Describe how two results folders agree, of which at least one is published.

    Args:
        first: a results folder.
        second: another one.
        tolerance: smallest change of a cell's mean that counts as moved.

    Raises:
        UserError: a manifest or a table is damaged.
    """
    parts = [_files(_hashes(first, second), _hashes(second, first))]
    for name, describe in (("cells", _cells), ("claims", _verdicts)):
        tables = [folder / f"comparison/{name}.csv" for folder in (first, second)]
        missing = " and ".join(str(table) for table in tables if not table.is_file())
        skipped = f"{name.title()}: not compared, {missing} not made yet"
        parts.append(skipped if missing else describe(tables[0], tables[1], tolerance))
    both = (("A", first), ("B", second))
    titles = [f"{side}: {f}{' (published)' * is_published(f)}" for side, f in both]
    machines = ["Machines", *(f"  {side}: {_machines(f)}" for side, f in both)]
    return "\n\n".join(["\n".join(titles), *parts, "\n".join(machines)]) + "\n"


def _hashes(folder: Path, other: Path) -> dict[str, str]:
    """Return file, relative to its results folder -> SHA-256.

    A published folder's manifest lists all files of the build that was published. Of a build,
    those files are hashed that the other folder, a published one, lists.
    """
    if is_published(folder):
        return _listed(folder)
    there = [file for file in _listed(other) if (folder / file).is_file()]
    return {file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in there}


def _listed(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted((folder / "provenance").glob("manifest*.json")):
        try:
            artefacts = json.loads(path.read_text(encoding="utf-8"))["artefacts"]
            for file, entry in artefacts.items():
                _, *parts = Path(file).parts  # without results/, and without a variant's folder
                of_variant = parts[0] not in KINDS and len(parts) > 2 and parts[1] in KINDS
                found["/".join(parts[of_variant:])] = str(entry["sha256"])
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise UserError(f"{path}: is not a manifest ({error!r}); {AGAIN}") from None
    return found


def _files(ours: dict[str, str], theirs: dict[str, str]) -> str:
    frame = pd.DataFrame({"A": ours, "B": theirs}).astype(object)
    kinds = [file.split("/")[0] for file in frame.index]
    frame["kind"] = [kind if kind in KINDS else "report" for kind in kinds]
    frame["agree"] = frame["A"] == frame["B"]
    for side in "AB":
        frame[f"missing in {side}"] = frame[side].isna()
    frame["differ"] = ~frame[["agree", "missing in A", "missing in B"]].any(axis=1)
    header = ["agree", "differ", "missing in A", "missing in B"]
    counts = frame.groupby("kind")[header].sum()
    counts = counts.loc[[kind for kind in (*KINDS, "report") if kind in counts.index]]
    rows = [[kind, *(number or "" for number in row)] for kind, *row in counts.itertuples()]
    return columns(["Files by their bytes", *header], [*rows, ["all", *counts.sum()]])


def _cells(first: Path, second: Path, tolerance: float) -> str:
    frames = []
    for path in (first, second):
        frame = read_csv(path, ["table", "sigma", "mean"], ["label", "pr_sparse", "metric"])
        if "within" not in frame.columns:
            raise UserError(f"{path}: has no column 'within'; {AGAIN}")
        frames.append(frame)
    within = [f"{(f['within'].astype(str) == 'True').sum()} of {len(f)}" for f in frames]
    text = f"Cells within the tolerance of the paper: A {within[0]}, B {within[1]}"
    both = frames[0].merge(frames[1], on=CELL, suffixes=("_a", "_b"))
    change = (both["mean_b"] - both["mean_a"]).dropna()
    moved = (change.abs() >= tolerance).sum()
    text += f"\n  in both: {len(change)}; means moved by {tolerance:g} or more: {moved}"
    if not change.any():
        return text
    place = change.abs().idxmax()
    cell = both.loc[place]
    sigma = "" if pd.isna(cell["sigma"]) else f" σ = {cell['sigma']:g},"
    return (
        f"{text}; largest change: {change[place]:+.6f} (Table {cell['table']}, {cell['label']},"
        f"{sigma} Pr(sparse) = {cell['pr_sparse']}, {cell['metric'].removesuffix('_max_cosine')})"
    )


def _verdicts(first: Path, second: Path, _: float) -> str:
    verdicts = [
        read_csv(path, [], ["claim", "claim_verdict"])
        .drop_duplicates("claim")
        .set_index("claim")["claim_verdict"]
        .rename(side)
        for side, path in (("A", first), ("B", second))
    ]
    frame = pd.concat(verdicts, axis=1).fillna("(not there)")
    changed = frame[frame["A"] != frame["B"]]
    lines = [f"  {claim}: {before} -> {after}" for claim, before, after in changed.itertuples()]
    lines[SHOWN:] = [f"  ... and {len(changed) - SHOWN} more"] * (len(changed) > SHOWN)
    how = ", A -> B" if lines else ""
    return "\n".join([f"Claims: {len(frame)}; verdicts that differ: {len(changed)}{how}", *lines])


def _machines(folder: Path) -> str:
    path = folder / "provenance/jobs.csv"
    if not path.is_file():
        return f"unknown ({path} not made yet)"
    jobs = read_csv(path, [], ["cpu", "python", "packages"]).fillna("?")
    torch = jobs["packages"].str.extract(r"\btorch=(\S+)", expand=False).fillna("?")
    found = (jobs["cpu"] + ", Python " + jobs["python"] + ", torch " + torch).value_counts()
    return "; ".join(f"{machine} ({count} jobs)" for machine, count in found.head(3).items())
