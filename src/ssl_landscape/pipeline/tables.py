"""Stage 4: a table as in the paper: mean and standard deviation of the final metrics."""

import functools
from importlib import resources
from pathlib import Path

import pandas as pd

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.experiment.max_cosine import METRIC_TITLES, METRICS
from ssl_landscape.io.files import write_text
from ssl_landscape.io.markdown import markdown_table, mean_and_std
from ssl_landscape.io.tabular import read_csv

COLUMNS = {  # of every table's CSV; others are a row's own
    "model", "label", "pr_sparse", "metric", "runs", "mean", "std", "best", "published_mean",
    "published_std", "difference",
}  # fmt: skip
NOTE = (
    "Mean ± sample standard deviation (n - 1) over the runs, at the last epoch; in brackets, "
    "the paper's published value. Bold: the highest mean of a column at each Pr(sparse)."
)
MISPRINT = "† no {runs} numbers from 0 to 1 have this mean and std: taken for a misprint."
PUBLISHED_RUNS = 5
LATEX = str.maketrans(  # in one pass, so that nothing is escaped twice
    {
        "±": r"$\pm$",
        "†": r"$\dagger$",
        "\N{MINUS SIGN}": "$-$",
        "σ": r"$\sigma$",
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{character: f"\\{character}" for character in "%_&#${}"},
    }
)


def render_table(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Write a table as CSV (every value), Markdown and LaTeX (booktabs).

    Args:
        spec: title, number of the published table (or None), rows, the latents' laws in words.
        inputs: ``metrics/<model>.final.csv`` of each row's model.
        outputs: the ``.csv``, ``.md`` and ``.tex`` to write.

    Raises:
        UserError: an input cannot be read.
    """
    frame = build_table(spec, inputs)
    csv, md, tex = outputs
    write_text(csv, frame.to_csv(index=False, lineterminator="\n"))
    grid = markdown_table(*_grid(frame, "**{}**", {}))
    misprints = any(map(_is_impossible, frame["published_mean"], frame["published_std"]))
    notes = [NOTE, *([MISPRINT.format(runs=PUBLISHED_RUNS)] if misprints else []), spec["laws"]]
    note = " ".join(notes)
    write_text(md, f"{spec['title']}\n\n{grid}\n\n{note}\n")
    write_text(tex, _latex(f"{spec['title']} {note}", frame))


def build_table(spec: dict, inputs: list[Path]) -> pd.DataFrame:
    """Return a table, one line per (row of the spec, sparsity, metric).

    Args:
        spec: as for :func:`render_table`.
        inputs: as for :func:`render_table`.

    Returns:
        ``COLUMNS``, and the rows' further columns after the label.
    """
    published = published_values(spec["published"])
    lines = []
    for row, path in zip(spec["rows"], inputs, strict=True):
        for sparsity, group in read_finals(path).groupby("sparsity", sort=True):
            for metric in METRICS:
                lines.append(_line(row, str(sparsity), metric, group[metric], published))
    frame = pd.DataFrame(lines)
    highest = frame.groupby(["pr_sparse", "metric"])["mean"].transform("max")
    frame.insert(frame.columns.get_loc("std") + 1, "best", frame["mean"] == highest)
    return frame


def read_finals(source: Path, *more: str) -> pd.DataFrame:
    """Read ``metrics/<model>.final.csv``: one row per run, with ``more`` columns if asked.

    Raises:
        UserError: the file is missing, damaged or empty, or lacks a column.
    """
    frame = read_csv(source, numbers=[*METRICS, *more], texts=["sparsity"])
    cosines = [name for name in (*METRICS, *more) if name.endswith("max_cosine")]
    if frame[cosines].isna().any(axis=None):  # a norm may be that of no network
        raise UserError(f"{source}: lacks a number; {AGAIN}")
    return frame


def _line(row: dict, sparsity: str, metric: str, values: pd.Series, published: dict) -> dict:
    key = (row["label"], float(sparsity), row["columns"].get("σ"), metric)
    their_mean, their_std = published.get(key, (None, None))
    mean, std = values.mean(), values.std(ddof=1)
    return {
        "model": row["model"],
        "label": row["label"],
        **row["columns"],
        "pr_sparse": sparsity,
        "metric": metric,
        "runs": len(values),
        "mean": round(mean, 6),
        "std": round(std, 6),
        "published_mean": their_mean,
        "published_std": their_std,
        "difference": None if their_mean is None else round(mean - their_mean, 6),
    }


@functools.cache
def published_values(number: int | None) -> dict[tuple, tuple[float, float]]:
    """Return the paper's mean and std of a table's cells, by (label, sparsity, sigma, metric)."""
    if number is None:
        return {}
    source = resources.files("ssl_landscape.pipeline") / "published_tables.csv"
    with source.open(encoding="utf-8") as stream:
        frame = pd.read_csv(stream)
    cells = {}
    for r in frame[frame["table"] == number].itertuples():
        sigma = None if pd.isna(r.warm_start_sigma) else r.warm_start_sigma
        cells[r.model, r.pr_sparse, sigma, r.metric] = r.mean, r.std
    return cells


def _grid(
    frame: pd.DataFrame, bold: str, special: dict[int, str]
) -> tuple[list[str], list[list[str]]]:
    """Return header and lines as in the paper: a line per (row, sparsity), a column per metric.

    ``bold`` is the format of a best value, ``special`` how characters are written.
    """
    extra = [column for column in frame.columns if column not in COLUMNS]
    header = ["Model", *extra, "Pr(sparse)", *(METRIC_TITLES[metric] for metric in METRICS)]
    lines = []
    for _, group in frame.groupby(["model", "pr_sparse"], sort=False):
        first, cells = group.iloc[0], group.set_index("metric")
        plain = [first["label"], *("" if pd.isna(first[c]) else first[c] for c in extra)]
        plain = [str(text).translate(special) for text in (*plain, first["pr_sparse"])]
        lines.append(plain + [_cell(cells.loc[metric], bold, special) for metric in METRICS])
    return [title.translate(special) for title in header], lines


def _cell(cell: pd.Series, bold: str, special: dict[int, str]) -> str:
    ours, published = mean_and_std(cell["mean"], cell["std"]).translate(special), ""
    if not pd.isna(cell["published_mean"]):
        their_mean, their_std = cell["published_mean"], cell["published_std"]
        mark = "†" if _is_impossible(their_mean, their_std) else ""
        published = f" [{their_mean:g} ± {their_std:g}{mark}]".translate(special)
    return (bold.format(ours) if cell["best"] else ours) + published


def _is_impossible(mean: float, std: float) -> bool:
    """Return whether no runs with cosines from 0 to 1 have this mean and std, as rounded."""
    if pd.isna(std) or not 0 < mean < 1:
        return False
    total = PUBLISHED_RUNS * (mean + 0.005)
    squares = total // 1 + (total % 1) ** 2  # the widest spread: ones, zeros, and the rest
    variance = (squares - total**2 / PUBLISHED_RUNS) / (PUBLISHED_RUNS - 1)
    return bool(std - 0.05 > variance**0.5)


def _latex(caption: str, frame: pd.DataFrame) -> str:
    header, lines = _grid(frame, r"\textbf{{{}}}", LATEX)
    columns = "l" * (len(header) - len(METRICS)) + "c" * len(METRICS)
    body = "\n".join("    " + " & ".join(line) + r" \\" for line in lines)
    return rf"""% Needs \usepackage{{booktabs}}.
\begin{{table}}
  \centering
  \begin{{tabular}}{{{columns}}}
    \toprule
    {" & ".join(header)} \\
    \midrule
{body}
    \bottomrule
  \end{{tabular}}
  \caption{{{caption.translate(LATEX)}}}
\end{{table}}
"""
