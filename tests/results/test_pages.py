"""What README and docs/results.md say of minima and readings follows from the published files."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind_from_stats
from statsmodels.stats.multitest import multipletests

from ssl_landscape.comparison.cells import read_cells
from ssl_landscape.comparison.inference import (
    HALF_A_UNIT,
    LEVEL,
    MARGINS,
    PUBLISHED_RUNS,
    STATES,
    UNDECIDED,
    equivalence,
    largest_std,
)

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "results" / "published"
README = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
PAGE = " ".join((ROOT / "docs/results.md").read_text(encoding="utf-8").split())
FIVE, TWENTY = "comparison", "replication"
NUMBER = re.compile(r"-?\d\.\d{3}")
READINGS = {
    "noise: variance log d / d (text)": ("noise", "text"),
    "CL's masks: independent (text)": ("temperature", "0.05-independent"),
    "the same, at temperature 0.2": ("temperature", "0.2-independent"),
    "latents: independent entries (text)": ("latents", "independent"),
    "Simplified-SimSiam's activation: ReLU (text)": ("simplified-simsiam", "relu"),
    "Simplified-SimCLR's masks: 0.1 kept (caption)": ("simplified-simclr", "kept-0.1"),
    "n = 3000, learning rate 0.005 (released code)": ("samples-and-rate", "released"),
    "NCL-linear's loss: normalised (Eq. 4)": ("loss-of-ncl-linear", "normalised"),
    "warm start: columns in one order for both networks": ("warm-start-columns", "in-order"),
    "the same, m = d: an order of its own for each": ("warm-start-order", "own-order"),
}


def cases(folder, model):
    """Return a model's cases of claims, without those on its average."""
    claims = pd.read_csv(PUBLISHED / folder / "claims.csv")
    return claims[(claims["models"] == model) & (claims["sparsity"] != "all")]


def values(folder, model):
    return [f"{value:.3f}" for value in cases(folder, model)["value"]]


def ends(folder, model):
    return [re.search(r"to (\d\.\d+)", detail)[1] for detail in cases(folder, model)["detail"]]


def average(folder, model):
    """Return the average over Pr(sparse) before training and at the end."""
    claims = pd.read_csv(PUBLISHED / folder / "claims.csv")
    (case,) = claims[(claims["models"] == model) & (claims["sparsity"] == "all")].to_dict("records")
    return [re.search(r"from (\d\.\d+)", case["detail"])[1], f"{case['value']:.3f}"]


def cells(folder, table):
    frame = read_cells(PUBLISHED / folder / "cells.csv")
    return frame[frame["table"] == table]


def last_epochs(folder, model):
    frame = cells(folder, 1)
    minima = frame[(frame["model"] == model) & (frame["metric"] == "min_max_cosine")]
    return [f"{mean:.3f}" for mean in minima["mean"]]


SENTENCES = [
    ("With rows normalised it ends", "With columns", average, "ncl-row-normalised"),
    ("With columns normalised it ends", "In the paper", ends, "ncl-column-normalised"),
    ("own order) it rises", "- With a", average, "ncl-row-normalised-m10"),
    ("predictor the minimum rises", "- From", average, "ncl-warm-start-predictor"),
    ("0.14 alone the minimum changes", "From σ = 0.02", values, "ncl-warm-start"),
    ("From σ = 0.02 it changes", "- In Table 3", values, "ncl-warm-start-0.02"),
    ("in all runs: its minimum", "- CL with", last_epochs, "simplified-simclr"),
    ("ends above NCL, but at", "below what", values, "cl-basic-m10"),
]


@pytest.mark.parametrize(("first", "last", "read", "model"), SENTENCES)
def test_minima_that_do_not_match(first, last, read, model):
    """The numbers of a sentence: of the paper's seeds and, in brackets, of twenty."""
    sentence = PAGE.partition(first)[2].partition(last)[0]
    assert sorted(NUMBER.findall(sentence)) == sorted([*read(FIVE, model), *read(TWENTY, model)])


def test_the_bias_of_table_3():
    counts, means = [], []
    for folder in (FIVE, TWENTY):
        differences = cells(folder, 3).set_index("metric")["difference"]
        counts.append((differences > 0).sum())
        means.append(differences["min_max_cosine"].mean())
    assert f"{counts[0]} ({counts[1]}) of 27; its minima by" in PAGE
    assert f"by {means[0]:.3f} ({means[1]:.3f}) on average" in PAGE


def pooled(one, other):
    """Return means, standard deviations and numbers of two sets of runs taken together."""
    (m1, s1, n1), (m2, s2, n2) = one, other
    n, mean = n1 + n2, (n1 * m1 + n2 * m2) / (n1 + n2)
    within = (n1 - 1) * s1**2 + (n2 - 1) * s2**2
    between = n1 * (m1 - mean) ** 2 + n2 * (m2 - mean) ** 2
    return mean, np.sqrt((within + between) / (n - 1)), n


def together(frame, names):
    """Return a side's cells at Pr(sparse) 0.1 and 0.2 taken together, in a fixed order."""
    key = ["table", "label", "sigma", "metric"]
    sides = [
        frame[frame["pr_sparse"] == sparsity].set_index(key).sort_index()[names].to_numpy(float).T
        for sparsity in ("0.1", "0.2")
    ]
    return pooled(*sides)


def test_two_samples_of_one_distribution_taken_together():
    counts, apart = [], []
    for folder in (FIVE, TWENTY):
        frame = read_cells(PUBLISHED / folder / "cells.csv").fillna({"sigma": 0})
        frame["largest_std"] = largest_std(frame["published_std"])
        frame["published_runs"] = PUBLISHED_RUNS
        ours = together(frame, ["mean", "sample_std", "runs"])
        theirs = together(frame, ["published_mean", "largest_std", "published_runs"])
        p = [equivalence(ours, theirs, margin - HALF_A_UNIT) for margin in MARGINS]
        nearest = theirs[0] + np.clip(ours[0] - theirs[0], -HALF_A_UNIT, HALF_A_UNIT)
        welch = ttest_ind_from_stats(*ours, nearest, *theirs[1:], equal_var=False).pvalue
        p.append(multipletests(welch, method="holm")[1])
        states = np.select([values < LEVEL for values in p], STATES[:3], UNDECIDED)
        counts.append([(states == state).sum() for state in STATES])
        undecided = frame[frame["pr_sparse"].isin(["0.1", "0.2"])]["state"] == UNDECIDED
        apart.append(f"{undecided.sum()} of {len(undecided)}")
    (near, nearer, different, undecided), twenty = counts
    assert different == twenty[2] == 0
    assert (
        f"Of these {len(states)} cells {near} are equivalent within 0.05, {nearer} more within "
        f"0.10, none is different and {undecided} are undecided; apart, {apart[0]} are undecided. "
        f"With forty of ours {twenty[0]}, {twenty[1]}, none and {twenty[3]}."
    ) in PAGE


def test_claims_under_other_readings():
    judged = pd.read_csv(PUBLISHED / "ablations/claims_by_reading.csv")
    rows = re.findall(r"\| ([^|]+) \| (\d+ [^|]+ of \d\)) \| ([^|]+ of \d\)) \|", README)
    assert [name for name, *_ in rows if name in READINGS] == [name for name, *_ in rows]
    assert {name for name, *_ in rows} == set(READINGS)
    for name, under, in_use in rows:
        ablation, reading = READINGS[name]
        group = judged[judged["ablation"] == ablation]
        for found, said in ((group["reading"] == reading, under), (group["in_use"], in_use)):
            verdicts = [
                f"{c.number} {c.verdict} ({c.confirmed} of {c.cases})"
                for c in group[found].itertuples()
            ]
            assert said == ", ".join(verdicts)


def test_the_noise_decides():
    frame = pd.read_csv(PUBLISHED / "ablations/noise.csv").query(
        "reading == 'text' and metric == 'min_max_cosine'"
    )
    cl, ncl = (
        " and ".join(f"{mean:.2f}" for mean in frame[frame["base"] == base]["mean"])
        for base in ("cl-basic", "ncl-basic")
    )
    assert f"its minimum ends at {cl}, NCL-basic's at {ncl} (" in README
