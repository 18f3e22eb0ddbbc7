"""How far results drift in other arithmetic: other processors' code, other numbers of threads.

x86-64 processors with AVX2 agree in every bit (portable_hashes.py). Here are an ARM's numbers, and
those of an older x86-64's code, which sums in another order, too, also for whole runs
(other_arithmetic.py). The tolerances are those of docs/provenance.md.
"""

import io
import json
import platform
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from ssl_landscape.comparison.cells import read_cells

from .early_epochs import QUANTITIES
from .other_arithmetic import COSINES, OTHER

REPOSITORY = Path(__file__).parents[2]
COMPARISON = REPOSITORY / "results/published/comparison"
PAGE = " ".join((REPOSITORY / "docs/provenance.md").read_text(encoding="utf-8").split())
WHOLE_RUNS = Path(__file__).with_name("other_arithmetic.csv")
RUN = ["model", "sparsity", "seed"]
ARM = Path(__file__).with_name("early_epochs_arm.csv")
LIMIT = 1e-4  # of losses and max-cosines up to epoch 30
KINDS = {"own": ["1"], "two threads": ["2"], "other": ["1", json.dumps(OTHER)]}
pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="has no older x86-64's code")


@pytest.fixture(scope="module")
def curves():
    """Kind -> its first epochs."""
    found = {"ARM": pd.read_csv(ARM)}
    for kind, arguments in KINDS.items():
        command = [sys.executable, "-m", "tests.results.early_epochs", *arguments]
        process = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
        found[kind] = pd.read_csv(io.BytesIO(process.stdout))
    return found


@pytest.mark.parametrize("kind", ["two threads", "other", "ARM"])
def test_early_epochs(curves, kind):
    own, found = (curves[name].set_index(["model", "seed", "epoch"]) for name in ("own", kind))
    assert found.index.equals(own.index)
    assert found.isna().equals(own.isna())  # the loss at epoch 0
    changes = (found[[*QUANTITIES]] - own[[*QUANTITIES]]).abs().max()
    assert changes.max() <= LIMIT
    assert changes["loss"] > 0  # else it is the same arithmetic, and shows nothing
    assert (found["data"] == own["data"]).all()  # byte for byte


@pytest.fixture(scope="module")
def whole_runs():
    """Changes of the final max-cosines, and the published ones, by model, Pr(sparse) and seed."""
    changes, finals = (
        pd.read_csv(path, dtype={"sparsity": str}).set_index(RUN).sort_index()[list(COSINES)]
        for path in (WHOLE_RUNS, COMPARISON / "finals.csv")
    )
    assert changes.index.equals(finals.index)
    return changes, finals


def test_whole_runs(whole_runs):
    largest = whole_runs[0].abs().max(axis=1)
    assert (
        f"all {len(largest)} runs of 8000 epochs, at their ends | half of them within "
        f"{largest.median():.5f}, 95 % within {largest.quantile(0.95):.3f}"
    ) in PAGE
    count, words = PAGE.partition(" of them branch: ")[::2]
    named = re.findall(r"`([\w-]+)/(0\.\d)/(\d)`", words)
    branching = largest[largest > 0.05].index
    assert sorted(named) == sorted((model, pr, str(seed)) for model, pr, seed in branching)
    assert (count.split()[-1], len(branching)) == ("Eight", 8)


def test_cells(whole_runs):
    changes, finals = whole_runs
    cells = read_cells(COMPARISON / "cells.csv")
    found = []
    for cell in cells.itertuples():
        place = (cell.model, cell.pr_sparse)
        found.append(abs(changes.loc[place, cell.metric].mean()))
        moved = finals.loc[place, cell.metric] + changes.loc[place, cell.metric]
        tolerance = min(0.10, max(0.05, cell.published_std + moved.std()))
        assert (abs(moved.mean() - cell.published_mean) <= tolerance) == cell.within, place
    found = pd.Series(found)
    assert (
        f"the {len(found)} cells of the tables | {found.mean():.4f} on average, 95 % within "
        f"{found.quantile(0.95):.4f}, largest {found.max():.3f}; none passes or loses"
    ) in PAGE
