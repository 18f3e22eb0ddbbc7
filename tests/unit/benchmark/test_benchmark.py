"""The benchmark: what it counts for the floor, what it changes in size, what it writes."""

import pandas as pd
import pytest

from ssl_landscape.benchmark.clock import side_by_side
from ssl_landscape.benchmark.floor import products_of, traffic_of
from ssl_landscape.benchmark.measure import (
    AXES,
    FACTORS,
    epochs,
    measure_scaling,
    measure_steps,
    resize,
    steps_per_epoch,
)
from ssl_landscape.benchmark.report import run_bench, write_report
from ssl_landscape.cli.inspect import bench_cases
from ssl_landscape.config import read_yaml
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.plan import Plan

from ..helpers import CONTRASTIVE, REPOSITORY, SIMSIAM, small_spec

DATASET = {
    "dataset": "sparse",
    "sparsity": "0.3",
    "seed": 1,
    "n": 40,
    "p": 24,
    "d": 5,
    "latents": "exact_counts",
    "noise": 0.1,
}
TINY = small_spec(epochs=3)
FILES = {"steps.csv", "scaling.csv", "benchmark.pdf", "benchmark.png", "benchmark.svg"}


class TestFloor:
    def test_products_of_non_contrastive_learning(self):
        assert sorted(products_of(TINY, 12)) == sorted([(16, 12, 7)] * 2 + [(12, 16, 7)])

    def test_products_of_contrastive_learning(self):
        shapes = products_of(small_spec(**CONTRASTIVE), 12)
        assert sorted(shapes) == sorted(
            [(16, 12, 7)] * 2 + [(12, 16, 7)] * 2 + [(32, 7, 16), (32, 32, 7)]
        )

    def test_further_layers_need_the_gradient_of_their_inputs(self):
        shapes = products_of(small_spec(**SIMSIAM), 12)  # both views learn, through a predictor
        assert shapes.count((16, 7, 7)) == 2 * 2  # forth, and back to the representation
        assert shapes.count((7, 16, 7)) == 2

    def test_similarities_are_the_most_of_contrastive_traffic(self):
        floats = [array * passes for array, passes in traffic_of(small_spec(**CONTRASTIVE), 12)]
        assert floats[-1] == 4 * 32**2 / 2  # symmetric
        assert len(floats) == len(traffic_of(TINY, 12)) + 1


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("factor", FACTORS)
def test_one_size_is_changed_and_batches_stay_full(axis, factor):
    spec, dataset = small_spec(epochs=8, neurons=8), DATASET
    value, changed, data = resize(spec, dataset, axis, factor)
    owner = data if axis in ("n", "p") else changed
    assert owner["neurons" if axis == "m" else axis] == value
    assert data["n"] >= changed["batch_size"]
    assert (spec["neurons"], dataset["n"]) == (8, 40)  # not changed in place


def test_the_times_of_the_steps_are_printed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("ssl_landscape.benchmark.clock._ROUND", 1e-3)
    monkeypatch.setattr("ssl_landscape.benchmark.report.measure_scaling", lambda *_: None)
    monkeypatch.setattr("ssl_landscape.benchmark.report.write_report", lambda *_: None)
    run_bench([("NCL", TINY, DATASET)], 1, 2, tmp_path)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["model", "NCL"]
    assert {"ours", "plain", "floor", "times_floor"} <= {line.split()[0] for line in lines[1:]}


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("model", [{}, CONTRASTIVE, SIMSIAM])
def test_both_sides_train(plain, model):
    run = epochs(small_spec(**model), DATASET, plain=plain, curve=True)
    assert run() is None
    assert run() is None


def test_steps_per_epoch():
    assert steps_per_epoch(small_spec(partial_batch="keep"), 40) == 3
    assert steps_per_epoch(small_spec(partial_batch="drop"), 40) == 2


def test_functions_take_turns(monkeypatch):
    monkeypatch.setattr("ssl_landscape.benchmark.clock._ROUND", 1e-9)
    calls = []
    times = side_by_side({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 3)
    assert calls[-6:] == ["a", "b"] * 3
    assert [len(values) for values in times.values()] == [3, 3]


def test_what_is_measured_and_written(tmp_path, monkeypatch):
    monkeypatch.setattr("ssl_landscape.benchmark.clock._ROUND", 1e-3)
    cases = [("NCL", TINY, DATASET), ("CL", small_spec(**CONTRASTIVE), DATASET)]
    steps, scaling = measure_steps(cases, 3, 1), measure_scaling(cases, 1)
    assert list(steps["model"]) == ["NCL", "CL"]
    assert (steps.drop(columns="model") > 0).all(axis=None)
    assert (steps["ours"] >= steps["ours_min"]).all()
    assert steps["speedup"].tolist() == pytest.approx((steps["plain"] / steps["ours"]).tolist())
    assert len(scaling) == 2 * len(AXES) * len(FACTORS)

    write_report(steps, scaling, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == FILES
    assert all(path.stat().st_size > 200 for path in tmp_path.iterdir())
    assert list(pd.read_csv(tmp_path / "steps.csv")["model"]) == ["NCL", "CL"]


def test_an_unusable_folder_is_refused_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr("ssl_landscape.benchmark.report.measure_steps", None)
    file = tmp_path / "steps.csv"
    file.write_text("")
    for folder in (file, file / "below"):
        with pytest.raises(UserError, match=r"steps\.csv\S*: cannot write the benchmark there"):
            run_bench([], 3, 1, folder)


def test_the_shipped_config_has_both_models():
    cases = bench_cases(Plan(read_yaml(REPOSITORY / "config.yaml")))
    assert [case[0] for case in cases] == ["NCL-basic", "CL-basic"]
    assert [case[2]["n"] for case in cases] == [1000, 1000]
