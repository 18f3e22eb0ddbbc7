"""All ablations on one page: how close each reading comes, and what was tried for each cell."""

from pathlib import Path

import pandas as pd

from ssl_landscape.ablations.table import markdown_table, read_cells, summarise
from ssl_landscape.comparison.cells import read_cells as read_published
from ssl_landscape.comparison.cells_report import cell_name
from ssl_landscape.io.files import write_text
from ssl_landscape.io.markdown import number as rounded

NOTE = (
    "Distance: root mean square of the differences between our means and the published ones, over "
    "the cells of the models compared. No reading was chosen for a single cell: the reading in use "
    "is the same for all artefacts that it concerns."
)
TRIED = "## Published cells that do not match, and what was tried for each"


def write_summary(
    questions: dict[str, str], sources: list[Path], published: Path, output: Path
) -> None:
    """Write one line a reading of every ablation, then what was tried for each cell that differs.

    Args:
        questions: ablation -> its question.
        sources: each ablation's CSV, named after it; their order is the page's.
        published: ``cells.csv`` of the comparison with the paper.
        output: file to write, Markdown.
    """
    lines = []
    tables = {path.stem: read_cells(path) for path in sources}
    for name, cells in tables.items():
        question = questions[name]
        models = ", ".join(dict.fromkeys(cells["model"]))
        for number, row in enumerate(summarise(cells).itertuples()):
            first = [f"[{question}]({name}.md)", models] if number == 0 else ["", ""]
            agree = f"{row.agree} of {row.cells}" if row.cells else ""
            distance = f"{row.distance:.3f}" if row.cells else ""
            lines.append([*first, row.label, "yes" if row.in_use else "", agree, distance])
    head = ["Question", "Models", "Reading", "In use", "Cells that agree", "Distance"]
    tried = _tried(read_published(published), pd.concat(tables.values(), ignore_index=True))
    write_text(output, f"{markdown_table(head, lines)}\n{NOTE}\n\n{TRIED}\n\n{tried}")


def _tried(published: pd.DataFrame, readings: pd.DataFrame) -> str:
    """Give, for each cell outside its tolerance, what every other reading made of it."""
    lines = []
    for _, cell in published[published["within"] == False].iterrows():  # noqa: E712 (from text)
        theirs = f"{cell['published_mean']:g} ± {cell['published_std']:g}"
        lines.append([cell_name(cell), theirs, "in use", *_ours(cell, cell["sample_std"])])
        others = readings[
            (readings["base"] == cell["model"])
            & (readings["pr_sparse"] == cell["pr_sparse"])
            & (readings["metric"] == cell["metric"])
            & ~readings["in_use"].astype(bool)
        ]
        lines += [["", "", r["label"], *_ours(r, r["std"])] for _, r in others.iterrows()]
        if others.empty:
            lines.append(["", "", "no other reading at this Pr(sparse)", "", "", "", ""])
    head = ["Cell", "Published", "Reading", "Ours", "Difference", "Runs", "Agrees"]
    return markdown_table(head, lines)


def _ours(line: pd.Series, std: float) -> list[str]:
    spread = rounded(std)
    mean = rounded(line["mean"]) + (f" ± {spread}" if spread else "")
    agrees = "yes" if str(line["within"]) == "True" else ""
    return [mean, rounded(line["difference"], sign=True), str(line["runs"]), agrees]
