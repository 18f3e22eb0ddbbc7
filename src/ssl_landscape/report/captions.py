"""Captions of pictures: what is drawn, from which models, and the numbers of the curves."""

from pathlib import Path
from typing import Any

import pandas as pd

from ssl_landscape.comparison.cells import RULE, read_cells
from ssl_landscape.io.tabular import read_frame
from ssl_landscape.report.curves import write_curves
from ssl_landscape.report.rst import bullets, escape, table, write_rst
from ssl_landscape.theory.verdict import read_statement

SHOWN = "min_max_cosine"  # the quantity that counts (Eq. 12, its minimum over the columns)
WITHIN = f"within {RULE}"


def write_captions(spec: dict[str, Any], inputs: list[Path], outputs: list[Path]) -> None:
    """Write the captions of all figures, of the theory's and the comparison's; and ``curves.csv``.

    Args:
        spec: ``models`` of the metrics, with their seeds; ``figures``, name -> title, models
            (model, label, settings), and numbers of the claims judged on it; ``statements``.
        inputs: ``metrics/<model>.parquet`` of each model, the JSON of each statement, cells.csv.
        outputs: a file for each figure (named after it), for each statement, and one for all cells;
            the curves as numbers.
    """
    models, figures = spec["models"], spec["figures"]
    metrics, statements, cells = inputs[: len(models)], inputs[len(models) : -1], inputs[-1]
    ends = {name: _ends(path) for name, path in zip(models, metrics, strict=True)}
    captions = [_figure(figures[path.stem], ends) for path in outputs[: len(figures)]]
    captions += [_statement(read_statement(path)["verdict"]) for path in statements]
    captions.append(_comparison(read_cells(cells)))
    for path, blocks in zip(outputs[:-1], captions, strict=True):
        write_rst(path, *blocks)
    write_curves(models, metrics, outputs[-1])


def _ends(source: Path) -> pd.DataFrame:
    """Read both ends of a model's mean curve, one row per sparsity."""
    columns = ["sparsity", "quantity", "epoch", "mean", "min", "max", "runs"]
    frame = read_frame(source, columns[2:], columns[:2])
    frame = frame[frame["quantity"] == SHOWN].sort_values(["sparsity", "epoch"])
    last = frame.groupby("sparsity").tail(1).set_index("sparsity")
    return last.join(frame.groupby("sparsity")["mean"].first().rename("start"))


def _figure(figure: dict[str, Any], ends: dict[str, pd.DataFrame]) -> list[str]:
    header = ["Model", "Pr(sparse)", "Before training", "At the end", "Its runs", "Runs"]
    rows, models = [], []
    for entry in figure["models"]:
        name = entry["model"]
        models.append(f"{escape(entry['label'])} (``{name}``): {escape(entry['settings'])}.")
        for r in ends[name].itertuples():
            span = f"{r.min:.3f} to {r.max:.3f}"
            rows.append([entry["label"], r.Index, f"{r.start:.3f}", f"{r.mean:.3f}", span, r.runs])
    epochs = max(ends[entry["model"]]["epoch"].max() for entry in figure["models"])
    numbers = figure["claims"]
    word = "Claim" if len(numbers) == 1 else "Claims"
    claims = f"{word} {', '.join(map(str, numbers))} of the paper: see category 3, item 1."
    return [
        f"**{escape(figure['title'])}.** {epochs} epochs: each run (thin), their median (thick), "
        "the paper's values at the end where its tables have them (diamonds), and what random "
        "neurons reach (dotted).",
        "Minimum max-cosine, mean over the runs and its lowest and highest run at the end:",
        table(header, rows),
        bullets(models),
        claims if numbers else "",
    ]


def _statement(verdict: dict[str, Any]) -> list[str]:
    claims = [
        f"**{escape(claim['status'])}**: {escape(claim['text'])} ({escape(claim['source'])}). "
        f"{escape(claim['evidence'])}."
        for claim in verdict["claims"]
    ]
    heading = f"**{escape(verdict['title'])}: {escape(verdict['status'])}.**"
    count = f"Disagreements with the print: {len(verdict['disagreements'])}; they are in item 1."
    return [f"{heading} {count}", bullets(claims)]


def _comparison(cells: pd.DataFrame) -> list[str]:
    total, by_table = matches(cells)
    return [
        f"**{total} published cells are matched**, {WITHIN}. On the line, our mean is the "
        "published one; hollow markers are outside.",
        bullets(f"Table {number}: {share} cells" for number, share in by_table.items()),
    ]


def matches(cells: pd.DataFrame) -> tuple[str, dict[int, str]]:
    """Return how many of the cells that were run match ("14 of 60"): of all, and by table."""
    run = cells[cells["runs"] > 0]
    return _share(run), {number: _share(group) for number, group in run.groupby("table")}


def _share(cells: pd.DataFrame) -> str:
    return f"{cells['within'].eq(True).sum()} of {len(cells)}"  # missing is not True
