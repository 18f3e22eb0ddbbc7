"""All ablations on one page: how close each reading comes, and what was tried for each cell."""

from pathlib import Path

import pandas as pd

from ssl_landscape.ablations.reach import reach
from ssl_landscape.ablations.table import (
    MANY,
    NEAREST,
    distance,
    nearest,
    read_cells,
    summarise,
    summary_cells,
)
from ssl_landscape.comparison.cells import read_cells as read_compared
from ssl_landscape.comparison.cells_report import cell_name, published
from ssl_landscape.io.files import write_text
from ssl_landscape.io.markdown import markdown_table, mean_and_std, number

NOTE = (
    "Distance: root mean square of the differences between our means and the published ones, over "
    "the cells of the models compared. No reading was chosen for a single cell: the reading in use "
    "is the same for all artefacts that it concerns."
)
CONFIRMED = "## Readings found by a search, and confirmed on other seeds"
CONFIRMED_NOTE = (
    "Distance to the published means: on the search's own seeds and Pr(sparse), on the paper's "
    "seeds at the same Pr(sparse), and on the paper's seeds at the others, which no search saw."
)
TRIED = "## Published cells that do not match, and what was tried for each"


def write_summary(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Write a line per reading, what any choice of them could reach, and what was tried per cell.

    Args:
        spec: ``questions``, the ablations in the page's order, each with its question; ``laws``.
        inputs: each ablation's CSV, named after it, in the same order; then ``cells.csv`` of the
            comparison with the paper.
        outputs: the ``.md`` to write.
    """
    *sources, compared = inputs
    lines = []
    tables = {path.stem: read_cells(path).assign(ablation=path.stem) for path in sources}
    questions = {entry["ablation"]: entry["question"] for entry in spec["questions"]}
    for name, cells in tables.items():
        first = [f"[{questions[name]}]({name}.md)", ", ".join(dict.fromkeys(cells["model"]))]
        readings = summarise(cells)
        shown = nearest(readings)
        for row in shown.itertuples():
            lines.append([*first, row.label, *summary_cells(row)])
            first = ["", ""]
        if others := len(readings) - len(shown):
            lines.append(["", "", f"{others} more, all of them farther", "", "", ""])
    head = ["Question", "Models", "Reading", "In use", "Cells that agree", "Distance"]
    ours = read_compared(compared)
    confirmed = _confirmed(tables, ours)
    tried = _tried(ours, pd.concat(tables.values(), ignore_index=True))
    note = f"{NOTE} {spec['laws']}"
    parts = [markdown_table(head, lines), note, *confirmed, *reach(tables, ours), TRIED, tried]
    write_text(outputs[0], "\n\n".join(parts) + "\n")


def _confirmed(tables: dict[str, pd.DataFrame], ours: pd.DataFrame) -> list[str]:
    """Compare the distance of each reading that was searched for with that on the paper's seeds.

    A search has seeds of its own, which no table has.
    """
    lines = []
    for name, searched in tables.items():
        used = searched[searched["in_use"].astype(bool) & ~searched["seeds"].str.startswith("1-")]
        for model, found in used.groupby("base", sort=False):
            again = ours[ours["model"] == model]
            seen = again["pr_sparse"].isin(found["pr_sparse"])
            row = [f"[{name}]({name}.md)", str(model), found["label"].iloc[0]]
            far = (found["difference"], again[seen]["difference"], again[~seen]["difference"])
            lines.append(row + [number(distance(differences)) for differences in far])
    head = ["Search", "Model", "Reading in use", "Found", "Confirmed", "Held-out Pr(sparse)"]
    return [CONFIRMED, markdown_table(head, lines), CONFIRMED_NOTE] if lines else []


def _tried(cells: pd.DataFrame, readings: pd.DataFrame) -> str:
    """Return, for each cell outside its tolerance, what every other reading made of it."""
    lines, other = [], readings[~readings["in_use"].astype(bool)]
    tried = dict(list(other.groupby(["base", "pr_sparse", "metric"])))
    for _, cell in cells[cells["within"].eq(False)].iterrows():
        ours = _ours(cell, cell["sample_std"])
        lines.append([cell_name(cell), published(cell), "in use", *ours])
        others = tried.get(tuple(cell[["model", "pr_sparse", "metric"]]), readings[:0])
        for _, group in others.groupby("ablation", sort=False):
            by_distance = group.sort_values("difference", key=abs, kind="stable")
            shown = group if len(group) <= MANY else by_distance[:NEAREST]
            lines += [["", "", r["label"], *_ours(r, r["std"])] for _, r in shown.iterrows()]
            if rest := len(group) - len(shown):
                agree = (group["within"].astype(str) == "True").sum()
                more = f"and {rest} farther ones of this search; {agree} of {len(group)} agree"
                lines.append(["", "", more, "", "", "", ""])
        if others.empty:
            lines.append(["", "", "no other reading at this Pr(sparse)", "", "", "", ""])
    head = ["Cell", "Published", "Reading", "Ours", "Difference", "Runs", "Agrees"]
    return markdown_table(head, lines)


def _ours(line: pd.Series, std: float) -> list[str]:
    agrees = "yes" if str(line["within"]) == "True" else ""
    difference = number(line["difference"], sign=True)
    return [mean_and_std(line["mean"], std), difference, str(line["runs"]), agrees]
