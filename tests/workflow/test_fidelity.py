"""Fidelity at small scale: it is made, by hand too, and only its own changes make it stale."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

from ssl_landscape.config import load_config

from .conftest import SmokeRun
from .test_smoke_run import check_image
from .workspace import PROJECT, SMOKE, Workspace, fidelity, shown, with_texts

REPORTS = ("cells.csv", "cells.md", "claims.csv", "claims.md", "discrepancies.md")
IMAGES = ("fidelity.pdf", "fidelity.png", "fidelity.svg")
PAGES = ("cells", "claims", "discrepancies")
TEXTS = {f"{page}.{suffix}" for page in PAGES for suffix in ("html", "rst")} | {"fidelity.rst"}
RECORDS = tuple(f"{name}.record.json" for name in ("cells", "claims", "fidelity", "discrepancies"))
CLAIM = "warm-start-alone-falls"


def claim() -> dict:
    """Give an entry of the shipped config's claims."""
    return yaml.safe_load((PROJECT / "config.yaml").read_text(encoding="utf-8"))["claims"][CLAIM]


def test_every_file_is_there(smoke: SmokeRun) -> None:
    folder = smoke.results / "fidelity"
    assert {path.name for path in folder.iterdir()} == {*REPORTS, *IMAGES, *TEXTS, *RECORDS}
    for name in IMAGES:
        check_image(folder / name)


def test_cells_and_claims_are_those_of_the_runs(smoke: SmokeRun) -> None:
    cells = pd.read_csv(smoke.results / "fidelity" / "cells.csv")
    assert len(cells) == 90
    assert set(cells.loc[cells["pr_sparse"] != 0.2, "runs"]) == {2}
    assert set(cells.loc[cells["pr_sparse"] == 0.2, "runs"]) == {0}  # not in the variant
    tables = [pd.read_csv(path) for path in sorted(smoke.results.glob("tables/*.csv"))]
    ours = pd.concat(tables).set_index(["model", "pr_sparse", "metric"])["mean"]
    for cell in cells[cells["runs"] > 0].itertuples():
        assert cell.mean == ours[cell.model, cell.pr_sparse, cell.metric]
    claims = pd.read_csv(smoke.results / "fidelity" / "claims.csv")
    assert list(claims["number"].unique()) == list(range(1, 12))
    report = (smoke.results / "fidelity" / "discrepancies.md").read_text(encoding="utf-8")
    assert "the variant `smoke`" in report


def test_by_hand_gives_the_same_bytes(finished: Workspace) -> None:
    folder = finished.folder / "results/smoke/fidelity"
    names = (*REPORTS, *IMAGES, *TEXTS)
    before = {name: (folder / name).read_bytes() for name in names}
    shutil.rmtree(folder)
    for part in ("cells", "claims", "figure", "discrepancies"):
        config = ("--config", "config.yaml", SMOKE)
        process = finished.run("ssl-landscape", "fidelity", part, *config)
        assert process.returncode == 0, process.stderr
    for text in (("fidelity",), *(("page", "--page", f"fidelity/{page}") for page in PAGES)):
        process = finished.run("ssl-landscape", "report", *text, *config)
        assert process.returncode == 0, process.stderr
    assert {name: (folder / name).read_bytes() for name in names} == before


def test_a_threshold_judges_again_and_nothing_else(finished: Workspace) -> None:
    changed = claim()
    changed["parts"][0]["thresholds"]["fall"]["value"] = 0.5
    stale = with_texts(fidelity("claims", "discrepancies"))
    assert finished.plan_with({"claims": {CLAIM: changed}}) == stale


def test_a_reason_lists_again_and_nothing_else(finished: Workspace) -> None:
    path = finished.folder / "workflow/fidelity/reasons.yaml"
    path.write_text("reasons:\n- {claims: [5], reason: Thirty epochs.}\n", encoding="utf-8")
    assert finished.plan() == with_texts(fidelity("discrepancies"))
    assert finished.snakemake("all").returncode == 0
    report = (path.parents[2] / "results/smoke/fidelity/discrepancies.md").read_text("utf-8")
    assert "Thirty epochs." in report
    assert finished.plan() == set()


@pytest.mark.parametrize(
    ("place", "stale"),
    [
        (("fidelity/judges.py", "falls"), ("claims", "discrepancies")),
        (("fidelity/chance.py", "chance_level"), ("claims", "discrepancies")),
        (("fidelity/claims_report.py", "report"), ("claims", "discrepancies")),
        (("fidelity/resampling.py", "bootstrap_interval"), ("cells", "figure", "discrepancies")),
        (("fidelity/figure.py", "plot_cells"), ("figure",)),
        (("fidelity/reasons.py", "read_reasons"), ("discrepancies",)),
        (("fidelity/command.py", "add_steps"), ()),
    ],
    ids=str,
)
def test_code_makes_only_its_own_step_stale(
    finished: Workspace, place: tuple[str, str], stale: tuple
) -> None:
    finished.change_function(*place)
    assert finished.plan() == with_texts(fidelity(*stale))


@pytest.mark.parametrize("name", ["cells.md", "claims.csv", "fidelity.svg"])
def test_a_missing_file_is_made_again(finished: Workspace, name: str) -> None:
    (finished.folder / "results/smoke/fidelity" / name).unlink()
    assert finished.plan("fidelity")


def test_a_bad_reason_fails_with_one_clear_error(finished: Workspace) -> None:
    path = finished.folder / "workflow/fidelity/reasons.yaml"
    path.write_text("reasons:\n- {claims: [77], reason: x}\n", encoding="utf-8")
    process = finished.snakemake("fidelity")
    assert process.returncode != 0
    assert "unknown claim 77; choose from 1, 2" in shown(process)
    assert finished.plan() == with_texts(fidelity("discrepancies"))


@pytest.mark.parametrize(
    ("claims", "target"), [({}, "fidelity"), ({CLAIM: claim() | {"artefacts": []}}, "all")]
)
def test_a_config_of_one_s_own_needs_neither_tables_nor_all_claims(
    fresh: Workspace, claims: dict, target: str
) -> None:
    """Fidelity compares what is there."""
    config = load_config(fresh.folder / "config.yaml", fresh.folder / SMOKE)  # a small theory
    models = {name: config["models"][name] for name in ("ncl-warm-start", "ncl-basic")}
    config |= {"figures": {}, "tables": {}, "models": models, "claims": claims, "ablations": {}}
    config |= {"variant": None, "override": {"epochs": 3, "seeds": 1, "sparsities": [0.1]}}
    (fresh.folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    process = fresh.snakemake(target, configs=())
    assert process.returncode == 0, shown(process)
    folder = fresh.folder / "results" / "fidelity"
    assert {path.name for path in folder.iterdir()} == {*REPORTS, *IMAGES, *TEXTS, *RECORDS}
    assert (pd.read_csv(folder / "cells.csv")["runs"] == 0).all()
    assert len(pd.read_csv(folder / "claims.csv")) == len(claims)
    assert {path.name for path in Path(fresh.folder / "results/runs").glob("*")} == (
        {"ncl-warm-start"} if claims else set()
    )
