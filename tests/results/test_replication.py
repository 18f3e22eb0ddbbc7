"""What README and reasons.yaml say of twenty seeds is what the published files give."""

import re
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import fisher_exact

from ssl_landscape.comparison.cells import read_cells
from ssl_landscape.comparison.discrepancies import read_verdicts

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "results" / "published"
README = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
REASONS = " ".join((ROOT / "workflow/comparison/reasons.yaml").read_text("utf-8").split())
ALL_COLUMNS = 0.8  # a minimum above it: all columns are found; runs end near 0.5 or 0.9


@pytest.fixture(scope="module")
def cells():
    return read_cells(PUBLISHED / "replication/cells.csv")


@pytest.fixture(scope="module")
def simclr():
    frame = pd.read_csv(PUBLISHED / "replication/metrics/simplified-simclr.final.csv")
    return frame.assign(found=frame["min_max_cosine"] > ALL_COLUMNS)


def test_every_seed_is_there(cells):
    assert set(cells["runs"]) == {20}
    assert len(cells) == 90


def test_the_headline_counts_the_cells(cells):
    states = cells["state"].value_counts()
    near, far = (states[f"equivalent within {margin}"] for margin in ("0.05", "0.10"))
    assert states["different"] == 1
    assert (
        f"find {near + far} of the paper's 90 published cells equivalent to ours ({near} within "
        f"0.05, {far} within 0.10), one different and {states['undecided']} undecided; "
        f"{cells['within'].eq(True).sum()} lie within a simple tolerance."
    ) in README


def test_the_table_has_the_verdicts_of_five_seeds_and_of_twenty():
    folders = (PUBLISHED / "comparison", PUBLISHED / "replication")
    five, twenty = (read_verdicts(folder / "claims.csv") for folder in folders)
    rows = re.findall(
        r"\| (\d+) \| ([^|]+) \| \*\*([^|]+)\*\* \| [^|]+ \| ([^|]+) \| ([^|]+) \|", README
    )
    wanted = zip(
        five["number"].astype(str),
        five["statement"],
        five["claim_verdict"],
        five["claim_decided"],
        twenty["claim_decided"],
        strict=True,
    )
    assert rows == list(wanted)
    assert five["claim_verdict"].tolist() == twenty["claim_verdict"].tolist()
    decided = (twenty["claim_decided"] != "undecided").sum()
    assert f"for {decided} of them that is beyond the runs' uncertainty" in README


def test_the_cell_that_differs_has_its_reason(cells, simclr):
    (cell,) = cells[cells["state"] == "different"].to_dict("records")
    assert (cell["model"], cell["pr_sparse"]) == ("simplified-simclr", "0.2")
    assert cell["metric"] == "min_max_cosine"
    found = simclr[simclr["sparsity"] == 0.2]["found"].sum()
    assert f"{found} of our 20 find them" in README
    both = simclr[simclr["sparsity"].isin([0.1, 0.2])]["found"]
    assert f"Of {len(both)} runs at both, {both.sum()} recover every column" in REASONS
    assert round(1 / both.mean() ** 5) == 20
    p = fisher_exact([[9, 1], [both.sum(), (~both).sum()]]).pvalue
    assert f"p = {p:.2f}." in REASONS
