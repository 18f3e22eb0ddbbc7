"""``cells.csv`` with every value, and ``cells.md`` for a reader."""

from pathlib import Path

import pandas as pd

from ssl_landscape.comparison.cells import TOLERANCE, accepted_of_others, compare_cells
from ssl_landscape.comparison.inference import COLUMNS, EQUIVALENT, STATES, bias, infer, noise_floor
from ssl_landscape.experiment.max_cosine import METRIC_NAMES
from ssl_landscape.io.files import write_text
from ssl_landscape.io.markdown import markdown_table, mean_and_std, number
from ssl_landscape.pipeline.tables import read_finals

INTRODUCTION = """# Our Tables 1 to 3 against the published ones

Ours are means over the runs at the last epoch. *Std* is ours as sample standard deviation (n - 1),
the paper's as printed (it does not say which). The 90 cells are 30 rows, a model at one
Pr(sparse), of three numbers that rest on the same runs. Every value is in `cells.csv`.

- **State**, at the 5% level. *Equivalent* within 0.05 or 0.10: two one-sided Welch tests (TOST).
  Else *different*: Welch's test, adjusted for all cells (Holm). Else *undecided*: so few runs
  cannot tell. Printed means are rounded to 0.01, and the kind of std is not said; both are taken
  in the way that is least favourable to the finding.
- NCL-linear's 0.08 ± 0.3 at Pr(sparse) = 0.2 is taken for a misprint of its std, since no five
  values from 0 to 1 have this mean and std; it is compared as printed.
- **Predicted**: our mean lies in the 95% prediction interval that the paper's runs give for new
  runs; and theirs in ours.
- **Within** the *tolerance*, max(0.05, published std + our std), but at most 0.10: a simple rule.
  Beside it, within 0.05 alone.
- The *interval* is the 95% percentile bootstrap of our mean over the runs (10,000 seeded
  resamples); with five runs or fewer it is too narrow to be taken at its word.
"""
ITSELF = """
## The paper against itself

With d = 10, one latent entry is +1 and one is -1 at Pr(sparse) = 0.1 and at 0.2 alike (exact
counts): the published rows of both are samples of one distribution, if the paper drew its data so.
Their differences are then noise, with which ours can be compared
([picture](comparison.png)).

"""
LEANING = """
## Do ours lean to one side?

Counting cells does not show it if ours are always higher, or always lower. p is Wilcoxon's
signed-rank test, adjusted for all lines (Holm). It takes cells as independent, which the three of a
row are not, so that it is rather too small.

"""
SEEDS = """
## What five runs would have said

A subset of 5 of a cell's runs **misleads** if its own verdict (its mean, and the tolerance from its
own std) is not that of all runs. The share is over all subsets up to 20,000 of them, else over
20,000 drawn with a seed.
"""
HEADER = (
    "Cell", "Published", "Ours", "Interval", "Difference", "State", "Tolerance", "Within", "Runs",
    "5 runs mislead",
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
    frame = frame.join(infer(frame))
    write_text(outputs[0], frame.to_csv(index=False, lineterminator="\n"))
    write_text(outputs[1], report(frame))


def report(frame: pd.DataFrame) -> str:
    """Return the report on the lines of ``cells.csv``."""
    parts = [INTRODUCTION, _summary(frame), _rows(frame), _itself(frame), _bias(frame)]
    parts.append(_seeds(frame))
    for table, cells in frame.groupby("table"):
        rows = [_row(cell) for _, cell in cells.iterrows()]
        parts.append(f"## Table {table}\n\n{markdown_table(HEADER, rows)}\n")
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _summary(frame: pd.DataFrame) -> str:
    groups = [(f"Table {n}", cells) for n, cells in frame.groupby("table")]
    groups += [(f"all: {METRIC_NAMES[m]}", cells) for m, cells in frame.groupby("metric")]
    header = ["", "Cells", "Run", *(state.capitalize() for state in STATES), "Ours predicted"]
    header += ["Theirs predicted", "Within", f"Within {TOLERANCE}"]
    rows = [[name, len(cells), *_counts(cells)] for name, cells in [*groups, ("all", frame)]]
    return markdown_table(header, rows)


def _counts(cells: pd.DataFrame) -> list[int]:
    close = cells["difference"].abs().round(9) <= TOLERANCE
    columns = [cells["runs"] > 0, *(cells["state"] == state for state in STATES)]
    columns += [cells[name] for name in COLUMNS if name.endswith("prediction")]
    columns += [cells["within"], close]
    return [int(column.eq(True).sum()) for column in columns]  # missing is not True


def _rows(frame: pd.DataFrame) -> str:
    run = frame[frame["runs"] > 0]
    if run.empty:
        return ""
    rows = run.groupby(["table", "label", run["sigma"].fillna(0), "pr_sparse"])
    within = rows["within"].all()
    equivalent = run["state"].isin(EQUIVALENT).groupby(rows.ngroup()).all()
    text = (
        f"\nOf the {len(within)} rows, {within.sum()} have all three cells within the tolerance, "
        f"and {equivalent.sum()} have all three equivalent within 0.10."
    )
    if not pd.isna(share := accepted_of_others(run)):
        text += (
            f" The tolerance also accepts {share:.0%} of other models' published rows at the same "
            "Pr(sparse)."
        )
    return text + "\n"


def _itself(frame: pd.DataFrame) -> str:
    run = frame[frame["runs"] > 0]
    groups = [
        ("the paper's 0.1 against its 0.2", noise_floor(frame)),
        ("ours against the paper's", run["difference"].abs()),
    ]
    header = ["Absolute differences", "Number", "Median", "75%", "90%", "Largest"]
    rows = [
        [name, len(values), *(number(values.quantile(q)) for q in (0.5, 0.75, 0.9, 1))]
        for name, values in groups
    ]
    return ITSELF + markdown_table(header, rows) + "\n"


def _bias(frame: pd.DataFrame) -> str:
    header = ["Table", "Metric", "Cells", "Ours is higher", "Mean difference", "p"]
    rows = []
    for line in bias(frame).itertuples():
        numbers = line.cells, line.positive, number(line.mean, sign=True), number(line.p, 2)
        rows.append([line.table, METRIC_NAMES[line.metric], *numbers])
    return LEANING + markdown_table(header, rows) + "\n"


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
        "" if pd.isna(cell["state"]) else cell["state"],
        number(cell["tolerance"]),
        _yes(cell["within"]),
        str(cell["runs"]),
        "" if not cell["subsets"] else f"{cell['misleading_share']:.1%}",
    ]


def _yes(value: object) -> str:
    return "" if pd.isna(value) else ("yes" if value else "**no**")
