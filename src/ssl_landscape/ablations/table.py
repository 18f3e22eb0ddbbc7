"""An ablation's table: each reading's cells beside the published ones, and its distance to them."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ssl_landscape.comparison.cells import RULE, agrees
from ssl_landscape.errors import UserError
from ssl_landscape.experiment.max_cosine import METRIC_TITLES, METRICS
from ssl_landscape.experiment.seeds import expand
from ssl_landscape.io.files import write_text
from ssl_landscape.io.markdown import markdown_table, mean_and_std
from ssl_landscape.io.tabular import read_csv
from ssl_landscape.pipeline.tables import published_values, read_finals

MANY = 12  # readings; of more, only the nearest ones are shown in detail
NEAREST = 5
NOTE = (
    "Mean ± sample standard deviation over the runs at the last epoch; in brackets the paper's "
    "value. Distance: root mean square of the differences to the published means. A cell agrees if "
    f"its difference is within {RULE}."
)


def render_ablation(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Write an ablation as CSV (every cell) and Markdown (one line per reading, then the cells).

    Args:
        spec: question, laws, sparsities, seeds and variations, as the plan gives them.
        inputs: each variation's ``<name>.final.csv``, found by name.
        outputs: the ``.csv`` and ``.md`` to write.
    """
    cells = compare_readings(spec, inputs)
    write_text(outputs[0], cells.to_csv(index=False, lineterminator="\n"))
    write_text(outputs[1], _markdown(spec["question"], cells, spec["laws"]))


def compare_readings(spec: dict, inputs: list[Path]) -> pd.DataFrame:
    """Return an ablation's cells: one line per (reading, model, sparsity, metric).

    For spec, inputs and errors see :func:`render_ablation`. ``model`` is the model's label,
    ``base`` its name, ``start`` the mean before training.
    """
    files, lines = {path.name: path for path in inputs}, []
    for variation in spec["variations"]:
        runs = runs_compared(spec, files[f"{variation['name']}.final.csv"])
        shared = {key: variation[key] for key in ("reading", "label", "in_use")}
        shared |= {"model": variation["model_label"], "base": variation["model"]}
        shared |= {"seeds": spec["seeds"], "departures": _departures(spec, variation["values"])}
        for sparsity, metric in itertools.product(spec["sparsities"], METRICS):
            own = runs[runs["sparsity"] == sparsity]
            values, start = own[metric], round(own[f"start_{metric}"].mean(), 6)
            line = {"pr_sparse": sparsity, "metric": metric, "runs": len(values), "start": start}
            theirs = _published(spec, variation, sparsity, metric)
            lines.append(shared | line | _compare(values, *theirs))
    return pd.DataFrame(lines)


def _departures(spec: dict, values: Sequence) -> str:
    """Return in how many settings a reading of a grid departs from each source, as text."""
    chosen = dict(zip(spec["axes"], values, strict=False))
    counts = {
        source: sum(chosen[key] != value for key, value in said.items())
        for source, said in spec["sources"].items()
    }
    return ", ".join(f"{count} from {source}" for source, count in counts.items())


def distance(differences: pd.Series) -> float:
    """Return the root mean square of the differences to the published means."""
    return (differences.dropna().astype(float) ** 2).mean() ** 0.5


def summarise(cells: pd.DataFrame) -> pd.DataFrame:
    """Return one line per reading: distance to the published cells, and how many of them agree."""
    lines = []
    for reading, group in cells.groupby("reading", sort=False):
        known = group.dropna(subset="published_mean")
        label, in_use = group["label"].iloc[0], bool(group["in_use"].any())
        agree = int(known["within"].astype(bool).sum())
        far = distance(known["difference"])
        departures = group["departures"].iloc[0]
        lines.append((reading, label, departures, in_use, len(known), agree, far))
    columns = ["reading", "label", "departures", "in_use", "cells", "agree", "distance"]
    return pd.DataFrame(lines, columns=columns)


def nearest(readings: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of :func:`summarise`; of many, the nearest ones and the one in use."""
    if len(readings) <= MANY:
        return readings
    ordered = readings.sort_values("distance", kind="stable")
    return ordered[(np.arange(len(ordered)) < NEAREST) | ordered["in_use"]]


def summary_cells(row: Any) -> list[str]:
    """Return a line of :func:`summarise` as text: in use, cells that agree, distance."""
    known = [f"{row.agree} of {row.cells}", f"{row.distance:.3f}"] if row.cells else ["", ""]
    return ["yes" if row.in_use else "", *known]


def read_cells(source: Path) -> pd.DataFrame:
    """Read an ablation's CSV, as :func:`ssl_landscape.io.tabular.read_csv` does."""
    texts = ["reading", "label", "model", "base", "pr_sparse", "metric", "seeds"]
    return read_csv(source, ["published_mean", "difference"], texts)


def runs_compared(spec: dict, source: Path) -> pd.DataFrame:
    """Read the final metrics of the runs that an ablation compares, all of them: a row per run."""
    starts = (f"start_{metric}" for metric in METRICS)
    seeds, runs = expand(spec["seeds"]), read_finals(source, *starts)
    runs = runs[runs["sparsity"].isin(spec["sparsities"]) & runs["seed"].isin(seeds)]
    wanted = len(seeds) * len(spec["sparsities"])
    if len(runs) != wanted:
        problem = f"has {len(runs)} of the {wanted} runs that the ablation compares"
        raise UserError(f"{source}: {problem}; let Snakemake make it")
    return runs


def _published(spec: dict, variation: dict, sparsity: str, metric: str) -> tuple:
    """Return the paper's start, mean and standard deviation; None for what it does not print."""
    for entry in spec["expected"]:
        if (entry["model"], entry["metric"]) == (variation["model"], metric):
            return entry["start"], entry["end"], None
    if not variation["published"]:
        return None, None, None
    table, label, sigma = variation["published"]
    cell = published_values(table).get((label, float(sparsity), sigma, metric), (None, None))
    return None, *cell


def _compare(
    values: pd.Series, their_start: float | None, their_mean: float | None, their_std: float | None
) -> dict:
    mean, std = values.mean(), values.std(ddof=1)
    line = {"mean": round(mean, 6), "std": round(std, 6), "published_start": their_start}
    line |= {"published_mean": their_mean, "published_std": their_std}
    if their_mean is None:
        return line | {"difference": None, "within": None}
    within = bool(agrees(mean, std, their_mean, their_std or 0))
    return line | {"difference": round(mean - their_mean, 6), "within": within}


def _markdown(question: str, cells: pd.DataFrame, laws: str) -> str:
    readings = summarise(cells)
    detailed = nearest(readings)
    few = len(detailed) < len(readings)
    lines, cells = [], cells[cells["reading"].isin(detailed["reading"])]
    for row in (readings.sort_values("distance", kind="stable") if few else readings).itertuples():
        in_use, agree, distance = summary_cells(row)
        lines.append([row.label, row.departures, in_use, agree or "none published", distance])
    head = ["Reading", "Departures", "In use", "Cells that agree", "Distance"]
    parts = [question, markdown_table(head, lines)]
    if few:
        parts.append("Below, the nearest ones and the one in use; the CSV has all.")
    head = ["Reading", "Pr(sparse)", "Runs", "Minimum at the start"]
    head += [METRIC_TITLES[metric] for metric in METRICS]
    for model, group in cells.groupby("model", sort=False):
        lines = []
        for (_, sparsity), cell in group.groupby(["reading", "pr_sparse"], sort=False):
            by_metric = cell.set_index("metric")
            least = by_metric.loc["min_max_cosine"]
            start = f"{least['start']:.3f}"
            if not pd.isna(least["published_start"]):
                start += f" [{least['published_start']:g}]"
            texts = [_cell(by_metric.loc[metric]) for metric in METRICS]
            lines.append([cell["label"].iloc[0], sparsity, cell["runs"].iloc[0], start, *texts])
        parts += [str(model), markdown_table(head, lines)]
    return "\n\n".join([*parts, f"{NOTE} {laws}"]) + "\n"


def _cell(cell: pd.Series) -> str:
    text = mean_and_std(cell["mean"], cell["std"])
    if pd.isna(cell["published_mean"]):
        return text
    spread = "" if pd.isna(cell["published_std"]) else f" ± {cell['published_std']:g}"
    return f"{text} [{cell['published_mean']:g}{spread}]{'' if cell['within'] else ' ✗'}"
