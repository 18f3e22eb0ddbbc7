"""Every published cell of Tables 1 to 3 against ours: the lines of ``cells.csv``."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ssl_landscape.comparison.resampling import bootstrap_interval, misleading_share
from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.io.tabular import read_csv
from ssl_landscape.pipeline.tables import published_values

TOLERANCE, LARGEST = 0.05, 0.10  # however small, or large, the standard deviations are
RULE = f"max({TOLERANCE:.2f}, the sum of both standard deviations), but at most {LARGEST:.2f}"
TABLES = (1, 2, 3)
KEY = ("table", "label", "sigma", "pr_sparse", "metric")
COLUMNS = (
    *KEY, "model", "published_mean", "published_std", "runs", "mean", "sample_std", "difference",
    "tolerance", "within", "lower", "upper", "published_in_interval", "subsets",
    "misleading_share",
)  # fmt: skip
Numbers = float | np.ndarray
NUMBERS = ("table", "published_mean", "published_std", "runs", "mean", "sample_std", "difference")


def compare_cells(tables: list[dict], finals: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one line per published cell, without numbers of ours where nothing was run.

    Args:
        tables: number of the published table, and rows (model, label, sigma).
        finals: model -> its final metrics, one row per run.
    """
    rows = {(t["number"], r["label"], r["sigma"]): r["model"] for t in tables for r in t["rows"]}
    lines = []
    for table in TABLES:
        for (label, sparsity, sigma, metric), printed in published_values(table).items():
            key = (table, label, sigma, f"{sparsity:g}", metric)
            model, values = rows.get((table, label, sigma)), np.array([])
            if model is not None:
                runs = finals[model]
                values = runs.loc[runs["sparsity"] == f"{sparsity:g}", metric].to_numpy(np.float64)
            line = dict(zip(KEY, key, strict=True)) | {"model": model}
            lines.append(line | _compare(values, *printed, "/".join(map(str, key))))
    frame = pd.DataFrame(lines, columns=list(COLUMNS))
    return frame.astype({"runs": int, "subsets": int})


def read_cells(source: Path) -> pd.DataFrame:
    """Read ``cells.csv``; a UserError says where it is not such a table."""
    cells = read_csv(source, NUMBERS, ["label", "pr_sparse", "metric", "model"])
    if "within" not in cells.columns or not cells["within"].dropna().isin([True, False]).all():
        raise UserError(f"{source}: column 'within' does not hold true or false; {AGAIN}")
    return cells


def _compare(values: np.ndarray, their_mean: float, their_std: float, name: str) -> dict:
    line = {"published_mean": their_mean, "published_std": their_std, "runs": len(values)}
    if not len(values):
        return line | {"subsets": 0}
    mean, std = values.mean(), values.std(ddof=1) if len(values) > 1 else np.nan
    low, high = bootstrap_interval(values, name)
    share, subsets = misleading_share(
        values, lambda means, stds: agrees(means, stds, their_mean, their_std), name
    )
    numbers = {"mean": mean, "sample_std": std, "difference": mean - their_mean}
    numbers |= {"tolerance": float(tolerance(their_std, std)), "lower": low, "upper": high}
    numbers["misleading_share"] = share
    line |= {name: round(value, 6) for name, value in numbers.items()}
    line |= {"within": bool(agrees(mean, std, their_mean, their_std)), "subsets": subsets}
    if len(values) > 1:
        line["published_in_interval"] = bool(low <= their_mean <= high)
    return line


def tolerance(their_std: Numbers, our_std: Numbers) -> Numbers:
    """Return published std + our sample std, from 0.05 to 0.10; a single run's NaN counts as 0."""
    return np.clip(their_std + np.nan_to_num(our_std), TOLERANCE, LARGEST)


def agrees(mean: Numbers, std: Numbers, their_mean: Numbers, their_std: Numbers) -> Any:
    """Return whether our mean (or each of several) is within the tolerance, bound included."""
    # Rounded, so that a difference of 0.05 is one, whatever the last bit of a float says.
    return np.round(np.abs(mean - their_mean), 9) <= np.round(tolerance(their_std, std), 9)


def accepted_of_others(cells: pd.DataFrame) -> float:
    """Return the share of other models' published rows that a row of ours would agree with, too.

    A row is a model at one sparsity; it agrees if its three cells are within their tolerance.
    """
    run = cells[cells["runs"] > 0]
    run = run.assign(row=run["label"] + run["sigma"].map("{:g}".format))
    pairs = run.merge(run, on=["pr_sparse", "metric"], suffixes=("", "_other"))
    pairs = pairs[pairs["row"] != pairs["row_other"]]
    printed = pairs["published_mean_other"], pairs["published_std_other"]
    pairs["agrees"] = agrees(pairs["mean"], pairs["sample_std"], *printed)
    return float(pairs.groupby(["pr_sparse", "row", "row_other"])["agrees"].all().mean())
