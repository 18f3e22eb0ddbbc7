"""``cells.csv`` with every value, and ``cells.md`` for a reader."""

from pathlib import Path

import pandas as pd

from ssl_landscape.comparison.cells import TOLERANCE, compare_cells
from ssl_landscape.experiment.max_cosine import METRIC_NAMES
from ssl_landscape.io.files import write_text
from ssl_landscape.io.markdown import markdown_table, mean_and_std, number
from ssl_landscape.pipeline.tables import read_finals

INTRODUCTION = """# Our Tables 1 to 3 against the published ones

Ours are means over the runs at the last epoch. *Std* is ours as sample standard deviation (n - 1),
the paper's as printed (it does not say which). A cell is **within** if the means differ by at most
max(0.05, published std + our std). Where the published std is large this says little, so that the
share within 0.05 alone stands beside it. The *interval* is the 95% percentile bootstrap of our
mean over the runs (10,000 seeded resamples); with five runs or fewer it is too narrow to be taken
at its word. Every value is in `cells.csv`.
"""
SEEDS = """
## What five runs would have said

A subset of 5 of a cell's runs **misleads** if its own verdict (its mean, and the tolerance from its
own std) is not that of all runs. The share is over all subsets up to 20,000 of them, else over
20,000 drawn with a seed.
"""
HEADER = (
    "Cell", "Published", "Ours", "Interval", "Difference", "Tolerance", "Within",
    "Published in interval", "Runs", "5 runs mislead",
)  # fmt: skip


def write_cells(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Compare all published cells and write ``cells.csv`` and ``cells.md``.

    Args:
        spec: tables (number of the published one, and rows: model, label, sigma), and models.
        inputs: ``metrics/<model>.final.csv`` of the spec's models, in its order.
        outputs: the ``.csv`` and ``.md`` to write.
    """
    finals = dict(zip(spec["models"], map(read_finals, inputs), strict=True))
    frame = compare_cells(spec["tables"], finals)
    write_text(outputs[0], frame.to_csv(index=False, lineterminator="\n"))
    write_text(outputs[1], report(frame))


def report(frame: pd.DataFrame) -> str:
    """Return the report on the lines of ``cells.csv``."""
    parts = [INTRODUCTION, _summary(frame), _seeds(frame)]
    for table, cells in frame.groupby("table"):
        rows = [_row(cell) for _, cell in cells.iterrows()]
        parts.append(f"## Table {table}\n\n{markdown_table(HEADER, rows)}\n")
    return "\n".join(parts)


def _summary(frame: pd.DataFrame) -> str:
    groups = [(f"Table {n}", cells) for n, cells in frame.groupby("table")]
    groups += [(f"all: {METRIC_NAMES[m]}", cells) for m, cells in frame.groupby("metric")]
    header = ["", "Cells", "Run", "Within", f"Within {TOLERANCE}", "Published in our interval"]
    rows = [[name, len(cells), *_counts(cells)] for name, cells in [*groups, ("all", frame)]]
    return markdown_table(header, rows)


def _counts(cells: pd.DataFrame) -> list[int]:
    close = cells["difference"].abs().round(9) <= TOLERANCE
    columns = [cells["runs"] > 0, cells["within"], close, cells["published_in_interval"]]
    return [int(column.eq(True).sum()) for column in columns]  # missing is not True


def _seeds(frame: pd.DataFrame) -> str:
    more = frame[frame["subsets"] > 0]
    if more.empty:
        return SEEDS + "\nNo cell has more than 5 runs; `seeds: 20` in `config.yaml` makes them.\n"
    shares = more["misleading_share"]
    worst = more.loc[shares.idxmax()]
    return SEEDS + (
        f"\nOver the {len(more)} cells with more than 5 runs ({more['runs'].min()} to "
        f"{more['runs'].max()}), 5 runs mislead in {shares.mean():.1%} of the subsets; in "
        f"{(shares == 0).sum()} cells never, in {(shares > 0.1).sum()} in more than a tenth. Most "
        f"in {shares.max():.1%}: Table {worst['table']}, {cell_name(worst)}. All runs together "
        f"agree with the paper in {more['within'].eq(True).sum()} of these cells.\n"
    )


def cell_name(cell: pd.Series) -> str:
    """Return the name of a cell for a reader, without its table."""
    sigma = "" if pd.isna(cell["sigma"]) else f", σ = {cell['sigma']:g}"
    metric = METRIC_NAMES[cell["metric"]]
    return f"{cell['label']}{sigma}, Pr(sparse) = {cell['pr_sparse']}, {metric}"


def published(cell: pd.Series) -> str:
    """Return a cell's published mean and standard deviation."""
    return f"{cell['published_mean']:g} ± {cell['published_std']:g}"


def _row(cell: pd.Series) -> list[str]:
    start = [cell_name(cell), published(cell)]
    if not cell["runs"]:
        return [*start, "not run", *[""] * 7]
    interval = f"{number(cell['lower'])} to {number(cell['upper'])}"
    return [
        *start,
        mean_and_std(cell["mean"], cell["sample_std"]),
        "" if pd.isna(cell["sample_std"]) else interval,
        number(cell["difference"], sign=True),
        number(cell["tolerance"]),
        _yes(cell["within"]),
        _yes(cell["published_in_interval"]),
        str(cell["runs"]),
        "" if not cell["subsets"] else f"{cell['misleading_share']:.1%}",
    ]


def _yes(value: object) -> str:
    return "" if pd.isna(value) else ("yes" if value else "**no**")
