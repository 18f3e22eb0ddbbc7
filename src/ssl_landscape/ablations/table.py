"""An ablation's table: each reading's cells beside the published ones, and its distance to them."""

from pathlib import Path

import pandas as pd

from ssl_landscape.errors import UserError
from ssl_landscape.io.files import write_text
from ssl_landscape.io.tabular import read_csv, read_frame
from ssl_landscape.pipeline.tables import METRICS, TITLES, published_values, read_finals

TOLERANCE = 0.05  # a cell agrees within this, or within the sum of both standard deviations
NOTE = (
    "Mean ± sample standard deviation over the runs at the last epoch; in brackets the paper's "
    "value. Distance: root mean square of the differences to the published means. A cell agrees if "
    f"its difference is within max({TOLERANCE}, the sum of both standard deviations)."
)


def render_ablation(
    spec: dict, finals: list[Path], curves: list[Path], outputs: dict[str, Path]
) -> None:
    """Write an ablation as CSV (every cell) and Markdown (one line a reading, then the cells).

    Args:
        spec: question, sparsities, seeds and variations, as the plan gives them.
        finals: each variation's ``<model>.final.csv``, in the spec's order.
        curves: each variation's ``<model>.parquet``, in the same order.
        outputs: ``csv`` and ``md`` -> file to write.
    """
    cells = compare_readings(spec, finals, curves)
    write_text(outputs["csv"], cells.to_csv(index=False, lineterminator="\n"))
    write_text(outputs["md"], _markdown(spec["question"], cells))


def compare_readings(spec: dict, finals: list[Path], curves: list[Path]) -> pd.DataFrame:
    """Work out an ablation: one line a (reading, model, sparsity, metric).

    Args:
        spec, finals, curves: as for :func:`render_ablation`.

    Returns:
        Columns: reading, label, in_use, model (its label), base (its name), pr_sparse, metric,
        runs, start (mean before training), mean, std, published_start, published_mean,
        published_std, difference, within.

    Raises:
        UserError: a file lacks runs that the ablation compares.
    """
    lines = []
    for variation, final, curve in zip(spec["variations"], finals, curves, strict=True):
        runs, starts = runs_compared(spec, final), _starts(curve)
        for sparsity in spec["sparsities"]:
            group = runs[runs["sparsity"] == sparsity]
            for metric in METRICS:
                theirs = _published(spec, variation, sparsity, metric)
                lines.append(
                    {
                        "reading": variation["reading"],
                        "label": variation["label"],
                        "in_use": variation["in_use"],
                        "model": variation["model_label"],
                        "base": variation["model"],
                        "pr_sparse": sparsity,
                        "metric": metric,
                        "runs": len(group),
                        "start": round(starts[sparsity, metric], 6),
                        **_compare(group[metric], theirs),
                    }
                )
    return pd.DataFrame(lines)


def summarise(cells: pd.DataFrame) -> pd.DataFrame:
    """Return one line a reading: distance to the published cells, and how many of them agree."""
    lines = []
    for reading, group in cells.groupby("reading", sort=False):
        known = group.dropna(subset="published_mean")
        within = known["within"].astype(bool)
        lines.append(
            {
                "reading": reading,
                "label": group["label"].iloc[0],
                "in_use": bool(group["in_use"].any()),
                "cells": len(known),
                "agree": int(within.sum()),
                "distance": (known["difference"] ** 2).mean() ** 0.5,
            }
        )
    return pd.DataFrame(lines)


def read_cells(source: Path) -> pd.DataFrame:
    """Read an ablation's CSV: what :func:`compare_readings` gave.

    Raises:
        UserError: it is missing, damaged or empty, or lacks a column.
    """
    texts = ["reading", "label", "model", "base", "pr_sparse", "metric"]
    return read_csv(source, ["published_mean", "difference"], texts)


def runs_compared(spec: dict, source: Path) -> pd.DataFrame:
    """Read the final metrics of the runs that an ablation compares, one row a run.

    Raises:
        UserError: the file cannot be read, or lacks some of them.
    """
    seeds = spec["seeds"]
    seeds = seeds if isinstance(seeds, list) else list(range(1, seeds + 1))
    runs = read_finals(source)
    runs = runs[runs["sparsity"].isin(spec["sparsities"]) & runs["seed"].isin(seeds)]
    if len(runs) != len(seeds) * len(spec["sparsities"]):
        raise UserError(
            f"{source}: has {len(runs)} of the {len(seeds) * len(spec['sparsities'])} runs that "
            "the ablation compares; let Snakemake make it"
        )
    return runs


def _starts(source: Path) -> dict[tuple[str, str], float]:
    frame = read_frame(source, ["epoch", "mean"], ["sparsity", "quantity"])
    first = frame[frame["epoch"] == 0]
    return {(r.sparsity, r.quantity): r.mean for r in first.itertuples(index=False)}


def _published(spec: dict, variation: dict, sparsity: str, metric: str) -> tuple:
    """Return the paper's start, mean and standard deviation, each None where it is silent."""
    for entry in spec["expected"]:
        if (entry["model"], entry["metric"]) == (variation["model"], metric):
            return entry["start"], entry["end"], None
    if not variation["published"]:
        return None, None, None
    table, label, sigma = variation["published"]
    cell = published_values(table).get((label, float(sparsity), sigma, metric), (None, None))
    return None, *cell


def _compare(values: pd.Series, theirs: tuple) -> dict:
    start, mean, std = theirs
    ours, spread = values.mean(), values.std(ddof=1)
    line = {
        "mean": round(ours, 6),
        "std": round(spread, 6),
        "published_start": start,
        "published_mean": mean,
        "published_std": std,
        "difference": None,
        "within": None,
    }
    if mean is not None:
        tolerance = max(TOLERANCE, (0 if pd.isna(spread) else spread) + (std or 0))
        line |= {"difference": round(ours - mean, 6), "within": bool(abs(ours - mean) <= tolerance)}
    return line


def _markdown(question: str, cells: pd.DataFrame) -> str:
    parts = [f"{question}\n"]
    head = ["Reading", "In use", "Cells that agree", "Distance"]
    lines = []
    for row in summarise(cells).itertuples():
        agree = f"{row.agree} of {row.cells}" if row.cells else "none published"
        distance = f"{row.distance:.3f}" if row.cells else ""
        lines.append([row.label, "yes" if row.in_use else "", agree, distance])
    parts.append(markdown_table(head, lines))
    for model, group in cells.groupby("model", sort=False):
        head = ["Reading", "Pr(sparse)", "Runs", "Minimum at the start"]
        head += [TITLES[metric] for metric in METRICS]
        lines = []
        for (_, sparsity), cell in group.groupby(["reading", "pr_sparse"], sort=False):
            by_metric = cell.set_index("metric")
            least = by_metric.loc["min_max_cosine"]
            start = f"{least['start']:.3f}"
            if not pd.isna(least["published_start"]):
                start += f" [{least['published_start']:g}]"
            texts = [_cell(by_metric.loc[metric]) for metric in METRICS]
            lines.append(
                [cell["label"].iloc[0], sparsity, str(cell["runs"].iloc[0]), start, *texts]
            )
        parts.append(f"{model}\n\n{markdown_table(head, lines)}")
    return "\n".join([*parts, NOTE, ""])


def _cell(cell: pd.Series) -> str:
    text = f"{cell['mean']:.3f}" + ("" if pd.isna(cell["std"]) else f" ± {cell['std']:.3f}")
    if pd.isna(cell["published_mean"]):
        return text
    spread = "" if pd.isna(cell["published_std"]) else f" ± {cell['published_std']:g}"
    return f"{text} [{cell['published_mean']:g}{spread}]{'' if cell['within'] else ' ✗'}"


def markdown_table(head: list[str], lines: list[list[str]]) -> str:
    """Lay out a Markdown table."""
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"
