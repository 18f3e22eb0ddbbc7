"""The published comparison is complete, follows from the tables, and explains every mismatch."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ssl_landscape.comparison.cells import read_cells
from ssl_landscape.comparison.cells_report import cell_name
from ssl_landscape.comparison.discrepancies import read_verdicts, sort_mismatches
from ssl_landscape.comparison.reasons import read_reasons
from ssl_landscape.config import load_config
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.specs import SPECS

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "results" / "published"
FOLDER = PUBLISHED / "comparison"
REASONS = ROOT / "workflow" / "comparison" / "reasons.yaml"


@pytest.fixture(scope="module")
def cells():
    return read_cells(FOLDER / "cells.csv")


@pytest.fixture(scope="module")
def verdicts():
    return read_verdicts(FOLDER / "claims.csv")


@pytest.fixture(scope="module")
def reasons(cells, verdicts):
    return read_reasons(REASONS, cells, verdicts["number"].tolist())


def test_every_file_is_published():
    names = {path.name for path in FOLDER.iterdir()}
    reports = {"cells.csv", "cells.md", "claims.csv", "claims.md", "discrepancies.md"}
    assert names == {*reports, "finals.csv", "comparison.png", "comparison.pdf"}


def test_every_run_has_its_final_values():
    plan = Plan(load_config(ROOT / "config.yaml"))
    frame = pd.read_csv(FOLDER / "finals.csv", dtype={"sparsity": str})
    assert (
        list(frame[["model", "sparsity", "seed"]].itertuples(index=False, name=None)) == plan.runs
    )


def test_all_90_cells_are_compared_and_are_those_of_the_tables(cells):
    assert len(cells) == 90
    assert (cells["runs"] >= 5).all()
    tables = pd.concat(
        pd.read_csv(PUBLISHED / f"tables/table_{n}.csv", dtype={"pr_sparse": str})
        for n in (1, 2, 3)
    )
    key = ["model", "pr_sparse", "metric"]
    both = cells.merge(tables, on=key, suffixes=("", "_table"))
    assert len(both) == 90
    for ours, theirs in (
        ("mean", "mean_table"),
        ("sample_std", "std"),
        ("published_mean", "published_mean_table"),
        ("published_std", "published_std_table"),
    ):
        np.testing.assert_array_equal(both[ours], both[theirs])


def test_the_tolerance_is_applied(cells):
    allowed = np.clip(cells["published_std"] + cells["sample_std"], 0.05, 0.10)
    np.testing.assert_allclose(cells["tolerance"], allowed, atol=2e-6)
    clear = (cells["difference"].abs() - allowed).abs() > 1e-5
    within = cells["difference"].abs() <= allowed
    assert (cells["within"] == within)[clear].all()


def test_all_12_claims_are_judged(verdicts):
    assert verdicts["number"].tolist() == list(range(1, 13))
    assert set(verdicts["claim_verdict"]) <= {"confirmed", "partly", "not confirmed"}


def test_the_thresholds_are_those_of_the_config():
    """The verdicts published were computed with what config.yaml says now."""
    claims = SPECS["claims"](Plan(load_config(ROOT / "config.yaml")), "")["claims"]
    wanted = {
        (claim["number"], part["judge"], name, abs(threshold["value"]), threshold["reason"])
        for claim in claims
        for part in claim["parts"]
        for name, threshold in part["thresholds"].items()
    }
    frame = pd.read_csv(FOLDER / "claims.csv")
    columns = (frame[name] for name in ("number", "judge", "threshold"))
    found = set(zip(*columns, frame["bound"].abs(), frame["reason"], strict=True))
    assert found == wanted


def test_no_mismatch_is_without_a_reason(cells, verdicts, reasons):
    _, rest = sort_mismatches(cells, verdicts, reasons)
    assert [cell_name(cell) for cell in rest.cells] == []
    assert [claim["number"] for claim in rest.claims] == []
    text = (FOLDER / "discrepancies.md").read_text(encoding="utf-8")
    assert "- Mismatches without a reason: 0\n" in text


def test_what_was_tried_is_shown_for_each_cell_that_does_not_match(cells):
    text = (PUBLISHED / "ablations" / "summary.md").read_text(encoding="utf-8")
    tried = text.partition("what was tried for each")[2]
    missed = [cell_name(cell) for _, cell in cells[~cells["within"]].iterrows()]
    shown = [line.split("|")[1].strip() for line in tried.splitlines() if " in use " in line]
    assert shown == missed
    assert len(missed) <= 18  # at least 80 % of the cells match


def test_the_evidence_of_every_reason_is_there(reasons):
    named = [path for reason in reasons for path in reason.evidence]
    assert [path for path in named if not (ROOT / path).is_file()] == []
    assert all(reason.evidence for reason in reasons)
