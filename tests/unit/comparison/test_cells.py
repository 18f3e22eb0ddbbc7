"""Cells: the tolerance and its edge, the bootstrap, and what fewer runs would have said."""

import itertools
import statistics

import numpy as np
import pandas as pd
import pytest

from ssl_landscape.comparison.cells import agrees as within_tolerance
from ssl_landscape.comparison.cells import compare_cells, read_cells, tolerance
from ssl_landscape.comparison.cells_report import report, write_cells
from ssl_landscape.comparison.figure import MARKERS, TABLE_COLOURS, draw_comparison, plot_cells
from ssl_landscape.comparison.inference import infer
from ssl_landscape.comparison.resampling import EXACT, bootstrap_interval, misleading_share
from ssl_landscape.errors import UserError
from ssl_landscape.experiment.max_cosine import METRICS
from ssl_landscape.pipeline.plan import Plan

from ..helpers import spec_of

TABLE = [
    {"number": 3, "rows": [{"model": "warm", "label": "NCL-basic", "sigma": 0.14}]},
]


def compared(*arguments):
    """Cells as they are written: compared and judged."""
    frame = compare_cells(*arguments)
    return frame.join(infer(frame))


def finals(values, sparsity="0.1"):
    """Final metrics of a model: the same values for all three metrics."""
    return pd.DataFrame({"sparsity": sparsity} | dict.fromkeys(METRICS, values))


def cell(values, metric="min_max_cosine"):
    """Compare these runs with the published 0.58 ± 0.04 (minimum at 0.1, σ = 0.14)."""
    frame = compared(TABLE, {"warm": finals(values)})
    (line,) = frame[(frame["runs"] > 0) & (frame["metric"] == metric)].to_dict("records")
    return line


@pytest.fixture
def everything(shipped):
    """All tables of the shipped config, with made-up runs."""
    spec = spec_of(Plan(shipped), "cells")
    random = np.random.default_rng(3)
    made = {}
    for model in spec["models"]:
        parts = [
            pd.DataFrame({"sparsity": s} | {m: random.uniform(0.2, 0.9, 7) for m in METRICS})
            for s in ("0.1", "0.2", "0.3")
        ]
        made[model] = pd.concat(parts)
    return spec["tables"], made


class TestCells:
    def test_all_90_stand_beside_their_own_runs(self, everything):
        frame = compare_cells(*everything)
        assert len(frame) == 90
        assert frame.duplicated(["table", "label", "sigma", "pr_sparse", "metric"]).sum() == 0
        assert frame["table"].value_counts().to_dict() == {1: 18, 2: 45, 3: 27}
        for row in frame.itertuples():
            runs = everything[1][row.model]
            values = runs.loc[runs["sparsity"] == row.pr_sparse, row.metric].tolist()
            assert row.mean == pytest.approx(statistics.mean(values), abs=1e-6)
            assert row.sample_std == pytest.approx(statistics.stdev(values), abs=1e-6)
            assert row.difference == pytest.approx(row.mean - row.published_mean, abs=2e-6)
            assert row.lower <= row.mean <= row.upper
            assert row.published_in_interval == (row.lower <= row.published_mean <= row.upper)

    def test_what_was_not_run_is_there_without_numbers(self):
        frame = compared(TABLE, {"warm": finals([0.6, 0.7])})
        assert len(frame) == 90
        assert (frame["runs"] > 0).sum() == 3
        rest = frame[frame["runs"] == 0]
        assert rest[["mean", "within", "lower", "misleading_share"]].isna().all(axis=None)
        assert "not run" in report(frame)

    def test_nothing_was_run(self):
        frame = compared([], {})
        assert len(frame) == 90
        assert "not run" in report(frame)
        assert plot_cells(frame).axes

    def test_one_run_has_no_std_and_no_interval(self):
        line = cell([0.6])
        assert line["within"] is True
        assert np.isnan([line["sample_std"], line["lower"], line["upper"]]).all()
        assert line["tolerance"] == 0.05
        assert pd.isna(line["published_in_interval"])
        text = report(compared(TABLE, {"warm": finals([0.6])}))
        assert "nan" not in text.lower()

    @pytest.mark.parametrize(
        ("their_std", "our_std", "allowed"),
        [(0.04, 0.02, 0.06), (0.01, 0.02, 0.05), (0.06, 0.05, 0.1), (0.3, np.nan, 0.1)],
    )
    def test_tolerance(self, their_std, our_std, allowed):
        assert tolerance(their_std, our_std) == pytest.approx(allowed)

    @pytest.mark.parametrize(
        ("mean", "within"),
        [(0.63, True), (0.53, True), (0.6301, False), (0.5299, False), (0.58, True)],
    )
    def test_the_edge_without_spread(self, mean, within):
        """Published 0.58 ± 0.04: 0.05 counts; 0.63 - 0.58 is 0.050000000000000044."""
        assert cell([mean] * 3)["within"] is within

    @pytest.mark.parametrize("theirs", [0.08, 0.52, 0.58, 0.87])
    def test_a_difference_of_exactly_the_tolerance_agrees(self, theirs):
        for sign in (-1, 1):
            assert within_tolerance(theirs + sign * 0.05, np.nan, theirs, 0.0)
            assert not within_tolerance(theirs + sign * 0.0501, np.nan, theirs, 0.0)

    @pytest.mark.parametrize(("shift", "within"), [(-1e-6, True), (1e-6, False)])
    def test_the_edge_with_spread(self, shift, within):
        """Runs 0.05 apart on both sides: std 0.05, tolerance 0.04 + 0.05."""
        values = [0.58 + 0.09 + shift + step for step in (-0.05, 0.0, 0.05)]
        line = cell(values)
        assert line["tolerance"] == pytest.approx(0.09)
        assert line["within"] is within


class TestBootstrap:
    def test_against_all_resamples(self):
        """Of 5 runs there are 5^5 equally likely resamples: the interval without chance."""
        values = np.array([0.41, 0.52, 0.55, 0.73, 0.9])
        means = [statistics.mean(draw) for draw in itertools.product(values, repeat=5)]
        low, high = bootstrap_interval(values, "a")
        # Few means are possible: each end is the one at which the distribution passes its share.
        for end, share in ((low, 0.025), (high, 0.975)):
            assert np.mean([mean < end - 1e-9 for mean in means]) <= share + 0.005
            assert np.mean([mean <= end + 1e-9 for mean in means]) >= share - 0.005

    def test_against_the_normal_approximation(self):
        values = np.random.default_rng(5).normal(0.5, 0.1, 400)
        half = 1.96 * values.std() / 20
        wanted = (values.mean() - half, values.mean() + half)
        assert bootstrap_interval(values, "a") == pytest.approx(wanted, abs=0.002)

    def test_deterministic_and_a_cell_s_own(self):
        values = np.random.default_rng(5).normal(0.5, 0.1, 9)
        assert bootstrap_interval(values, "a") == bootstrap_interval(values, "a")
        assert bootstrap_interval(values, "a") != bootstrap_interval(values, "b")

    def test_equal_runs(self):
        assert bootstrap_interval(np.full(5, 0.5), "a") == (0.5, 0.5)


def agrees(means, stds):
    """Tolerance max(0.05, 0.02 + std) around 0.6."""
    return np.abs(means - 0.6) <= np.maximum(0.05, 0.02 + stds)


class TestMisleading:
    def brute_force(self, values):
        full = abs(statistics.mean(values) - 0.6) <= max(0.05, 0.02 + statistics.stdev(values))
        verdicts = [
            abs(statistics.mean(five) - 0.6) <= max(0.05, 0.02 + statistics.stdev(five))
            for five in itertools.combinations(values, 5)
        ]
        return sum(verdict != full for verdict in verdicts) / len(verdicts), len(verdicts)

    @pytest.mark.parametrize("shift", [0.0, 0.06, 0.08, 0.1])
    def test_against_brute_force(self, shift):
        values = np.random.default_rng(8).normal(0.6 + shift, 0.05, 9)
        share, subsets = misleading_share(values, agrees, "a")
        assert (share, subsets) == (pytest.approx(self.brute_force(values.tolist())[0]), 126)

    def test_the_cases_of_brute_force_are_not_trivial(self):
        random = np.random.default_rng(8)
        runs = [random.normal(0.6 + shift, 0.05, 9).tolist() for shift in (0.06, 0.08)]
        assert {self.brute_force(values)[0] for values in runs} != {0.0}

    def test_too_many_subsets_are_sampled(self):
        values = np.random.default_rng(4).normal(0.66, 0.06, 25)  # 53130 subsets
        share, subsets = misleading_share(values, agrees, "a")
        assert subsets == EXACT
        assert misleading_share(values, agrees, "a") == (share, subsets)
        exact, _ = self.brute_force(values.tolist())
        assert 0.02 < exact < 0.98
        assert share == pytest.approx(exact, abs=0.015)  # 4 standard errors

    @pytest.mark.parametrize("runs", [1, 3, 5])
    def test_five_runs_or_fewer_cannot_tell(self, runs):
        share, subsets = misleading_share(np.full(runs, 0.5), agrees, "a")
        assert np.isnan(share)
        assert subsets == 0

    def test_the_cell_and_the_report_say_so(self):
        values = [0.58] * 15 + [0.9] * 5  # five runs may be all from one side
        frame = compared(TABLE, {"warm": finals(values)})
        (line,) = frame[(frame["runs"] > 0) & (frame["metric"] == "min_max_cosine")].itertuples()
        assert line.subsets == 15504
        assert 0 < line.misleading_share < 1
        assert "5 runs mislead in" in report(frame)
        assert "`seeds: 20`" not in report(frame)
        assert "`seeds: 20`" in report(compared(TABLE, {"warm": finals([0.5] * 5)}))


class TestFigure:
    def test_every_cell_is_a_marker_and_hollow_outside(self, everything):
        frame = compare_cells(*everything)
        axis, beside = plot_cells(frame).axes
        assert [len(line.get_xdata()) - 1 for line in beside.lines[:2]] == [90, 30]
        marks = [line for line in axis.lines if line.get_marker() in {"^", "s", "v"}]
        filled = [line for line in marks if line.get_markerfacecolor() != "white"]
        assert sum(len(line.get_xdata()) for line in marks) == 90
        assert sum(len(line.get_xdata()) for line in filled) == frame["within"].sum()

    def test_it_can_be_read_without_colour(self):
        weights = np.array([0.2126, 0.7152, 0.0722])
        greys = sorted(
            float(weights @ [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
            for colour in TABLE_COLOURS.values()
        )
        assert min(np.diff(greys)) > 0.2
        assert len(set(MARKERS.values())) == 3

    def test_the_same_bytes_again(self, everything, tmp_path):
        cells = tmp_path / "cells.csv"
        compare_cells(*everything).to_csv(cells, index=False)
        files = [[tmp_path / f"{n}.{s}" for s in ("pdf", "png", "svg")] for n in ("a", "b")]
        for outputs in files:
            draw_comparison({}, [cells], outputs)
        for first, second in zip(*files, strict=True):
            assert first.read_bytes() == second.read_bytes()
            assert first.stat().st_size > 1000


def test_files_say_the_same_as_the_comparison(everything, tmp_path):
    tables, made = everything
    paths = [tmp_path / f"{model}.csv" for model in made]
    for model, path in zip(made, paths, strict=True):
        made[model].to_csv(path, index=False)
    outputs = [tmp_path / f"cells.{kind}" for kind in ("csv", "md")]
    spec = {"tables": tables, "models": list(made)}
    write_cells(spec, paths, outputs)
    wanted = compared(tables, made)
    pd.testing.assert_frame_equal(read_cells(outputs[0]), wanted, check_dtype=False)
    text = outputs[1].read_text("utf-8")
    agree = wanted["within"].sum()
    counts = next(line for line in text.splitlines() if line.startswith("| all | 90 | 90 |"))
    assert counts.split(" | ")[9] == str(agree)
    assert "sample standard deviation (n - 1)" in text
    before = [path.read_bytes() for path in outputs]
    write_cells(spec, paths, outputs)
    assert [path.read_bytes() for path in outputs] == before


def test_cells_that_cannot_be_read_are_one_clear_error(tmp_path):
    with pytest.raises(UserError, match=r"cells\.csv: no such file; build it with Snakemake"):
        read_cells(tmp_path / "cells.csv")
