"""A case's verdict at and around its bound, and what judges return."""

import math

import pytest

from ssl_landscape.claims.cases import MINIMUM, Case, ModelRuns, Run, combine
from ssl_landscape.claims.judges import JUDGES, arguments_of
from ssl_landscape.experiment.max_cosine import METRICS

CONFIRMED, PARTLY, NOT_CONFIRMED = "confirmed", "partly", "not confirmed"
UNDECIDED = "undecided"


class TestCases:
    def case(self, value, at_least=True, direction=None):
        return Case(("m",), "0.1", "s", value, "t", 0.3, at_least=at_least, direction=direction)

    @pytest.mark.parametrize(
        ("value", "at_least", "direction", "verdict"),
        [
            (0.3, True, None, CONFIRMED),
            (0.1 + 0.2, False, None, CONFIRMED),  # 0.30000000000000004
            (0.9 - 0.6, True, 0.0, CONFIRMED),  # 0.30000000000000004 or just below
            (0.299999, True, None, NOT_CONFIRMED),
            (0.299999, True, 0.0, PARTLY),
            (0.0, True, 0.0, NOT_CONFIRMED),
            (0.31, True, 0.4, NOT_CONFIRMED),  # reaches the bound, but the wrong way
            (0.31, False, 1.0, PARTLY),
            (1.0, False, 1.0, NOT_CONFIRMED),
            (math.nan, True, 0.0, "not judged"),
        ],
    )
    def test_verdict(self, value, at_least, direction, verdict):
        assert self.case(value, at_least, direction).verdict == verdict

    @pytest.mark.parametrize(
        ("low", "high", "verdict"),
        [
            (0.31, 0.5, CONFIRMED),
            (0.3, 0.5, CONFIRMED),  # on the bound meets it
            (0.29, 0.5, UNDECIDED),
            (-0.1, 0.5, UNDECIDED),
            (math.nan, math.nan, UNDECIDED),  # a single run
        ],
    )
    def test_a_verdict_is_decided_by_the_whole_interval(self, low, high, verdict):
        assert self.case(0.4, direction=0.0).verdict_within(low, high) == verdict

    def test_what_lies_between_the_bounds_is_partly(self):
        case = self.case(0.2, direction=0.0)
        assert case.verdict_within(0.1, 0.29) == PARTLY
        assert case.verdict_within(-0.1, 0.29) == UNDECIDED

    @pytest.mark.parametrize("judge", ["rises", "falls"])
    @pytest.mark.parametrize(
        ("changes", "verdict"),
        [
            ((0.3, -0.02, -0.02), NOT_CONFIRMED),  # one run makes the mean
            ((0.3, 0.02, -0.02), CONFIRMED),
            ((0.3, -0.02), NOT_CONFIRMED),  # half is not most
            ((0.02, 0.02, 0.02), PARTLY),
        ],
    )
    def test_most_runs_have_to_go_the_claimed_way(self, judge, changes, verdict):
        sign, bound = {"rises": (1, "rise"), "falls": (-1, "fall")}[judge]
        runs = [Run({MINIMUM: 0.5}, {MINIMUM: 0.5 + sign * change}) for change in changes]
        (case,) = JUDGES[judge](ModelRuns("model", {"0.1": runs}), **{bound: 0.05})
        assert case.verdict == verdict

    @pytest.mark.parametrize(
        ("verdicts", "overall"),
        [
            ([CONFIRMED, CONFIRMED], CONFIRMED),
            ([NOT_CONFIRMED], NOT_CONFIRMED),
            ([CONFIRMED, NOT_CONFIRMED], PARTLY),
            ([PARTLY, PARTLY], PARTLY),
            ([NOT_CONFIRMED, PARTLY], PARTLY),
            ([CONFIRMED, "not judged"], CONFIRMED),
            ([], "not judged"),
            ([CONFIRMED, UNDECIDED], UNDECIDED),  # may become partly
            ([UNDECIDED, "not judged"], UNDECIDED),
            ([CONFIRMED, NOT_CONFIRMED, UNDECIDED], PARTLY),  # whatever the last one is
            ([PARTLY, UNDECIDED], PARTLY),
        ],
    )
    def test_combine(self, verdicts, overall):
        assert combine(verdicts) == overall

    @pytest.mark.parametrize("judge", JUDGES)
    def test_every_judge_is_silent_about_models_without_runs(self, judge):
        empty = ModelRuns("none", {})
        thresholds = {
            "ends_high": {"at_least": 1},
            "ends_low": {"at_most": 1},
            "ends_above": {"margin": 1},
            "ends_no_higher": {"margin": 1},
            "falls": {"fall": 1},
            "rises": {"rise": 1, "average_end": 1},
            "collapses": {"above_chance": 1, "weights_left": 1},
        }[judge]
        assert JUDGES[judge](*[empty] * len(arguments_of(JUDGES[judge])[0]), **thresholds) == []

    def test_the_network_that_keeps_more_weight_counts(self):
        cosines = dict.fromkeys(METRICS, 0.1)
        start = cosines | {"online_weight_norm": 2.0, "target_weight_norm": 4.0}
        end = cosines | {"online_weight_norm": 0.02, "target_weight_norm": 2.0}
        model = ModelRuns("m", {"0.1": [Run(start, end)]}, cosines)
        *_, weights = JUDGES["collapses"](model, above_chance=0.0, weights_left=0.01)
        assert weights.value == pytest.approx(0.5)
        assert weights.verdict == PARTLY
