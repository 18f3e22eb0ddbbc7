"""All ablations on one page: which reading comes how close to the published numbers."""

from pathlib import Path

from ssl_landscape.ablations.table import markdown_table, read_cells, summarise
from ssl_landscape.files import write_text

NOTE = (
    "Distance: root mean square of the differences between our means and the published ones, over "
    "the cells of the models compared. No reading was chosen for a single cell: the reading in use "
    "is the same for all artefacts that it concerns."
)


def write_summary(questions: dict[str, str], sources: list[Path], output: Path) -> None:
    """Write one line a reading of every ablation, as Markdown.

    Args:
        questions: ablation -> its question.
        sources: each ablation's CSV, in the same order.
        output: file to write.
    """
    lines = []
    for (name, question), source in zip(questions.items(), sources, strict=True):
        cells = read_cells(source)
        models = ", ".join(dict.fromkeys(cells["model"]))
        for number, row in enumerate(summarise(cells).itertuples()):
            first = [f"[{question}]({name}.md)", models] if number == 0 else ["", ""]
            agree = f"{row.agree} of {row.cells}" if row.cells else ""
            distance = f"{row.distance:.3f}" if row.cells else ""
            lines.append([*first, row.label, "yes" if row.in_use else "", agree, distance])
    head = ["Question", "Models", "Reading", "In use", "Cells that agree", "Distance"]
    write_text(output, f"{markdown_table(head, lines)}\n{NOTE}\n")
