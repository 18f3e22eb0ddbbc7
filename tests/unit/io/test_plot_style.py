"""Pictures: one style, equal bytes for equal data, written whole."""

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from ssl_landscape.io.plot_style import plot_style, save_pictures


def draw():
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1], label="a")
    return figure


def test_the_style_holds_within_the_block():
    before = dict(mpl.rcParams)
    with plot_style({"legend.fontsize": 7}):
        assert mpl.rcParams["font.size"] == 8
        assert mpl.rcParams["legend.fontsize"] == 7
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("kind", ["pdf", "png", "svg"])
def test_equal_data_give_equal_bytes_without_dates(tmp_path, kind):
    outputs = [tmp_path / f"{name}.{kind}" for name in "ab"]
    for output in outputs:
        with plot_style():
            save_pictures(draw(), [output])
    first, second = (output.read_bytes() for output in outputs)
    assert first == second
    assert not any(word in first for word in (b"CreationDate", b"Matplotlib v", b"<dc:date>"))
