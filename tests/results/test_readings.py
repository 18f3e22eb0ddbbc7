"""What docs/readings.md says of the readings confirmed on the paper's seeds follows from files."""

import re
from pathlib import Path

import pandas as pd

from ssl_landscape.ablations.table import read_cells, summarise

ROOT = Path(__file__).parents[2]
ABLATIONS = ROOT / "results/published/ablations"
PAGE = " ".join((ROOT / "docs/readings.md").read_text(encoding="utf-8").split())
REASONS = " ".join((ROOT / "workflow/comparison/reasons.yaml").read_text("utf-8").split())


def confirmed(name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return an ablation's cells, and a line per reading."""
    cells = read_cells(ABLATIONS / f"confirm-{name}.csv")
    return cells, summarise(cells).set_index("reading")


def test_readings_of_ncl():
    cells, readings = confirmed("ncl")
    text, first = readings.loc["text"], readings.loc["frozen-dependent"]
    assert text["in_use"]
    assert f"in {text['agree']} of NCL-basic's {text['cells']} cells" in PAGE
    assert f"(distance {text['distance']:.3f})" in PAGE
    assert f"agrees in {first['agree']} ({first['distance']:.3f}): in all 27 of Table 3" in PAGE
    assert readings["agree"].idxmax() == "frozen-dependent"
    others = readings.drop(index=["text", "frozen-dependent"])["agree"]
    assert f"the others agree in {others.min()} to {others.max()}" in PAGE
    assert f"({readings.loc['fast', 'agree']} of 36 cells;" in PAGE
    own = cells[cells["reading"] == "frozen-dependent"]
    warm = own[own["base"].str.startswith("ncl-warm-start")]
    assert len(warm) == 27
    assert warm["within"].all()
    minima = own[(own["base"] == "ncl-basic") & (own["metric"] == "min_max_cosine")]
    least, most = (-minima["difference"]).min(), (-minima["difference"]).max()
    assert f"ends {least:.2f} to {most:.2f} below the paper's" in PAGE
    assert "fits all 27 cells of Table 3" in REASONS


def test_temperature():
    _, readings = confirmed("cl")
    agree = readings["agree"]
    assert f"{agree['0.05-dependent']} of CL-basic's 9 cells agree, at 0.2 seven do" in PAGE
    assert agree["0.2-dependent"] == 7


def test_what_any_choice_could_reach():
    summary = " ".join((ABLATIONS / "summary.md").read_text(encoding="utf-8").split())
    single, joint, have = re.search(
        r"at most (\d+) of 90 cells would agree; .* at most (\d+)\. With .* in use (\d+) do",
        summary,
    ).groups()
    assert f"With the readings in use {have} of the 90 published cells" in PAGE
    assert f"{joint} cells if models that are asked together have one reading, {single} if" in PAGE
