"""What docs/beyond.md says is what the published files give."""

import re
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
BEYOND = ROOT / "results" / "published" / "beyond"
PAGE = " ".join((ROOT / "docs" / "beyond.md").read_text(encoding="utf-8").split())
RECOVERED = 0.71


def study(name, measure="min_max_cosine"):
    frame = pd.read_csv(BEYOND / f"{name}.csv").set_index(["model", "reading", "pr_sparse"])
    frame = frame.sort_index()
    return frame[frame["measure"] == measure]


def both(frame, model, reading):
    """Write the means at the two Pr(sparse) as the page does."""
    return " and ".join(f"{frame['mean'][model, reading, share]:.2f}" for share in (0.1, 0.3))


def span(values):
    return f"{values.min():.2f}", f"{values.max():.2f}"


def test_the_table_has_the_verdicts():
    verdicts = pd.read_csv(BEYOND / "verdicts.csv")
    rows = re.findall(
        r"\| (\d) \|[^|]+\|[^|]+\|[^|]+\| ([^|]+) \((\d+) of (\d+)[^|]*\) \| ([^|]+) \|", PAGE
    )
    found = [
        (
            str(number),
            cases["claim_verdict"].iloc[0],
            str((cases["verdict"] == "confirmed").sum()),
            str(len(cases)),
            cases["claim_decided"].iloc[0],
        )
        for number, cases in verdicts.groupby("number")
    ]
    assert rows == found
    assert len(found) == 5


def test_a_moving_average():
    ends = study("moving-average")
    averages = ends[ends.index.get_level_values("reading") != "alternating (paper)"]
    alternating = ends.drop(averages.index)
    cold = ["NCL-basic", "NCL, random start, predictor"]
    low, high = span(averages.loc[cold, "mean"])
    least, most = span(alternating.loc[cold, "mean"])
    assert (
        f"averages end between {low} and {high}, alternating updates between {least} and {most}."
        in PAGE
    )
    assert ends.loc[cold, "mean"].max() < RECOVERED  # "Neither recovers."
    warm, helped = "NCL, warm start", "NCL, warm start, predictor"
    low, high = span(averages.loc[helped, "mean"])
    at = "alternating (paper)"
    assert f"yes: {low} to {high} beside {both(ends, helped, at)}." in PAGE
    assert f"Alternating updates end at {both(ends, warm, at)};" in PAGE
    assert f"ends at {both(ends, warm, 'moving average 0.996')}, higher than" in PAGE
    for share in (0.1, 0.3):
        slow = ends["mean"][warm, "moving average 0.996", share]
        assert slow > ends["mean"][helped, at, share]
    lost = (averages.loc[[warm, helped], "least"] < 0.5).sum()
    assert f"In {lost} of the 12 sets of ten runs" in PAGE


def test_other_losses():
    ends = study("redundancy-reduction")
    usual = "with batch norm"
    cl = study("judge")
    assert (
        f"{both(ends, 'Spectral contrastive', usual)}, where CL-basic has "
        f"{both(cl, 'CL-basic', 'as above')}."
    ) in PAGE
    vicreg = [f"{ends['mean']['VICReg', usual, share]:.2f}" for share in (0.1, 0.3)]
    assert f"VICReg does at 0.1 ({vicreg[0]}) and not at 0.3 ({vicreg[1]})." in PAGE
    uniform = ends.loc["Alignment and uniformity"]
    assert f"uniformity end at {both(ends, 'Alignment and uniformity', usual)};" in PAGE
    assert f"single runs reach {uniform['most'].max():.2f}." in PAGE
    low, high = span(ends.loc["Barlow Twins", "mean"])
    assert f"Barlow Twins stays between {low} and {high}." in PAGE
    others = ends[ends.index.get_level_values("reading") != usual]
    assert others["mean"].max() < RECOVERED  # "Without batch norm, or with independent masks"


def test_width():
    ends = study("width")["mean"].unstack("reading")[[f"m/d = {k}" for k in (1, 2, 5, 10, 20)]]
    low, high = span(ends.loc["CL-basic", "m/d = 1"])
    assert f"with m = d it ends at {low} to {high}" in PAGE
    first = [(row >= RECOVERED).idxmax() for _, row in ends.loc["CL-basic"].iterrows()]
    assert first == ["m/d = 2", "m/d = 5", "m/d = 20"]
    assert "from m = 2 d on at 0.1, from 5 d on at 0.3, with 20 d only at 0.5" in PAGE
    ncl = ends.loc["NCL-basic"]
    assert (ncl.diff(axis=1).iloc[:, 1:] > 0).all(axis=None)
    assert ncl.max(axis=None) < RECOVERED
    assert f"from {ncl.loc[0.1].iloc[0]:.2f} to {ncl.loc[0.1].iloc[-1]:.2f} at 0.1" in PAGE
    siamese = ends.loc["Simplified-SimSiam"].max(axis=None)
    assert f"SimSiam does not rise above {siamese:.2f}." in PAGE
    spectral = ends.loc["Spectral contrastive"].loc[[0.1, 0.3]]
    assert set(spectral.idxmax(axis=1)) == {"m/d = 5"}


def test_samples():
    ends = study("samples")["mean"]
    ncl, siamese = (span(ends.loc[name]) for name in ("NCL-basic", "Simplified-SimSiam"))
    assert f"ends at {ncl[0]} to {ncl[1]} and Simplified-SimSiam at {siamese[0]} to" in PAGE
    assert f"to {siamese[1]} from 300 samples to 30,000." in PAGE
    cl = ends.loc["CL-basic"].unstack("pr_sparse")
    assert (cl[0.1] >= RECOVERED).all()
    assert (cl[0.5] < RECOVERED).all()


@pytest.mark.parametrize(
    ("statistic", "words"),
    [
        ("fewest neurons of a column", "most like the minimum (τ = {} and {})"),
        ("support recovery", "support recovery least ({} and {})"),
    ],
)
def test_ranks(statistic, words):
    verdicts = pd.read_csv(BEYOND / "verdicts.csv")
    ranks = verdicts[verdicts["statistic"].str.startswith("Kendall")]
    values = ranks[ranks["statistic"].str.endswith(statistic)].sort_values("sparsity")["value"]
    assert words.format(*(f"{value:.2f}" for value in values)) in PAGE
    compared = {"most": ranks["value"].max(), "least": ranks["value"].min()}
    extreme = values.max() if "most" in words else values.min()
    assert extreme == compared["most" if "most" in words else "least"]


def test_other_measures():
    support, probe = (study("judge", name)["mean"] for name in ("support_recovery", "probe_r2"))
    shares = [f"{100 * support['Spectral contrastive', 'as above', k]:.0f} %" for k in (0.1, 0.3)]
    assert f"the support of {shares[0]} and {shares[1]} of the samples" in PAGE
    highest = study("judge")["mean"].groupby("pr_sparse").idxmax()
    assert {index[0] for index in highest} == {"Spectral contrastive"}
    assert "R² is {} to {} for all nine methods".format(*span(probe)) in PAGE
    assert probe.index.get_level_values("model").nunique() == 9


def test_the_time_is_that_of_the_jobs():
    jobs = pd.read_csv(BEYOND.parent / "provenance" / "jobs-beyond.csv")
    start = pd.to_datetime(jobs["start"])
    took = (start + pd.to_timedelta(jobs["seconds"], unit="s")).max() - start.min()
    assert f"the target took {took.total_seconds() / 60:.0f} minutes" in PAGE
    runs = jobs[jobs["rule"] == "train"]
    assert f"does, on the paper's data: {len(runs)} runs." in PAGE
    uniform, spectral = (runs["record"].str.contains(f"/{k}") for k in ("alignment", "spectral"))
    assert f"uniformity ({uniform.sum()} runs) and the spectral loss ({spectral.sum()})" in PAGE
    share = runs["seconds"][uniform | spectral].sum() / runs["seconds"].sum()
    assert share == pytest.approx(2 / 5, abs=0.05)  # "two fifths of that"
