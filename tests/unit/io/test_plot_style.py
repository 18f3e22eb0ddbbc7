"""Pictures: one style, equal bytes for equal data, whatever the user has set."""

import json
import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from matplotlib import font_manager
from matplotlib.figure import Figure

from ssl_landscape.io.plot_style import plot_style, save_pictures

KINDS = ("pdf", "png", "svg")


def draw(folder: Path) -> list[bytes]:
    """Draw what a user's settings could change: a line, a map, numbers, texts, a legend."""
    with plot_style():
        figure = Figure(figsize=(4, 2))
        left, right = figure.subplots(1, 2)
        left.plot([-1e6, 1e6], [0, 1e-6], label="$a_1$, b")
        left.set(title="Title", xlabel="x")
        left.legend()
        right.imshow(np.linspace(0, 1, 49).reshape(7, 7), cmap="PuOr")
        outputs = [folder / f"a.{kind}" for kind in KINDS]
        save_pictures(figure, outputs)
    return [output.read_bytes() for output in outputs]


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return draw(tmp_path_factory.mktemp("expected"))


def test_the_style_holds_within_the_block():
    before = dict(mpl.rcParams)
    with plot_style({"legend.fontsize": 7}):
        assert mpl.rcParams["font.size"] == 8
        assert mpl.rcParams["legend.fontsize"] == 7
    assert dict(mpl.rcParams) == before


def test_equal_data_give_equal_bytes_without_dates(tmp_path, expected):
    assert draw(tmp_path) == expected
    words = (b"CreationDate", b"Matplotlib v", b"<dc:date>")
    assert not any(word in content for word in words for content in expected)


SETTINGS = {
    "savefig.bbox": "tight",
    "font.weight": "bold",
    "legend.fontsize": 14,
    "legend.fancybox": False,
    "axes.formatter.use_mathtext": True,
    "axes.unicode_minus": False,
    "axes.xmargin": 0.2,
    "axes.titlecolor": "red",
    "axes.prop_cycle": mpl.cycler(color=["red"]),
    "image.interpolation": "bilinear",
    "image.origin": "lower",
    "lines.antialiased": False,
    "mathtext.fontset": "cm",
    "path.sketch": (1, 100, 2),
    "path.snap": False,
    "pdf.compression": 0,
    "savefig.facecolor": "yellow",
    "savefig.transparent": True,
    "svg.id": "mine",
    "text.antialiased": False,
    "text.hinting": "none",
    "text.usetex": True,
    "xtick.minor.visible": True,
}


@pytest.mark.parametrize("name", SETTINGS)
def test_no_setting_of_the_user_reaches_a_picture(tmp_path, expected, name):
    with mpl.rc_context({name: SETTINGS[name]}):
        assert draw(tmp_path) == expected


@pytest.mark.parametrize("name", ["Arial", "DejaVu Sans"])
def test_no_installed_font_reaches_a_picture(tmp_path, monkeypatch, expected, name):
    """Not one that seaborn prefers, nor another one with the name of the shipped font."""
    font = TTFont(Path(mpl.get_data_path()) / "fonts/ttf/STIXGeneral.ttf")
    for entry in font["name"].names:
        if entry.nameID in (1, 4):
            entry.string = name
    font.save(tmp_path / "installed.ttf")
    monkeypatch.setattr(font_manager.fontManager, "ttflist", font_manager.fontManager.ttflist[:])
    font_manager.fontManager.addfont(tmp_path / "installed.ttf")
    assert draw(tmp_path) == expected


COLOURS = "image.lut: 4\n"  # read when Matplotlib is loaded, and for good
ENVIRONMENTS = {  # variables, and files in the working folder
    "a notebook": ({"MPLBACKEND": "module://matplotlib_inline.backend_inline"}, {}),
    "an unknown backend": ({"MPLBACKEND": "nope"}, {}),
    "a window": ({"MPLBACKEND": "TkAgg", "DISPLAY": ":99"}, {}),
    "another kind of file": ({"MPLBACKEND": "svg"}, {}),
    "the working folder": ({}, {"matplotlibrc": COLOURS + "backend: module://nope\n"}),
    "not text": ({}, {"matplotlibrc": b"\xff\xfe: 1\n"}),
    "the variable": ({"MATPLOTLIBRC": "mine"}, {"mine": COLOURS + "backend: nope\n"}),
    "the folder for settings": (
        {"MPLCONFIGDIR": "mine"},
        {"mine/matplotlibrc": COLOURS + "backend: QtAgg\n"},
    ),
    "the home": ({"HOME": "."}, {".config/matplotlib/matplotlibrc": COLOURS}),
    "freetype": ({"FREETYPE_PROPERTIES": "truetype:interpreter-version=35"}, {}),
}
SPEC = {
    "statement": "lemma_1",
    "seed": 1,
    "settings": {"dimensions": [2], "steps_c": [0.5], "starts": 2, "iterations": 9, "variation": 1},
}
LATER = """
import json, sys
from pathlib import Path
from ssl_landscape.cli.main import main
assert not main(["job", "theorem", "lemma_1", "--results", "results", "--spec", sys.argv[1]])
from tests.unit.io.test_plot_style import draw
draw(Path("."))
"""


def job(folder: Path, variables: dict[str, str]) -> list[bytes]:
    """Run a job that draws, in a folder, and draw once more in the same process."""
    root = Path(__file__).parents[3]
    variables = {name: value for name, value in os.environ.items() if name[:3] != "MPL"} | variables
    command = [sys.executable, "-c", LATER, json.dumps(SPEC)]
    environment = variables | {"PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)])}
    process = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    pictures = [folder / f"results/theory/lemma_1.{kind}" for kind in KINDS]
    return [path.read_bytes() for path in (*pictures, *(folder / f"a.{kind}" for kind in KINDS))]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return job(tmp_path_factory.mktemp("plain"), {})


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_job_draws_the_same_in_every_session(tmp_path, plain, name):
    variables, files = ENVIRONMENTS[name]
    for file, content in files.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert job(tmp_path, variables) == plain
