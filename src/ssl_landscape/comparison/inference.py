"""Are two means the same, are they different, or can so few runs not tell?

The paper prints a mean and a standard deviation over five runs. A mean is rounded to 0.01, a
standard deviation to 0.01 or finer, and which kind of it is not said: tests take what is least
favourable to their finding within the rounding, and the larger kind, sqrt(n / (n - 1)) times the
other. Runs are taken to be normal and independent.
"""

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

PUBLISHED_RUNS = 5
HALF_A_UNIT = 0.005  # of the last digit of a printed mean
LEVEL = 0.05
MARGINS = (0.05, 0.10)
EQUIVALENT = tuple(f"equivalent within {margin:.2f}" for margin in MARGINS)
DIFFERENT, UNDECIDED = "different", "undecided"
STATES = (*EQUIVALENT, DIFFERENT, UNDECIDED)
COLUMNS = (
    "p_equivalent_005", "p_equivalent_010", "p_different", "p_different_holm", "state",
    "ours_in_their_prediction", "theirs_in_our_prediction",
)  # fmt: skip


def infer(cells: pd.DataFrame) -> pd.DataFrame:
    """Return ``COLUMNS`` for the lines of ``cells.csv`` that have two runs or more.

    - ``p_equivalent_...``: two one-sided Welch tests (TOST), of |difference| >= the margin.
    - ``p_different``: Welch's test, ``_holm`` adjusted for all cells.
    - ``state``: equivalent, else different (Holm), else undecided, at the 5% level.
    - ``..._prediction``: whether one mean lies in the other's 95% prediction interval for a mean
      of as many new runs.
    """
    run = cells[cells["runs"] > 1]
    if run.empty:
        return pd.DataFrame(columns=list(COLUMNS), index=run.index, dtype=object)
    ours = tuple(run[name].to_numpy(float) for name in ("mean", "sample_std", "runs"))
    printed = run["published_mean"].to_numpy(float)
    theirs = printed, largest_std(run["published_std"]), np.full(len(run), PUBLISHED_RUNS)
    found = pd.DataFrame(index=run.index)
    for column, margin in zip(COLUMNS, MARGINS, strict=False):
        found[column] = equivalence(ours, theirs, margin - HALF_A_UNIT)
    closer = printed + np.clip(ours[0] - printed, -HALF_A_UNIT, HALF_A_UNIT)
    welch = stats.ttest_ind_from_stats(*ours, closer, *theirs[1:], equal_var=False)
    found["p_different"] = welch.pvalue
    found["p_different_holm"] = multipletests(welch.pvalue, method="holm")[1]
    tests = [found[column] < LEVEL for column in (*COLUMNS[:2], "p_different_holm")]
    found["state"] = np.select(tests, STATES[:3], UNDECIDED)
    apart = np.abs(ours[0] - printed) - HALF_A_UNIT
    found["ours_in_their_prediction"] = apart <= _half_width(theirs[1], theirs[2], ours[2])
    found["theirs_in_our_prediction"] = apart <= _half_width(ours[1], ours[2], theirs[2])
    return found[list(COLUMNS)].round(6)


def equivalence(ours: tuple, theirs: tuple, margin: float) -> np.ndarray:
    """Return p of TOST: the larger one of the two one-sided Welch tests.

    Args:
        ours: means, sample standard deviations and numbers of runs.
        theirs: the same.
        margin: the least difference that matters.
    """
    sides = [
        stats.ttest_ind_from_stats(
            ours[0] + shift, *ours[1:], *theirs, equal_var=False, alternative=alternative
        ).pvalue
        for shift, alternative in ((margin, "greater"), (-margin, "less"))
    ]
    return np.maximum(*sides)


def largest_std(printed: pd.Series) -> np.ndarray:
    """Return the largest sample standard deviations that may have been printed like this."""
    decimals = [max(2, len(f"{value:g}".partition(".")[2])) for value in printed]
    rounding = 0.5 * 10.0 ** -np.array(decimals)
    return (printed.to_numpy(float) + rounding) * np.sqrt(PUBLISHED_RUNS / (PUBLISHED_RUNS - 1))


def _half_width(std: np.ndarray, runs: np.ndarray, new_runs: np.ndarray) -> np.ndarray:
    """Half of the 95% prediction interval for the mean of ``new_runs`` after ``runs``."""
    return stats.t.ppf(0.975, runs - 1) * std * np.sqrt(1 / runs + 1 / new_runs)


def bias(cells: pd.DataFrame) -> pd.DataFrame:
    """Return whether differences lean to one side, by table and metric, and by metric.

    Returns:
        Lines: table ("all" too), metric, cells, positive, mean, and p of Wilcoxon's signed-rank
        test, adjusted for all lines (Holm). Cells of one row share their runs.
    """
    run = cells[cells["runs"] > 0]
    groups = [(table, metric, part) for (table, metric), part in run.groupby(["table", "metric"])]
    groups += [("all", metric, part) for metric, part in run.groupby("metric")]
    lines = []
    for table, metric, part in groups:
        differences = part["difference"]
        p = stats.wilcoxon(differences).pvalue if differences.any() else 1.0
        positive = int((differences > 0).sum())
        lines.append((table, metric, len(part), positive, differences.mean(), p))
    frame = pd.DataFrame(lines, columns=["table", "metric", "cells", "positive", "mean", "p"])
    return frame.assign(p=multipletests(frame["p"], method="holm")[1]) if len(frame) else frame


def noise_floor(cells: pd.DataFrame) -> pd.Series:
    """Return |difference| of the paper's cells at Pr(sparse) 0.1 and 0.2, one distribution here.

    With d = 10, exact counts give one -1 and one +1 at both: published numbers differ by the noise
    of five runs alone.
    """
    key = ["table", "label", "sigma", "metric"]
    means = cells.assign(sigma=cells["sigma"].fillna(0)).set_index([*key, "pr_sparse"])
    wide = means["published_mean"].unstack("pr_sparse")
    return (wide["0.1"] - wide["0.2"]).abs()
