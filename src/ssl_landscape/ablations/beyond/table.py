"""A study's table: every measure of each model under each reading, with its interval."""

from pathlib import Path

import pandas as pd

from ssl_landscape.ablations.beyond.runs import read_study
from ssl_landscape.claims.cases import MINIMUM
from ssl_landscape.claims.study_judges import MEASURES
from ssl_landscape.comparison.resampling import bootstrap_interval
from ssl_landscape.experiment.max_cosine import METRIC_TITLES
from ssl_landscape.io.files import write_text
from ssl_landscape.io.markdown import markdown_table, number

TITLES = METRIC_TITLES | {name: words[0].upper() + words[1:] for name, words in MEASURES.items()}
NOTE = (
    "Mean over the runs, with its 95% percentile bootstrap interval. The minimum is the median "
    "over a run's last sixteenth of epochs, as the verdicts take it; all else is the last epoch."
)


def write_study(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Write a study's cells as CSV (one line per model, reading, Pr(sparse), measure), Markdown.

    Args:
        spec: question, sparsities, seeds and variations, as the plan gives them.
        inputs: as for :func:`ssl_landscape.ablations.beyond.runs.read_study`.
        outputs: the ``.csv`` and ``.md`` to write.
    """
    cells = study_cells(read_study(spec, inputs), spec["sparsities"])
    write_text(outputs[0], cells.to_csv(index=False, lineterminator="\n"))
    write_text(outputs[1], _markdown(spec["question"], cells))


def study_cells(runs: pd.DataFrame, sparsities: list[str]) -> pd.DataFrame:
    """Return a line for each (variation, sparsity, measure) of the runs."""
    lines = []
    for name in dict.fromkeys(runs["name"]):
        own = runs[runs["name"] == name]
        first = own.iloc[0]
        shared = {"model": first["model_label"], "reading": first["label"], "name": name}
        for sparsity in sparsities:
            group = own[own["sparsity"] == sparsity]
            for measure in [title for title in TITLES if title in group]:
                values = group["tail_median" if measure == MINIMUM else measure]
                line = {"pr_sparse": sparsity, "measure": measure, "runs": len(values)}
                where = f"{name}/{sparsity}/{measure}"
                low, high = bootstrap_interval(values.to_numpy(float), where)
                line |= {"mean": values.mean(), "lower": low, "upper": high}
                line |= {"least": values.min(), "most": values.max()}
                lines.append(shared | line)
    return pd.DataFrame(lines).round(6)


def _markdown(question: str, cells: pd.DataFrame) -> str:
    measures = [title for title in TITLES if title in set(cells["measure"])]
    header = ["Model", "Reading", "Pr(sparse)", "Runs", *(TITLES[name] for name in measures)]
    lines = []
    for _, group in cells.groupby(["name", "pr_sparse"], sort=False):
        first, by_measure = group.iloc[0], group.set_index("measure")
        line = [first["model"], first["reading"], first["pr_sparse"], first["runs"]]
        lines.append([*line, *(_cell(by_measure.loc[name]) for name in measures)])
    return "\n\n".join([f"# {question}", markdown_table(header, lines), NOTE]) + "\n"


def _cell(cell: pd.Series) -> str:
    interval = " to ".join(filter(None, (number(cell["lower"]), number(cell["upper"]))))
    return number(cell["mean"]) + (f" ({interval})" if interval else "")
