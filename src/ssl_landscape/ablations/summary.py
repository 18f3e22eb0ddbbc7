"""All ablations on one page: how close each reading comes, and what was tried for each cell."""

from pathlib import Path

import pandas as pd

from ssl_landscape.ablations.table import read_cells, summarise, summary_cells
from ssl_landscape.comparison.cells import read_cells as read_compared
from ssl_landscape.comparison.cells_report import cell_name, published
from ssl_landscape.io.files import write_text
from ssl_landscape.io.markdown import markdown_table, mean_and_std, number

NOTE = (
    "Distance: root mean square of the differences between our means and the published ones, over "
    "the cells of the models compared. No reading was chosen for a single cell: the reading in use "
    "is the same for all artefacts that it concerns."
)
TRIED = "## Published cells that do not match, and what was tried for each"


def write_summary(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Write one line per reading of every ablation, then what was tried for each cell that differs.

    Args:
        spec: ``questions``, the ablations in the page's order, each with its question.
        inputs: each ablation's CSV, named after it, in the same order; then ``cells.csv`` of the
            comparison with the paper.
        outputs: the ``.md`` to write.
    """
    *sources, compared = inputs
    lines, tables = [], {path.stem: read_cells(path) for path in sources}
    questions = {entry["ablation"]: entry["question"] for entry in spec["questions"]}
    for name, cells in tables.items():
        first = [f"[{questions[name]}]({name}.md)", ", ".join(dict.fromkeys(cells["model"]))]
        for row in summarise(cells).itertuples():
            lines.append([*first, row.label, *summary_cells(row)])
            first = ["", ""]
    head = ["Question", "Models", "Reading", "In use", "Cells that agree", "Distance"]
    tried = _tried(read_compared(compared), pd.concat(tables.values(), ignore_index=True))
    parts = [markdown_table(head, lines), NOTE, TRIED, tried]
    write_text(outputs[0], "\n\n".join(parts) + "\n")


def _tried(cells: pd.DataFrame, readings: pd.DataFrame) -> str:
    """Return, for each cell outside its tolerance, what every other reading made of it."""
    lines, other = [], readings[~readings["in_use"].astype(bool)]
    tried = dict(list(other.groupby(["base", "pr_sparse", "metric"])))
    for _, cell in cells[cells["within"].eq(False)].iterrows():
        ours = _ours(cell, cell["sample_std"])
        lines.append([cell_name(cell), published(cell), "in use", *ours])
        others = tried.get(tuple(cell[["model", "pr_sparse", "metric"]]), readings[:0])
        lines += [["", "", r["label"], *_ours(r, r["std"])] for _, r in others.iterrows()]
        if others.empty:
            lines.append(["", "", "no other reading at this Pr(sparse)", "", "", "", ""])
    head = ["Cell", "Published", "Reading", "Ours", "Difference", "Runs", "Agrees"]
    return markdown_table(head, lines)


def _ours(line: pd.Series, std: float) -> list[str]:
    agrees = "yes" if str(line["within"]) == "True" else ""
    difference = number(line["difference"], sign=True)
    return [mean_and_std(line["mean"], std), difference, str(line["runs"]), agrees]
