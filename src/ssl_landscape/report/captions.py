"""Captions of pictures: what is drawn, from which models, and the numbers that a curve ends at."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from ssl_landscape.comparison.cells import read_cells
from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.io.tabular import read_frame
from ssl_landscape.report.rst import bullets, escape, table, write_rst

SHOWN = "min_max_cosine"  # the quantity that counts (Eq. 12, its minimum over the columns)


def write_figure_captions(spec: dict[str, Any], metrics: list[Path], outputs: list[Path]) -> None:
    """Write the caption of each figure.

    Args:
        spec: models, in the order of ``metrics``; figures: title, models (model, label, settings),
            numbers of the claims judged on them.
        metrics: each model's ``results/metrics/<model>.parquet``.
        outputs: one file a figure, named after it.
    """
    ends = {name: _ends(path) for name, path in zip(spec["models"], metrics, strict=True)}
    for output in outputs:
        write_rst(output, *_figure(spec["figures"][output.stem], ends))


def _ends(source: Path) -> pd.DataFrame:
    """Read both ends of a model's mean curve, one row a sparsity."""
    columns = ["sparsity", "quantity", "epoch", "mean", "min", "max", "runs"]
    frame = read_frame(source, columns[2:], columns[:2])
    frame = frame[frame["quantity"] == SHOWN].sort_values(["sparsity", "epoch"])
    last = frame.groupby("sparsity").tail(1).set_index("sparsity")
    return last.join(frame.groupby("sparsity")["mean"].first().rename("start"))


def _figure(figure: dict[str, Any], ends: dict[str, pd.DataFrame]) -> list[str]:
    rows = [
        (
            entry["label"],
            sparsity,
            f"{r.start:.3f}",
            f"{r.mean:.3f}",
            f"{r.min:.3f} to {r.max:.3f}",
            r.runs,
        )
        for entry in figure["models"]
        for sparsity, r in _rows(ends[entry["model"]])
    ]
    epochs = max(ends[entry["model"]]["epoch"].max() for entry in figure["models"])
    header = ["Model", "Pr(sparse)", "Before training", "At the end", "Its runs", "Runs"]
    models = [
        f"{escape(entry['label'])} (``{entry['model']}``): {escape(entry['settings'])}."
        for entry in figure["models"]
    ]
    return [
        f"**{escape(figure['title'])}.** Mean over the runs, {epochs} epochs; the band spans their "
        "minimum and maximum.",
        "Minimum max-cosine, mean over the runs and its lowest and highest run at the end:",
        table(header, rows),
        bullets(models),
        _claims(figure["claims"]),
    ]


def _rows(frame: pd.DataFrame) -> Iterator[tuple]:
    return zip(frame.index, frame.itertuples(), strict=True)


def _claims(numbers: list[int]) -> str:
    if not numbers:
        return ""
    word = "Claim" if len(numbers) == 1 else "Claims"
    return f"{word} {', '.join(map(str, numbers))} of the paper: see category 3, item 1."


def write_theory_captions(measured: list[Path], outputs: list[Path]) -> None:
    """Write the caption of each statement's picture: its claims with their verdicts."""
    verdicts = [read_verdict(source) for source in measured]  # all, before anything is written
    for verdict, output in zip(verdicts, outputs, strict=True):
        claims = [
            f"**{escape(claim['status'])}**: {escape(claim['text'])} ({escape(claim['source'])}). "
            f"{escape(claim['evidence'])}."
            for claim in verdict["claims"]
        ]
        write_rst(
            output,
            f"**{escape(verdict['title'])}: {escape(verdict['status'])}.** "
            f"Disagreements with the print: {len(verdict['disagreements'])}; they are in item 1.",
            bullets(claims),
        )


def read_verdict(source: Path) -> dict[str, Any]:
    """Read the verdict of a statement's JSON file.

    Raises:
        UserError: the file cannot be read or holds no verdict.
    """
    try:
        return json.loads(source.read_text(encoding="utf-8"))["verdict"]
    except FileNotFoundError:
        raise UserError(f"{source}: no such file; let Snakemake make it") from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(f"{source}: holds no verdict ({error}); {AGAIN}") from None


def write_fidelity_caption(cells: Path, output: Path) -> None:
    """Write the caption of the picture of all published cells."""
    frame = read_cells(cells)
    run = frame[frame["runs"] > 0]
    tables = [
        f"Table {number}: {count_within(group)} of {len(group)} cells"
        for number, group in run.groupby("table")
    ]
    write_rst(
        output,
        f"**{count_within(run)} of {len(run)} published cells are matched**, within max(0.05, the "
        "sum of both standard deviations). On the line, our mean is the published one; hollow "
        "markers are outside.",
        bullets(tables),
    )


def count_within(cells: pd.DataFrame) -> int:
    """Count the cells within their tolerance; one that was not run has no answer."""
    return int((cells["within"] == True).sum())  # noqa: E712 (missing is not True)
