"""A figure shows every run, their median and the printed values, in bytes that never change."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from ssl_landscape.claims.cases import WEIGHTS
from ssl_landscape.errors import UserError
from ssl_landscape.experiment.chance import chance_level
from ssl_landscape.io.files import write_parquet
from ssl_landscape.io.plot_style import COLOURS
from ssl_landscape.pipeline.aggregate import STARTS, aggregate, collect_ends
from ssl_landscape.pipeline.figures import PANEL_TITLES, draw_figure, plot_curves
from ssl_landscape.pipeline.tail import tail_of

QUANTITIES = ("loss", "max_max_cosine", "median_max_cosine", "min_max_cosine")
SIZES = {"p": 50, "d": 10, "m": 50}
SPEC = {
    "title": "Figure 0: a trial",
    "metrics": ["min_max_cosine", "loss"],
    "laws": {"0.1": "one of ten", "0.3": "three of ten"},
    "models": [
        {"model": "ncl", "label": "NCL", "colour": "orange", "seeds": "1-3", "sizes": SIZES}
        | {"published": (2, "NCL-basic", None)},
        {"model": "cl", "label": "CL", "colour": "blue", "seeds": "1-3", "sizes": SIZES}
        | {"published": None},
    ],
}
RUNS = ["seed-1", "seed-2", "seed-3"]
SPARSITIES = ("0.1", "0.3")


def frame(seed=0, epochs=30, sparsities=SPARSITIES):
    """A model's aggregated metrics; the loss of epoch 0 is missing."""
    random, parts = np.random.default_rng(seed), []
    for sparsity in sparsities:
        for quantity in QUANTITIES:
            runs = random.uniform(0.2, 0.9, (epochs + 1, 3))
            if quantity == "loss":
                runs[0] = np.nan
            part = pd.DataFrame({"sparsity": sparsity, "quantity": quantity}, range(epochs + 1))
            parts.append(part.assign(epoch=part.index, **dict(zip(RUNS, runs.T, strict=True))))
    return pd.concat(parts, ignore_index=True)


def only(data, sparsity, quantity):
    chosen = data[(data.sparsity == sparsity) & (data.quantity == quantity)]
    return chosen.dropna()


@pytest.fixture
def frames():
    return [frame(1), frame(2)]


@pytest.fixture
def figure(frames):
    return plot_curves(SPEC, frames)


PANELS = [(quantity, sparsity) for quantity in SPEC["metrics"] for sparsity in SPARSITIES]


def drawn(axis):
    """The lines of curves: not the marker of a printed value, nor the line of chance."""
    return [line for line in axis.lines if len(line.get_xdata()) > 2]


def test_a_row_per_metric_and_a_column_per_sparsity(figure):
    assert len(figure.axes) == 4
    assert [axis.get_title() for axis in figure.axes[:2]] == [
        "Pr(sparse) = 0.1\n(z: one of ten)",
        "Pr(sparse) = 0.3\n(z: three of ten)",
    ]
    assert [axis.get_ylabel() for axis in figure.axes[::2]] == ["Minimum max-cosine", "Loss"]
    assert {axis.get_xlabel() for axis in figure.axes[2:]} == {"Epoch"}
    assert figure.get_suptitle() == SPEC["title"]
    for low, high in (axis.get_ylim() for axis in figure.axes[:2]):
        assert low == 0
        assert 1 <= high < 1.1


@pytest.mark.parametrize(("panel", "of"), list(enumerate(PANELS)))
def test_lines_are_the_runs_and_their_median(figure, frames, panel, of):
    lines = drawn(figure.axes[panel])
    assert len(lines) == 2 * (3 + 1)
    for number, data in enumerate(frames):
        wanted = only(data, of[1], of[0])
        *runs, median = lines[4 * number : 4 * number + 4]
        for line, values in zip(runs, wanted[RUNS].to_numpy().T, strict=True):
            assert np.array_equal(line.get_xdata(), wanted["epoch"])
            assert np.array_equal(line.get_ydata(), values)
            assert line.get_linewidth() < median.get_linewidth() / 2
        middle = np.sort(wanted[RUNS].to_numpy(), axis=1)[:, 1]
        assert np.array_equal(median.get_ydata(), middle)


def test_the_printed_value_is_marked_after_the_end(figure):
    """Table 2: NCL-basic at 0.1 has a minimum of 0.52 +- 0.06; the loss is not printed."""
    marks = [[line for line in axis.lines if len(line.get_xdata()) == 1] for axis in figure.axes]
    assert [len(found) for found in marks] == [1, 1, 0, 0]
    assert marks[0][0].get_ydata() == pytest.approx([0.52])
    assert marks[0][0].get_xdata()[0] > 30
    (segment,) = figure.axes[0].collections[0].get_segments()
    assert segment[:, 1] == pytest.approx([0.46, 0.58])


def test_a_model_without_a_sparsity_is_left_out_there(frames):
    frames[1] = frame(2, sparsities=("0.3",))
    lines = [len(drawn(axis)) for axis in plot_curves(SPEC, frames).axes]
    assert lines == [4, 8, 4, 8]


def test_chance_is_a_line_of_each_size(frames):
    figure = plot_curves(SPEC, frames)
    flat = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 2]
    assert [line.get_ydata()[0] for line in flat] == [chance_level(**SIZES)["min_max_cosine"]]
    smaller = [SPEC["models"][0], SPEC["models"][1] | {"sizes": SIZES | {"m": 10}}]
    figure = plot_curves(SPEC | {"models": smaller}, frames)
    assert len([line for line in figure.axes[0].lines if len(line.get_xdata()) == 2]) == 2


def test_what_happens_near_1_is_shown_larger(frames):
    near = [frames[0], frames[1].copy()]
    for data in near:
        data.loc[data.quantity != "loss", RUNS] = 0.95 + data.loc[:, RUNS] / 20
    insets = [axis.child_axes for axis in plot_curves(SPEC, near).axes]
    assert [len(found) for found in insets] == [1, 1, 0, 0]
    low, high = insets[0][0].get_ylim()
    assert 0.94 < low < 0.965
    assert high == 1
    assert len(insets[0][0].lines) == 8
    one_run = (near[0].quantity == "min_max_cosine") & (near[0].sparsity == "0.1")
    near[0].loc[one_run, "seed-1"] -= 0.2
    (inset,) = plot_curves(SPEC, near).axes[0].child_axes  # of the other model alone
    assert len(inset.lines) == 4
    assert len({line.get_color() for line in inset.lines}) == 1
    near[1].loc[one_run, "seed-1"] -= 0.2
    assert not plot_curves(SPEC, near).axes[0].child_axes


def test_an_inset_hides_no_line_of_chance(frames):
    near = [frames[0], frames[1]]
    for data in near:
        data.loc[data.quantity != "loss", RUNS] = 0.95 + data.loc[:, RUNS] / 20
    for p, d, m in ((50, 10, 50), (50, 10, 10), (20, 20, 20), (4, 2, 8)):
        sizes = {"sizes": {"p": p, "d": d, "m": m}}
        spec = SPEC | {"models": [entry | sizes for entry in SPEC["models"]]}
        axis = plot_curves(spec, near).axes[0]
        (inset,) = axis.child_axes
        axis.figure.draw_without_rendering()
        low, high = axis.transData.inverted().transform(inset.get_window_extent())[:, 1]
        (level,) = {line.get_ydata()[0] for line in axis.lines if len(line.get_xdata()) == 2}
        assert not low < level < high


def test_a_long_curve_is_thinned_but_keeps_its_ends():
    data = frame(epochs=8013, sparsities=("0.1",))
    spec = SPEC | {"models": SPEC["models"][:1], "metrics": ["max_max_cosine"]}
    for line in drawn(plot_curves(spec, [data]).axes[0])[:3]:
        x = line.get_xdata()
        assert 300 <= len(x) <= 500
        assert (x[0], x[-1]) == (0, 8013)


def test_legend_says_what_is_drawn_and_of_how_many_runs(figure):
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "NCL: median of 3 runs (thin)",
        "CL: median of 3 runs (thin)",
        "published mean ± std, after the last epoch",
        "random neurons (chance)",
    ]
    handles = legend.get_lines()
    for panel in figure.axes:
        for line, handle in zip(drawn(panel)[3::4], handles, strict=False):
            assert line.get_color() == handle.get_color()
            assert line.get_linestyle() == handle.get_linestyle()
    assert str(handles[0]._dash_pattern) != str(handles[1]._dash_pattern)  # without colour


def test_colour_is_the_model_s(figure):
    handles = figure.legends[0].get_lines()[:2]
    for handle, colour in zip(handles, ("orange", "blue"), strict=True):
        assert to_rgb(handle.get_color()) == pytest.approx(to_rgb(COLOURS[colour]))


def test_with_one_sparsity_metrics_are_side_by_side():
    data = [frame(k, sparsities=("0.1",)) for k in (1, 2)]
    figure = plot_curves(SPEC | {"metrics": list(PANEL_TITLES)}, data)
    assert [axis.get_ylabel() for axis in figure.axes] == list(PANEL_TITLES.values())
    assert {axis.get_title() for axis in figure.axes} == {""}
    assert {axis.get_xlabel() for axis in figure.axes} == {"Epoch"}


def test_losses_far_apart_are_on_one_logarithmic_scale(frames):
    def scales():
        axes = plot_curves(SPEC, frames).axes[2:]
        assert len({axis.get_ylim() for axis in axes}) == 1
        return axes[0].get_ylabel(), {axis.get_yscale() for axis in axes}

    assert scales() == ("Loss", {"linear"})
    of_loss = (frames[1].quantity == "loss") & (frames[1].sparsity == "0.3")
    frames[1].loc[of_loss, RUNS] *= 100
    assert scales() == ("Loss (logarithmic)", {"log"})
    frames[1].loc[of_loss, RUNS] *= -1  # cosine losses
    assert scales() == ("Loss", {"linear"})


@pytest.fixture
def files(tmp_path):
    paths = []
    for entry, seed in zip(SPEC["models"], (1, 2), strict=True):
        paths.append(tmp_path / f"{entry['model']}.parquet")
        frame(seed).to_parquet(paths[-1])
    return paths


def outputs(folder):
    return [folder / f"figure{suffix}" for suffix in (".pdf", ".png", ".svg")]


def test_three_formats_with_the_same_bytes_when_redrawn(files, tmp_path):
    first, second = outputs(tmp_path / "one"), outputs(tmp_path / "two")
    draw_figure(SPEC, files, first)
    draw_figure(SPEC, files, second)
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
    pdf, _, svg = (path.read_bytes() for path in first)
    assert pdf.startswith(b"%PDF")
    assert pdf.rstrip().endswith(b"%%EOF")
    assert imread(first[1]).shape[1] > 1000
    assert svg.startswith(b"<?xml")
    for text in (
        "Minimum max-cosine",
        "NCL: median of 3 runs (thin)",
        "Pr(sparse) = 0.3",
        SPEC["title"],
    ):
        assert text in svg.decode()
    assert sorted(p.name for p in (tmp_path / "one").iterdir()) == [
        "figure.pdf", "figure.png", "figure.svg"
    ]  # fmt: skip


def test_other_data_other_bytes(files, tmp_path):
    first, second = outputs(tmp_path / "one")[2:], outputs(tmp_path / "two")[2:]
    draw_figure(SPEC, files, first)
    draw_figure(SPEC, files[::-1], second)
    assert first[0].read_bytes() != second[0].read_bytes()


def test_nothing_of_the_machine_or_time_is_in_the_files(files, tmp_path):
    draw_figure(SPEC, files, outputs(tmp_path))
    for path in outputs(tmp_path):
        content = path.read_bytes().lower()
        for word in (b"matplotlib v", b"creationdate", b"dc:date", str(tmp_path).encode()):
            assert word not in content


def test_a_missing_input_is_named_and_nothing_is_written(files, tmp_path):
    files[1].unlink()
    with pytest.raises(UserError, match=r"cl\.parquet"):
        draw_figure(SPEC, files, outputs(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def write_run(path, frame):
    """Write a run's curve as the training does, with its spec."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    write_parquet(path, table, {"epochs": len(frame) - 1})


class TestAggregate:
    """Stage 3, which feeds the figures and tables."""

    RUNS = (("0.1", 1), ("0.1", 2), ("0.3", 1), ("0.3", 2))
    SPEC = {"runs": [["0.1", "1-2"], ["0.3", "1-2"]]}  # noqa: RUF012

    @pytest.fixture
    def curves(self, tmp_path):
        tables, random = [], np.random.default_rng(0)
        for k, _ in enumerate(self.RUNS):
            data = pd.DataFrame({"epoch": np.arange(5, dtype=np.int32)})
            for quantity in (*QUANTITIES, *WEIGHTS):
                data[quantity] = random.random(5).astype(np.float32)
            data.loc[0, "loss"] = np.nan
            write_run(tmp_path / f"{k}.parquet", data)
            tables.append(data)
        return [tmp_path / f"{k}.parquet" for k in range(4)], tables

    def test_mean_minimum_maximum_and_last_epoch(self, curves, tmp_path):
        paths, tables = curves
        output, final = tmp_path / "out.parquet", tmp_path / "out.csv"
        aggregate(self.SPEC, paths, [output, final])
        found = pd.read_parquet(output).reset_index(drop=True)
        assert len(found) == 2 * 4 * 5
        assert set(found["runs"]) == {2}
        for row in found.itertuples():
            position = {"0.1": 0, "0.3": 2}[row.sparsity]
            pair = [float(tables[position + k][row.quantity][row.epoch]) for k in (0, 1)]
            wanted = (sum(pair) / 2, min(pair), max(pair))
            assert (row.mean, row.min, row.max) == pytest.approx(wanted, rel=1e-12, nan_ok=True)
            runs = found.loc[row.Index, ["seed-1", "seed-2"]].astype(float)
            assert runs.tolist() == pytest.approx(pair, nan_ok=True)
        last = pd.read_csv(final, dtype={"sparsity": str})
        assert list(zip(last["sparsity"], last["seed"], strict=True)) == list(self.RUNS)
        for k, table in enumerate(tables):
            for quantity in (*QUANTITIES, *WEIGHTS):
                assert last[quantity][k] == pytest.approx(float(table[quantity].iloc[-1]))
            for quantity in STARTS:
                assert last[f"start_{quantity}"][k] == pytest.approx(float(table[quantity].iloc[0]))

    def test_the_last_sixteenth_is_a_run_s_tail(self):
        curve = np.arange(8001.0)
        wanted = {"tail_median": 7750.5, "tail_lowest": 7501, "tail_highest": 8000}
        assert tail_of(curve) == wanted
        assert tail_of(curve[:9]) == dict.fromkeys(wanted, 8)

    def test_the_ends_alone_are_the_same(self, curves, tmp_path):
        outputs = [tmp_path / "out.parquet", tmp_path / "out.csv"]
        aggregate(self.SPEC, curves[0], outputs)
        collect_ends(self.SPEC, curves[0], [tmp_path / "ends.csv"])
        assert (tmp_path / "ends.csv").read_bytes() == outputs[1].read_bytes()

    def test_curves_of_different_length_are_refused(self, curves, tmp_path):
        paths, tables = curves
        write_run(paths[1], tables[1].iloc[:-1])
        with pytest.raises(UserError, match=r"sparsity 0\.1.*length"):
            aggregate(self.SPEC, paths, [tmp_path / "out.parquet", tmp_path / "out.csv"])

    def test_no_band_where_a_run_has_no_value(self, curves, tmp_path):
        paths, _ = curves
        aggregate(self.SPEC, paths, [tmp_path / "out.parquet", tmp_path / "out.csv"])
        found = pd.read_parquet(tmp_path / "out.parquet")
        start = found[(found.quantity == "loss") & (found.epoch == 0)]
        assert start[["mean", "min", "max"]].isna().all().all()
