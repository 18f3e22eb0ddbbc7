"""Intervals of the claims' cases, and what five of more runs would have said."""

import itertools
import math
from statistics import fmean

import numpy as np
import pytest

from ssl_landscape.claims.cases import MINIMUM, ModelRuns, Run
from ssl_landscape.claims.judges import ends_above, ends_high, rises
from ssl_landscape.comparison.uncertainty import intervals, verdicts_of_five


def model(name, *pairs, sparsity="0.1"):
    runs = [Run({MINIMUM: start}, {MINIMUM: end}) for start, end in pairs]
    return ModelRuns(name, {sparsity: runs})


def test_an_interval_against_all_resamples():
    """Of 5 runs there are 5^5 equally likely resamples: the interval without chance."""
    ends = [0.41, 0.52, 0.55, 0.73, 0.9]
    models = {"a": model("a", *((0.3, end) for end in ends))}
    ((low, high),) = intervals(lambda runs: ends_high(runs["a"], at_least=0.7), models)
    means = np.array([fmean(draw) for draw in itertools.product(ends, repeat=5)])
    wanted = np.quantile(means, [0.025, 0.975])
    assert (low, high) == pytest.approx(wanted, abs=0.02)


def test_both_ends_of_a_run_stay_together():
    """Each run rises by 0.1, wherever it starts: the change has no spread."""
    models = {"a": model("a", *((start, start + 0.1) for start in (0.1, 0.4, 0.7)))}
    ((low, high),) = intervals(lambda runs: rises(runs["a"], rise=0.05), models)
    assert (low, high) == pytest.approx((0.1, 0.1))


def test_two_models_are_drawn_each_by_itself():
    """Equal runs: a difference of means has the spread of both."""
    pairs = [(0.3, end) for end in (0.2, 0.4, 0.6, 0.8)]
    models = {name: model(name, *pairs) for name in "ab"}
    ((low, high),) = intervals(lambda r: ends_above(r["a"], r["b"], margin=0.1), models)
    assert low == pytest.approx(-high, abs=0.05)
    assert high > 0.2


def test_a_single_run_has_no_interval():
    models = {"a": model("a", (0.3, 0.9))}
    ((low, high),) = intervals(lambda runs: ends_high(runs["a"], at_least=0.7), models)
    assert math.isnan(low)
    assert math.isnan(high)


def test_five_runs_have_no_subsets():
    models = {"a": model("a", *[(0.3, 0.9)] * 5)}
    assert verdicts_of_five(lambda runs: ends_high(runs["a"], at_least=0.7), models) == [[]]


def test_the_verdicts_of_five_against_all_subsets():
    """Three of ten runs miss: the mean of five is below 0.7 if two or more of them do."""
    ends = [0.9] * 7 + [0.3] * 3
    models = {"a": model("a", *((0.3, end) for end in ends))}
    (found,) = verdicts_of_five(lambda runs: ends_high(runs["a"], at_least=0.7), models)
    share = fmean(verdict == "not confirmed" for verdict in found)
    sets = list(itertools.combinations(ends, 5))
    assert share == pytest.approx(fmean(fmean(one) < 0.7 for one in sets), abs=0.06)
