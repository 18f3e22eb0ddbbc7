"""A figure shows the mean, the band and the names that it should, in bytes that never change."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from ssl_landscape.errors import UserError
from ssl_landscape.io.files import write_parquet
from ssl_landscape.io.plot_style import COLOURS
from ssl_landscape.pipeline.aggregate import aggregate
from ssl_landscape.pipeline.figures import PANEL_TITLES, draw_figure, plot_curves

QUANTITIES = ("loss", "max_max_cosine", "median_max_cosine", "min_max_cosine")
SPEC = {
    "title": "Figure 0: a trial",
    "metrics": ["min_max_cosine", "loss"],
    "models": [
        {"model": "ncl", "label": "NCL", "colour": "orange"},
        {"model": "cl", "label": "CL", "colour": "blue"},
    ],
}


def frame(seed=0, epochs=30, sparsities=("0.1", "0.3")):
    """A model's aggregated metrics; the loss of epoch 0 is missing."""
    random, rows = np.random.default_rng(seed), []
    for sparsity in sparsities:
        for quantity in QUANTITIES:
            runs = random.uniform(0.2, 0.9, (3, epochs + 1))
            if quantity == "loss":
                runs[:, 0] = np.nan
            rows += [
                (sparsity, quantity, epoch, column.mean(), column.min(), column.max(), 3)
                for epoch, column in enumerate(runs.T)
            ]
    names = ["sparsity", "quantity", "epoch", "mean", "min", "max", "runs"]
    return pd.DataFrame(rows, columns=names)


def only(data, sparsity, quantity):
    chosen = data[(data.sparsity == sparsity) & (data.quantity == quantity)]
    return chosen.dropna()


@pytest.fixture
def frames():
    return [frame(1), frame(2)]


@pytest.fixture
def figure(frames):
    return plot_curves(SPEC, frames)


def curves_in_order(frames):
    return [(data, sparsity) for data in frames for sparsity in ("0.1", "0.3")]


def test_panels_titles_and_axes(figure):
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["Minimum max-cosine", "Loss"]
    assert figure.get_suptitle() == SPEC["title"]
    assert {axis.get_xlabel() for axis in figure.axes} == {"Epoch"}
    low, high = figure.axes[0].get_ylim()
    assert low == 0
    assert 1 <= high < 1.1


@pytest.mark.parametrize(("panel", "quantity"), list(enumerate(SPEC["metrics"])))
def test_lines_are_the_means(figure, frames, panel, quantity):
    lines = figure.axes[panel].lines
    assert len(lines) == 4
    for line, (data, sparsity) in zip(lines, curves_in_order(frames), strict=True):
        wanted = only(data, sparsity, quantity)
        assert np.array_equal(line.get_xdata(), wanted["epoch"])
        assert np.array_equal(line.get_ydata(), wanted["mean"])


@pytest.mark.parametrize(("panel", "quantity"), list(enumerate(SPEC["metrics"])))
def test_bands_reach_from_minimum_to_maximum(figure, frames, panel, quantity):
    bands = figure.axes[panel].collections
    assert len(bands) == 4
    for band, (data, sparsity) in zip(bands, curves_in_order(frames), strict=True):
        wanted = only(data, sparsity, quantity)
        corners = {(round(x, 9), round(y, 9)) for x, y in band.get_paths()[0].vertices}
        for edge in ("min", "max"):
            points = zip(wanted["epoch"], wanted[edge].round(9), strict=True)
            assert {(float(x), float(y)) for x, y in points} <= corners
        assert len(corners) <= 2 * len(wanted) + 2


def test_a_long_curve_is_thinned_but_keeps_its_ends():
    data = frame(epochs=8013, sparsities=("0.1",))
    spec = SPEC | {"models": SPEC["models"][:1], "metrics": ["max_max_cosine"]}
    (line,) = plot_curves(spec, [data]).axes[0].lines
    x = line.get_xdata()
    assert 300 <= len(x) <= 500
    assert (x[0], x[-1]) == (0, 8013)
    wanted = only(data, "0.1", "max_max_cosine").set_index("epoch")["mean"]
    assert np.array_equal(line.get_ydata(), wanted[x])


def test_legend_names_every_curve_with_its_colour_and_style(figure):
    (legend,) = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts == [
        f"{label}, Pr(sparse) = {sparsity}"
        for label in ("NCL", "CL")
        for sparsity in ("0.1", "0.3")
    ]
    handles = legend.get_lines()
    for panel in figure.axes:
        for line, handle in zip(panel.lines, handles, strict=True):
            assert line.get_color() == handle.get_color()
            assert line.get_linestyle() == handle.get_linestyle()
    looks = {(handle.get_color(), str(handle._dash_pattern)) for handle in handles}
    assert len(looks) == 4


def test_colour_is_the_model_s(figure):
    for handle, colour in zip(figure.legends[0].get_lines()[::2], ("orange", "blue"), strict=True):
        assert to_rgb(handle.get_color()) == pytest.approx(to_rgb(COLOURS[colour]))


def test_one_sparsity_is_not_repeated_in_the_legend():
    data = [frame(k, sparsities=("0.1",)) for k in (1, 2)]
    legend = plot_curves(SPEC, data).legends[0]
    assert [text.get_text() for text in legend.get_texts()] == ["NCL", "CL"]


def test_all_four_panels():
    spec = SPEC | {"metrics": list(PANEL_TITLES)}
    figure = plot_curves(spec, [frame(1), frame(2)])
    assert [axis.get_title() for axis in figure.axes] == list(PANEL_TITLES.values())


def test_losses_far_apart_are_on_a_logarithmic_axis(frames):
    assert plot_curves(SPEC, frames).axes[1].get_yscale() == "linear"
    frames[1].loc[frames[1].quantity == "loss", ["mean", "min", "max"]] *= 100
    assert plot_curves(SPEC, frames).axes[1].get_yscale() == "log"
    frames[1].loc[frames[1].quantity == "loss", ["mean", "min", "max"]] *= -1  # cosine losses
    assert plot_curves(SPEC, frames).axes[1].get_yscale() == "linear"


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
    for text in ("Minimum max-cosine", "NCL, Pr(sparse) = 0.3", SPEC["title"]):
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
            for quantity in QUANTITIES:
                data[quantity] = random.random(5).astype(np.float32)
            data.loc[0, "loss"] = np.nan
            write_run(tmp_path / f"{k}.parquet", data)
            tables.append(data)
        return [tmp_path / f"{k}.parquet" for k in range(4)], tables

    def test_mean_minimum_maximum_and_last_epoch(self, curves, tmp_path):
        paths, tables = curves
        output, final = tmp_path / "out.parquet", tmp_path / "out.csv"
        aggregate(self.SPEC, paths, [output, final])
        found = pd.read_parquet(output)
        assert len(found) == 2 * 4 * 5
        assert set(found["runs"]) == {2}
        for row in found.itertuples():
            position = {"0.1": 0, "0.3": 2}[row.sparsity]
            pair = [float(tables[position + k][row.quantity][row.epoch]) for k in (0, 1)]
            wanted = (sum(pair) / 2, min(pair), max(pair))
            assert (row.mean, row.min, row.max) == pytest.approx(wanted, rel=1e-12, nan_ok=True)
        last = pd.read_csv(final, dtype={"sparsity": str})
        assert list(zip(last["sparsity"], last["seed"], strict=True)) == list(self.RUNS)
        for k, table in enumerate(tables):
            for quantity in QUANTITIES:
                assert last[quantity][k] == pytest.approx(float(table[quantity].iloc[-1]))

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
