"""Stage 4: a table as in the paper: mean and standard deviation of the final metrics."""

from importlib import resources
from pathlib import Path

import pandas as pd

from ssl_landscape.files import write_text

METRICS = ("max_max_cosine", "median_max_cosine", "min_max_cosine")
TITLES = {
    "max_max_cosine": "Maximum max-cosine",
    "median_max_cosine": "Median max-cosine",
    "min_max_cosine": "Minimum max-cosine",
}
NOTE = (
    "Mean ± sample standard deviation (n - 1) over the runs, at the last epoch; in brackets, "
    "the paper's published value. Bold: the highest mean of a column at each Pr(sparse)."
)


def render_table(spec: dict, finals: dict[str, Path], outputs: dict[str, Path]) -> None:
    """Write a table as CSV (every value), Markdown and LaTeX (booktabs).

    Args:
        spec: title, number of the published table (or None), rows.
        finals: model -> its ``results/metrics/<model>.final.csv``.
        outputs: ``csv``, ``md`` and ``tex`` -> file to write.
    """
    frame = build_table(spec, finals)
    write_text(outputs["csv"], frame.to_csv(index=False, lineterminator="\n"))
    write_text(outputs["md"], _markdown(spec, frame))
    write_text(outputs["tex"], _latex(spec, frame))


def build_table(spec: dict, finals: dict[str, Path]) -> pd.DataFrame:
    """Work out a table: one line a (row of the spec, sparsity, metric).

    Returns:
        Columns: model, label, the rows' further columns, pr_sparse, metric, runs, mean, std,
        best, published_mean, published_std, difference.
    """
    published = _published(spec["published"])
    lines = []
    for row in spec["rows"]:
        runs = pd.read_csv(finals[row["model"]], dtype={"sparsity": str})
        for sparsity, group in runs.groupby("sparsity", sort=True):
            for metric in METRICS:
                lines.append(_line(row, str(sparsity), metric, group[metric], published))
    frame = pd.DataFrame(lines)
    highest = frame.groupby(["pr_sparse", "metric"])["mean"].transform("max")
    frame.insert(frame.columns.get_loc("std") + 1, "best", frame["mean"] == highest)
    return frame


def _line(row: dict, sparsity: str, metric: str, values: pd.Series, published: dict) -> dict:
    key = (row["label"], float(sparsity), row["columns"].get("σ"), metric)
    their_mean, their_std = published.get(key, (None, None))
    mean = values.mean()
    return {
        "model": row["model"],
        "label": row["label"],
        **row["columns"],
        "pr_sparse": sparsity,
        "metric": metric,
        "runs": len(values),
        "mean": round(mean, 6),
        "std": round(values.std(ddof=1), 6),
        "published_mean": their_mean,
        "published_std": their_std,
        "difference": None if their_mean is None else round(mean - their_mean, 6),
    }


def _published(number: int | None) -> dict[tuple, tuple[float, float]]:
    """Read the paper's own numbers of a table, by (label, sparsity, sigma, metric)."""
    if number is None:
        return {}
    source = resources.files("ssl_landscape") / "published" / "tables.csv"
    with source.open(encoding="utf-8") as stream:
        frame = pd.read_csv(stream)
    frame = frame[frame["table"] == number]
    return {
        (
            r.model,
            r.pr_sparse,
            None if pd.isna(r.warm_start_sigma) else r.warm_start_sigma,
            r.metric,
        ): (r.mean, r.std)
        for r in frame.itertuples()
    }


def _grid(frame: pd.DataFrame, bold: str, plus_minus: str) -> tuple[list[str], list[list[str]]]:
    """Lay the lines out as the paper does: one line a (row, sparsity), one column a metric."""
    extra = list(frame.columns[2 : frame.columns.get_loc("pr_sparse")])
    header = ["Model", *extra, "Pr(sparse)", *(TITLES[metric] for metric in METRICS)]
    keys = ["model", "pr_sparse"]
    lines = []
    for _, group in frame.groupby(keys, sort=False):
        first, cells = group.iloc[0], group.set_index("metric")
        texts = [_cell_text(cells.loc[metric], bold, plus_minus) for metric in METRICS]
        lines.append(
            [first["label"], *(_plain(first[c]) for c in extra), first["pr_sparse"], *texts]
        )
    return header, lines


def _plain(value: object) -> str:
    return "" if pd.isna(value) else str(value)


def _cell_text(cell: pd.Series, bold: str, plus_minus: str) -> str:
    spread = "" if pd.isna(cell["std"]) else f" {plus_minus} {cell['std']:.3f}"
    ours = f"{cell['mean']:.3f}{spread}"
    if cell["best"]:
        ours = bold.format(ours)
    if pd.isna(cell["published_mean"]):
        return ours
    return f"{ours} [{cell['published_mean']:g} {plus_minus} {cell['published_std']:g}]"


def _markdown(spec: dict, frame: pd.DataFrame) -> str:
    header, lines = _grid(frame, "**{}**", "±")
    rows = [header, ["---"] * len(header), *lines]
    body = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    return f"{spec['title']}\n\n{body}\n\n{NOTE}\n"


def _latex(spec: dict, frame: pd.DataFrame) -> str:
    header, lines = _grid(frame, r"\textbf{{{}}}", r"$\pm$")
    columns = "l" * (len(header) - len(METRICS)) + "c" * len(METRICS)
    body = "\n".join("    " + " & ".join(_escape(cell) for cell in row) + r" \\" for row in lines)
    titles = " & ".join(_escape(title) for title in header)
    return "\n".join(
        [
            r"% Needs \usepackage{booktabs}.",
            r"\begin{table}",
            r"  \centering",
            rf"  \begin{{tabular}}{{{columns}}}",
            r"    \toprule",
            rf"    {titles} \\",
            r"    \midrule",
            body,
            r"    \bottomrule",
            r"  \end{tabular}",
            rf"  \caption{{{_escape(spec['title'])} {_escape(NOTE)}}}",
            r"\end{table}",
            "",
        ]
    )


def _escape(text: str) -> str:
    for plain, escaped in (("±", r"$\pm$"), ("σ", r"$\sigma$"), ("%", r"\%"), ("_", r"\_")):
        text = text.replace(plain, escaped)
    return text
