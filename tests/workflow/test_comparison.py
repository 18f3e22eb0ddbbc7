"""The comparison with the paper at small scale: it is made, of whatever is there."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from ssl_landscape.config import load_config

from .conftest import SmokeRun
from .test_smoke_run import check_image
from .workspace import SMOKE, Workspace, comparison, shown, with_texts

REPORTS = ("finals.csv", "cells.csv", "cells.md", "claims.csv", "claims.md", "discrepancies.md")
IMAGES = ("comparison.pdf", "comparison.png", "comparison.svg")
PAGES = ("cells", "claims", "discrepancies")
TEXTS = {f"{page}.{suffix}" for page in PAGES for suffix in ("html", "rst")} | {"comparison.rst"}
RECORDS = {f"{name}.record.json" for name in (*PAGES, "comparison", "finals")}
CLAIM = "warm-start-alone-falls"
ITS_MODELS = ("ncl-warm-start", "ncl-warm-start-0.02")


def test_every_file_is_there(smoke: SmokeRun) -> None:
    folder = smoke.results / "comparison"
    assert {path.name for path in folder.iterdir()} == {*REPORTS, *IMAGES} | TEXTS | RECORDS
    for name in IMAGES:
        check_image(folder / name)


def test_cells_and_claims_are_those_of_the_runs(smoke: SmokeRun) -> None:
    cells = pd.read_csv(smoke.results / "comparison" / "cells.csv")
    assert len(cells) == 90
    assert set(cells.loc[cells["pr_sparse"] != 0.2, "runs"]) == {2}
    assert set(cells.loc[cells["pr_sparse"] == 0.2, "runs"]) == {0}  # not in the variant
    tables = [pd.read_csv(path) for path in sorted(smoke.results.glob("tables/*.csv"))]
    ours = pd.concat(tables).set_index(["model", "pr_sparse", "metric"])["mean"]
    for cell in cells[cells["runs"] > 0].itertuples():
        assert cell.mean == ours[cell.model, cell.pr_sparse, cell.metric]
    claims = pd.read_csv(smoke.results / "comparison" / "claims.csv")
    assert list(claims["number"].unique()) == list(range(1, 13))
    report = (smoke.results / "comparison" / "discrepancies.md").read_text(encoding="utf-8")
    assert "the variant `smoke`" in report


def test_a_reason_lists_again_and_nothing_else(finished: Workspace) -> None:
    path = finished.folder / "workflow/comparison/reasons.yaml"
    path.write_text("reasons:\n- {claims: [5], reason: Thirty epochs.}\n", encoding="utf-8")
    assert finished.plan() == with_texts(comparison("discrepancies"))
    assert finished.snakemake("all").returncode == 0
    report = (path.parents[2] / "results/smoke/comparison/discrepancies.md").read_text("utf-8")
    assert "Thirty epochs." in report
    assert finished.plan() == set()


def test_a_bad_reason_fails_with_one_clear_error(finished: Workspace) -> None:
    path = finished.folder / "workflow/comparison/reasons.yaml"
    path.write_text("reasons:\n- {claims: [77], reason: x}\n", encoding="utf-8")
    process = finished.snakemake("comparison")
    assert process.returncode != 0
    assert "unknown claim 77; choose from 1, 2" in shown(process)
    assert finished.plan() == with_texts(comparison("discrepancies"))


@pytest.mark.parametrize(("claims", "target"), [((), "comparison"), ((CLAIM,), "all")])
def test_a_config_of_one_s_own_needs_neither_tables_nor_all_claims(
    fresh: Workspace, claims: tuple, target: str
) -> None:
    """Whatever is there is compared."""
    config = load_config(fresh.folder / "config.yaml", fresh.folder / SMOKE)  # a small theory
    models = {name: config["models"][name] for name in ITS_MODELS}
    config |= {"figures": {}, "tables": {}, "models": models, "ablations": {}}
    config["beyond"] = {}
    config["claims"] = {name: config["claims"][name] | {"artefacts": []} for name in claims}
    config |= {"variant": None, "override": {"epochs": 3, "seeds": 1, "sparsities": [0.1]}}
    (fresh.folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    process = fresh.snakemake(target, configs=())
    assert process.returncode == 0, shown(process)
    folder = fresh.folder / "results" / "comparison"
    made = {path.name for path in folder.iterdir()}
    assert made == {*REPORTS, *IMAGES} | RECORDS | (TEXTS if target == "all" else set())
    assert (pd.read_csv(folder / "cells.csv")["runs"] == 0).all()
    assert pd.read_csv(folder / "claims.csv")["number"].nunique() == len(claims)
    assert {path.name for path in Path(fresh.folder / "results/runs").glob("*")} == (
        set(ITS_MODELS) if claims else set()
    )
