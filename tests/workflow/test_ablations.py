"""Ablations at small scale: trained beside the paper's runs, compared, drawn."""

from pathlib import Path

import pandas as pd
import pytest

from .conftest import SmokeRun
from .test_smoke_run import check_image
from .workspace import Workspace, shown

GRID, KEPT, COLUMNS = "masks-of-figure-7", ("0.1", "0.5", "0.9"), ("with_replacement", "in_order")
FILES = tuple(f"{GRID}.{kind}" for kind in ("csv", "md", "pdf", "png", "svg"))


@pytest.fixture(scope="module")
def ablated(smoke: SmokeRun, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Make one ablation on top of the finished smoke run."""
    workspace = smoke.workspace.copy(tmp_path_factory.mktemp("ablations") / "project")
    targets = [f"results/smoke/ablations/{name}" for name in FILES]
    process = workspace.snakemake(*targets)
    assert process.returncode == 0, shown(process)
    return workspace


def folder(workspace: Workspace) -> Path:
    return workspace.folder / "results" / "smoke" / "ablations"


def test_every_combination_is_trained_once(ablated: Workspace) -> None:
    runs = ablated.folder / "results" / "smoke" / "runs"
    trained = {path.name for path in runs.glob(f"ncl-row-normalised.{GRID}.*")}
    wanted = {f"ncl-row-normalised.{GRID}.{k}-{c}" for k in KEPT for c in COLUMNS}
    assert trained == wanted - {
        f"ncl-row-normalised.{GRID}.0.1-with_replacement"
    }  # the model's own runs


def test_the_table_has_every_reading(ablated: Workspace) -> None:
    cells = pd.read_csv(folder(ablated) / f"{GRID}.csv")
    assert len(cells) == len(KEPT) * len(COLUMNS) * 3
    assert set(cells["runs"]) == {2}
    assert set(cells[cells["in_use"]]["label"]) == {"keep 0.1, columns with_replacement"}
    page = (folder(ablated) / f"{GRID}.md").read_text(encoding="utf-8")
    assert all(label in page for label in set(cells["label"]))


def test_the_pictures_are_valid(ablated: Workspace) -> None:
    for name in FILES[2:]:
        check_image(folder(ablated) / name)


def test_the_paper_is_as_finished_as_before(ablated: Workspace) -> None:
    assert ablated.plan() == set()
