"""Ablations: a reading's cells, its distance to the published numbers, the grid's picture."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ssl_landscape.ablations.figure import draw_grid, plot_grid
from ssl_landscape.ablations.specifications import plot_specifications
from ssl_landscape.ablations.summary import write_summary
from ssl_landscape.ablations.table import compare_readings, nearest, render_ablation, summarise
from ssl_landscape.config import load_config
from ssl_landscape.errors import UserError
from ssl_landscape.experiment.max_cosine import METRICS
from ssl_landscape.pipeline.plan import Plan

from ..helpers import REPOSITORY, spec_of

PLAN = Plan(load_config(REPOSITORY / "config.yaml"))

SPEC = {
    "question": "Which?",
    "laws": "Each z has what it has.",
    "sparsities": ["0.1", "0.3"],
    "seeds": "1-2",
    "axes": [],
    "sources": {},
    "expected": [{"model": "warm", "metric": "min_max_cosine", "start": 0.7, "end": 0.87}],
    "variations": [
        {
            "reading": reading,
            "label": f"reading {reading}",
            "values": [],
            "model": model,
            "model_label": model.upper(),
            "name": name,
            "in_use": name == model,
            "published": published,
        }
        for reading, model, name, published in [
            ("a", "ncl-basic", "ncl-basic", [2, "NCL-basic", None]),
            ("b", "ncl-basic", "ncl-basic.q.b", [2, "NCL-basic", None]),
            ("a", "warm", "warm", None),
        ]
    ],
}


def write_runs(folder, name, centre, seeds=(1, 2, 3)):
    """Write a model's metrics: minimum at centre -+ 0.01 over seeds 1, 2; start at 0.5 -+ 0.1."""
    rows = [
        {
            "sparsity": sparsity,
            "seed": seed,
            "epoch": 9,
            "loss": 1.0,
            "max_max_cosine": centre + 0.2,
            "median_max_cosine": centre + 0.1,
            "min_max_cosine": centre + {1: -0.01, 2: 0.01}.get(seed, 5),
            **{f"start_{metric}": {1: 0.4, 2: 0.6}.get(seed, 5) for metric in METRICS},
        }
        for sparsity in ("0.1", "0.2", "0.3")
        for seed in seeds
    ]
    final = folder / f"{name}.final.csv"
    pd.DataFrame(rows).to_csv(final, index=False)
    return final


@pytest.fixture
def files(tmp_path):
    centres = {"ncl-basic": 0.5, "ncl-basic.q.b": 0.7, "warm": 0.8}
    return [write_runs(tmp_path, name, centre) for name, centre in centres.items()]


class TestTable:
    def test_cells_against_the_published_ones_by_hand(self, files):
        cells = compare_readings(SPEC, files)
        assert len(cells) == 3 * 2 * 3
        cell = cells[
            (cells["reading"] == "b")
            & (cells["pr_sparse"] == "0.1")
            & (cells["metric"] == "min_max_cosine")
        ].iloc[0]
        # Table 2: NCL-basic at 0.1 has a minimum of 0.52 +- 0.06. Seed 3 is not compared.
        assert (cell["runs"], cell["mean"], cell["start"]) == (2, 0.7, 0.5)
        assert cell["std"] == pytest.approx(0.02 / 2**0.5, abs=1e-6)
        assert cell["difference"] == pytest.approx(0.7 - 0.52)
        assert not cell["within"]
        assert not cell["in_use"]

    def test_distance_is_the_root_mean_square_over_published_cells(self, files):
        cells = compare_readings(SPEC, files)
        known = cells[(cells["reading"] == "b")]
        wanted = np.sqrt(np.mean(known["difference"].astype(float) ** 2))
        line = summarise(cells).set_index("reading").loc["b"]
        assert line["distance"] == pytest.approx(wanted)
        assert (line["cells"], line["agree"]) == (6, known["within"].sum())

    def test_numbers_of_the_prose_are_compared_too(self, files):
        cells = compare_readings(SPEC, files)
        warm = cells[(cells["model"] == "WARM") & (cells["metric"] == "min_max_cosine")]
        assert warm["published_start"].tolist() == [0.7, 0.7]
        assert warm["difference"].tolist() == pytest.approx([-0.07, -0.07])
        assert cells[cells["model"] == "WARM"]["published_mean"].count() == 2

    def test_missing_runs_are_an_error_that_names_the_file(self, files, tmp_path):
        write_runs(tmp_path, "warm", 0.5, seeds=(1,))
        with pytest.raises(UserError, match=r"warm\.final\.csv: has 2 of the 4 runs"):
            compare_readings(SPEC, files)

    def test_exactly_the_tolerance_agrees_as_it_does_in_the_comparison(self, files, tmp_path):
        """0.92 - 0.87 is 0.050000000000000044; the prose prints no deviation."""
        spec = SPEC | {"seeds": "3"}
        for centre, within in ((0.92, True), (0.9201, False), (0.82, True), (0.8199, False)):
            write_runs(tmp_path, "warm", centre - 5, seeds=(3,))
            cells = compare_readings(spec, files)
            warm = cells[(cells["model"] == "WARM") & (cells["metric"] == "min_max_cosine")]
            assert warm["within"].tolist() == [within] * 2

    def test_a_bar_in_a_label_does_not_break_the_page(self, files, tmp_path):
        variations = [v | {"label": "a | b"} for v in SPEC["variations"]]
        outputs = [tmp_path / f"q.{kind}" for kind in ("csv", "md")]
        render_ablation(SPEC | {"variations": variations}, files, outputs)
        page = outputs[1].read_text(encoding="utf-8").replace(r"\|", "")
        widths = {line.count("|") for line in page.splitlines() if line.startswith("|")}
        assert widths == {6, 8}

    def test_two_readings_may_share_a_model(self, files):
        """Both change nothing: one file answers for both."""
        variations = [SPEC["variations"][0] | {"reading": reading} for reading in "ab"]
        cells = compare_readings(SPEC | {"variations": variations}, files[:1] + files[3:4])
        assert len(cells) == 2 * 2 * 3

    def test_pages_say_what_agrees(self, files, tmp_path):
        outputs = [tmp_path / f"q.{kind}" for kind in ("csv", "md")]
        render_ablation(SPEC, files, outputs)
        page = outputs[1].read_text(encoding="utf-8")
        assert page.startswith("Which?\n")
        assert "| reading b |  |  | 3 of 6 |" in page
        assert "0.700 ± 0.014 [0.52 ± 0.06] ✗" in page
        cells = tmp_path / "cells.csv"
        published = {"published_mean": 0.52, "published_std": 0.06, "table": 2, "sigma": None}
        published |= {"label": "NCL-basic", "metric": "min_max_cosine", "runs": 5, "tolerance": 0.1}
        lines = [
            {"pr_sparse": s, "model": "ncl-basic", "mean": mean, "within": within}
            for s, mean, within in (("0.1", 0.8, False), ("0.2", 0.5, True), ("0.3", 0.9, False))
        ]
        frame = pd.DataFrame([published | line for line in lines])
        frame["difference"], frame["sample_std"] = frame["mean"] - 0.52, 0.01
        frame.to_csv(cells, index=False)
        other = tmp_path / "other.csv"
        other.write_bytes(outputs[0].read_bytes())
        asked = [("q", "Which?"), ("other", "Which other?")]
        spec = {"questions": [{"ablation": name, "question": text} for name, text in asked]}
        spec["laws"] = SPEC["laws"]
        write_summary(spec, [outputs[0], other, cells], [tmp_path / "summary.md"])
        summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
        assert "| [Which?](q.md) | NCL-BASIC, WARM | reading a | yes |" in summary
        assert "| [Which other?](other.md) | NCL-BASIC, WARM | reading a | yes |" in summary
        assert summary.index("[Which?](q.md)") < summary.index("[Which other?](other.md)")
        tried = summary.partition("what was tried for each")[2].splitlines()
        rows = [[text.strip() for text in line.split("|")[1:-1]] for line in tried if "±" in line]
        ours = "NCL-basic, Pr(sparse) = 0.1, minimum"
        assert rows[0] == [ours, "0.52 ± 0.06", "in use", "0.800 ± 0.010", "+0.280", "5", ""]
        assert rows[1] == ["", "", "reading b", "0.700 ± 0.014", "+0.180", "2", ""]
        assert len(rows) == 6  # two cells under two ablations; the one that agrees is not there


def test_grid_is_drawn_from_its_runs(files, tmp_path):
    spec = SPEC | {
        "axes": ["loss.temperature", "masks.scheme"],
        "variations": [
            variation | {"values": values}
            for variation, values in zip(
                SPEC["variations"],
                ([0.05, "dependent"], [0.5, "dependent"], [0.05, "independent"]),
                strict=True,
            )
        ],
    }
    finals = files[:3]
    outputs = [tmp_path / f"grid.{kind}" for kind in ("pdf", "png", "svg")]
    draw_grid(spec, finals, outputs)
    text = outputs[2].read_text(encoding="utf-8")
    for word in ("Temperature", "Masks: dependent", "bar: their range", "what it has", "= 0.3"):
        assert word in text
    again = tmp_path / "again.pdf"
    draw_grid(spec, finals, [again])
    assert again.read_bytes() == outputs[0].read_bytes()


@pytest.fixture
def search(tmp_path):
    """A search over three keys: its spec, and the runs of all eight combinations."""
    axes = {"batch_norm": ["trained", "none"], "update": ["a", "b"], "learning_rate": [0.1, 0.2]}
    sources = {"text": {"update": "a"}, "code": {"update": "b", "learning_rate": 0.2}}
    variations, files = [], []
    for number, values in enumerate(itertools.product(*axes.values())):
        reading = "-".join(map(str, values))
        own = {"reading": reading, "label": reading, "name": f"ncl-basic.q.{reading}"}
        own |= {"values": list(values), "in_use": number == 6}
        variations.append(SPEC["variations"][0] | own)
        files.append(write_runs(tmp_path, own["name"], 0.52 + 0.03 * (7 - number)))
    changes = {"axes": list(axes), "sources": sources, "variations": variations}
    return SPEC | changes, files


class TestSearch:
    def test_departures_are_counted_by_source(self, search):
        cells = compare_readings(*search)
        by_reading = cells.drop_duplicates("reading").set_index("reading")["departures"]
        assert by_reading["trained-a-0.1"] == "0 from text, 2 from code"
        assert by_reading["none-b-0.2"] == "1 from text, 0 from code"

    def test_the_curve_goes_from_the_nearest_to_the_farthest(self, search, tmp_path):
        spec, files = search
        figure = plot_specifications(spec, compare_readings(spec, files))
        above, below = figure.axes
        (marks, ring) = above.collections
        distances = [y for _, y in sorted(marks.get_offsets().tolist())]
        assert len(distances) == 8
        assert distances == sorted(distances)
        assert len(ring.get_offsets()) == 1
        assert [text.get_text() for text in below.get_yticklabels()] == [
            *("batch norm: trained", "batch norm: none", "update: a", "update: b"),
            *("learning rate: 0.1", "learning rate: 0.2"),
        ]
        assert [len(marks.get_offsets()) for marks in below.collections] == [4] * 6
        outputs = [tmp_path / "search.svg"]
        draw_grid(spec, files, outputs)
        assert "in use" in outputs[0].read_text(encoding="utf-8")

    def test_of_many_readings_the_nearest_are_shown(self, search):
        spec, files = search
        readings = summarise(compare_readings(spec, files))
        assert len(nearest(readings)) == 8
        many = pd.concat([readings.assign(in_use=False), readings], ignore_index=True)
        many["distance"] = np.arange(16, 0, -1)
        shown = nearest(many)
        assert shown["distance"].tolist() == [1, 2, 3, 4, 5]
        many["distance"] = np.arange(16)
        assert nearest(many)["distance"].tolist() == [0, 1, 2, 3, 4, 14]

    def test_a_search_on_seeds_of_its_own_is_laid_beside_the_tables(self, search, tmp_path):
        spec, files = search
        spec = spec | {"seeds": "3"}
        outputs = [tmp_path / f"q.{kind}" for kind in ("csv", "md")]
        render_ablation(spec, files, outputs)
        lines = [
            {"model": "ncl-basic", "label": "NCL-basic", "pr_sparse": s, "metric": "min_max_cosine"}
            | {"difference": far, "within": True, "runs": 5, "table": 2, "sigma": None}
            | dict.fromkeys(("published_mean", "published_std", "mean", "sample_std"), 0.5)
            for s, far in (("0.1", 0.03), ("0.3", -0.03), ("0.2", 0.07))
        ]
        pd.DataFrame(lines).to_csv(tmp_path / "cells.csv", index=False)
        asked = {"questions": [{"ablation": "q", "question": "Which?"}], "laws": ""}
        write_summary(asked, [outputs[0], tmp_path / "cells.csv"], [tmp_path / "summary.md"])
        page = (tmp_path / "summary.md").read_text(encoding="utf-8")
        (line,) = [row for row in page.splitlines() if row.startswith("| [q](q.md)")]
        assert line.endswith("| 0.030 | 0.070 |")


LINES = [name for name in PLAN.grids if len(PLAN.config.ablations[name].grid) < 3]


@pytest.mark.parametrize("grid", LINES)
def test_the_legend_of_each_grid_is_inside(grid):
    spec = spec_of(PLAN, "ablation_figure", grid)
    values = [variation["values"] for variation in spec["variations"]]
    runs = pd.DataFrame([{"x": float(x), "line": str(rest[0])} for x, *rest in values])
    runs = pd.concat([runs.assign(sparsity=s, min_max_cosine=0.5) for s in spec["sparsities"]])
    figure = plot_grid(spec, runs)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box = figure.legends[0].get_window_extent(canvas.get_renderer())
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.x1
