"""Tests of cells: against statsmodels' from raw runs, and in cases whose answer is plain."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from ssl_landscape.comparison.cells import accepted_of_others
from ssl_landscape.comparison.inference import (
    DIFFERENT,
    EQUIVALENT,
    PUBLISHED_RUNS,
    UNDECIDED,
    bias,
    equivalence,
    infer,
    largest_std,
    noise_floor,
)


def cells(*lines):
    """Lines of cells.csv: ours (mean, std, runs), theirs (mean, std)."""
    columns = ["mean", "sample_std", "runs", "published_mean", "published_std"]
    frame = pd.DataFrame(lines, columns=columns)
    return frame.assign(difference=frame["mean"] - frame["published_mean"])


def state(*line):
    return infer(cells(line)).loc[0, "state"]


@pytest.mark.parametrize("margin", [0.05, 0.1])
@pytest.mark.parametrize("shift", [0.0, 0.04, -0.09])
def test_equivalence_is_that_of_statsmodels(margin, shift):
    random = np.random.default_rng(7)
    ours, theirs = random.normal(0.6 + shift, 0.03, 7), random.normal(0.6, 0.05, 5)
    compared = CompareMeans(DescrStatsW(ours), DescrStatsW(theirs))
    wanted = compared.ttost_ind(-margin, margin, usevar="unequal")[0]
    sides = [(np.array([x.mean()]), np.array([x.std(ddof=1)]), len(x)) for x in (ours, theirs)]
    assert equivalence(*sides, margin)[0] == pytest.approx(wanted, rel=1e-9)


def test_the_difference_is_that_of_statsmodels():
    """Runs with exactly the largest standard deviation that the printed one allows."""
    random = np.random.default_rng(7)
    ours, theirs = random.normal(0.9, 0.03, 7), random.normal(0, 1, PUBLISHED_RUNS)
    theirs = (theirs - theirs.mean()) / theirs.std(ddof=1)
    theirs = 0.6 + 0.005 + theirs * largest_std(pd.Series([0.04]))[0]  # ours may be 0.005 closer
    wanted = CompareMeans(DescrStatsW(ours), DescrStatsW(theirs)).ttest_ind(usevar="unequal")[1]
    found = infer(cells((ours.mean(), ours.std(ddof=1), 7, 0.6, 0.04)))
    assert found.loc[0, "p_different"] == pytest.approx(wanted, abs=1e-6)
    assert found.loc[0, "p_different_holm"] == found.loc[0, "p_different"]  # a family of one


def test_states():
    assert state(0.901, 0.004, 5, 0.90, 0.004) == EQUIVALENT[0]
    assert state(0.96, 0.01, 5, 0.90, 0.01) == EQUIVALENT[1]
    assert state(0.5, 0.01, 5, 0.90, 0.01) == DIFFERENT
    assert state(0.7, 0.2, 5, 0.90, 0.2) == UNDECIDED


def test_more_runs_decide():
    assert state(0.90, 0.07, 5, 0.90, 0.02) != EQUIVALENT[0]
    assert state(0.90, 0.07, 20, 0.90, 0.02) == EQUIVALENT[0]


def test_the_family_makes_a_difference_harder_to_find():
    lines = [(0.68, 0.06, 5, 0.81, 0.05)] + [(0.9, 0.1, 5, 0.9, 0.1)] * 20
    assert infer(cells(lines[0])).loc[0, "state"] == DIFFERENT
    assert infer(cells(*lines)).loc[0, "state"] == UNDECIDED


def test_prediction_intervals():
    """t(0.975, 4) = 2.776; 2.776 * 0.0507 * sqrt(2/5) = 0.089, plus the rounding of 0.005."""
    for mean, inside in ((0.993, True), (0.995, False)):
        found = infer(cells((mean, 0.001, 5, 0.9, 0.04))).loc[0]
        assert found["ours_in_their_prediction"] == inside
        assert not found["theirs_in_our_prediction"]


def test_what_was_not_run_has_no_state():
    frame = cells((0.9, 0.01, 5, 0.9, 0.01), (np.nan, np.nan, 0, 0.9, 0.01))
    assert infer(frame).index.tolist() == [0]
    assert infer(frame[1:]).empty


def test_the_printed_std_may_be_of_the_other_kind():
    printed = largest_std(pd.Series([0.04, 0.005, 0.3]))
    wanted = np.sqrt(5 / 4) * np.array([0.045, 0.0055, 0.305])
    np.testing.assert_allclose(printed, wanted)


def of_rows(differences):
    lines = [
        {"table": 3, "label": f"model {i}", "sigma": np.nan, "pr_sparse": sparsity, "metric": "min"}
        | {"published_mean": 0.5 + i / 100 + shift, "published_std": 0.01, "runs": 5}
        for i in range(len(differences))
        for sparsity, shift in (("0.1", 0.0), ("0.2", 0.03))
    ]
    frame = pd.DataFrame(lines)
    frame["difference"] = np.repeat(differences, 2)
    return frame.assign(mean=frame["published_mean"] + frame["difference"], sample_std=0.01)


def test_a_bias_is_found():
    leaning, balanced = of_rows([0.01, 0.02, 0.03, 0.04] * 2), of_rows([0.01, -0.01, 0.02, -0.02])
    found = bias(leaning)
    assert found["table"].tolist() == [3, "all"]
    assert (found["positive"] == 16).all()
    assert (found["p"] < 0.01).all()
    assert (bias(balanced)["p"] > 0.5).all()


def test_the_papers_own_noise():
    assert noise_floor(of_rows([0.1] * 4)).to_numpy() == pytest.approx([0.03] * 4)


def test_rows_of_other_models_that_would_be_accepted():
    """Means 0.01 apart and a tolerance of 0.05: of 9 models, pairs up to 5 apart."""
    frame = of_rows([0.0] * 9)
    pairs = [abs(i - k) <= 5 for i in range(9) for k in range(9) if i != k]
    assert accepted_of_others(frame) == pytest.approx(np.mean(pairs))
