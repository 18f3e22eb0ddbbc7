"""The theory's published results: settings, verdicts and page match; and what they say."""

import importlib
import json
from pathlib import Path

import pytest

from ssl_landscape.config import load_config
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.theory import STATEMENTS
from ssl_landscape.theory.report import write_verdicts

PROJECT = Path(__file__).parents[2]
RESULTS = PROJECT / "results" / "published" / "theory"
YES, PARTLY, NO = "confirmed", "partly confirmed", "not confirmed"

CLAIMS = {
    # (a) thrice; (b) for A.17, for Eq. 9 with other latents, and with any latents.
    "theorem_1": (PARTLY, [YES, YES, YES, YES, YES, PARTLY]),
    # C.25; gradient descent on Eq. 13; the main text's C2; signs; the line.
    "theorem_2": (PARTLY, [YES, NO, NO, YES, YES]),
    # Convergence with a < 1 and a >= 1; the factor; the range of a; samples.
    "theorem_3": (PARTLY, [YES, NO, YES, NO, YES]),
    "lemma_1": (YES, [YES, YES, YES, YES]),
}


def read(statement: str) -> dict:
    return json.loads((RESULTS / f"{statement}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("statement", STATEMENTS)
def test_verdict_follows_from_the_quantities(statement: str) -> None:
    content = read(statement)
    judge = importlib.import_module(f"ssl_landscape.theory.verdicts.{statement}").judge
    assert judge(content["quantities"]) == content["verdict"]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_settings_are_the_config_s(statement: str) -> None:
    content = read(statement)
    spec = Plan(load_config(PROJECT / "config.yaml")).config.theory.spec(statement)
    assert {key: content[key] for key in spec} == spec


@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_is_confirmed(statement: str) -> None:
    verdict = read(statement)["verdict"]
    found = verdict["status"], [claim["status"] for claim in verdict["claims"]]
    assert found == CLAIMS[statement]


def test_page_follows_from_the_files(tmp_path: Path) -> None:
    page = tmp_path / "verdicts.md"
    spec = {"statements": list(STATEMENTS)}
    write_verdicts(spec, [RESULTS / f"{statement}.json" for statement in STATEMENTS], [page])
    assert page.read_text("utf-8") == (RESULTS / "verdicts.md").read_text("utf-8")


@pytest.mark.parametrize("statement", STATEMENTS)
def test_every_figure_is_there(statement: str) -> None:
    assert all((RESULTS / f"{statement}.{suffix}").stat().st_size for suffix in ("pdf", "png"))
