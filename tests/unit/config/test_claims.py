"""The claims of the config: all are there, and every bad entry is explained."""

import copy

import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.plan import Plan, canonical

from ..helpers import spec_of

NAME = "warm-start-alone-falls"


def test_the_paper_s_claims_are_shipped(shipped):
    claims = Plan(shipped).config.claims
    assert sorted(claim.number for claim in claims.values()) == list(range(1, 13))


def test_claims_name_only_models_that_are_shown(shipped):
    plan = Plan(shipped)
    in_tables = {model for table in plan.config.tables for model in plan.table_models(table)}
    assert plan.models_in_claims <= plan.models_in_figures | in_tables


def test_a_model_that_only_a_claim_names_is_run(shipped):
    shipped["models"]["mine"] = {"label": "Mine", "colour": "red"}
    assert "mine" not in Plan(shipped).shown_models
    shipped["claims"][NAME]["parts"][0]["models"]["model"] = ["mine"]
    assert "mine" in Plan(shipped).shown_models


def test_claims_may_be_missing(shipped):
    del shipped["claims"]
    plan = Plan(shipped)
    assert spec_of(plan, "claims")["models"] == {}
    assert spec_of(plan, "claims")["claims"] == []
    assert len(spec_of(plan, "cells")["models"]) == 10  # those of the tables


def test_a_claim_of_one_s_own(shipped):
    shipped["claims"]["mine"] = {
        "number": 13,
        "statement": "More neurons help.",
        "parts": [
            {
                "judge": "ends_above",
                "models": {"higher": ["ncl-basic"], "lower": ["ncl-basic-m10"]},
                "thresholds": {"margin": {"value": 0, "reason": "Any."}},
            }
        ],
    }
    spec = spec_of(Plan(shipped), "claims")
    assert [claim["number"] for claim in spec["claims"]] == list(range(1, 14))


def test_the_order_of_a_config_s_entries_does_not_matter(shipped):
    """Snakemake puts what a variant names first."""
    before = Plan(copy.deepcopy(shipped))
    for section in ("tables", "models", "claims"):
        shipped[section] = dict(reversed(shipped[section].items()))
    after = Plan(shipped)
    for rule in ("cells", "claims"):
        assert canonical(spec_of(after, rule)) == canonical(spec_of(before, rule))
    assert list(spec_of(after, "claims")["models"]) == list(spec_of(before, "claims")["models"])


def part(**changes):
    return lambda claim: claim["parts"][0].update(changes)


BOUND = {"value": 0.06, "reason": "x"}
BAD = {
    "unknown judge": (part(judge="fals"), ["judge 'fals'", "did you mean 'falls'?", "rises"]),
    "unknown role": (part(models={"modle": ["ncl-basic"]}), ["'modle'", "mean 'model'?"]),
    "missing role": (part(judge="ends_above", models={"higher": ["ncl-basic"]}),
                     ["ends_above", "needs the role 'lower'"]),
    "roles of two lengths": (
        part(
            judge="ends_above",
            models={"higher": ["cl-basic"], "lower": ["ncl-basic", "ncl-linear"]},
            thresholds={"margin": BOUND},
        ),
        ["higher, lower", "same number"],
    ),
    "unknown threshold": (part(thresholds={"fal": BOUND}), ["'fal'", "did you mean 'fall'?"]),
    "missing threshold": (part(thresholds={}), ["needs the threshold 'fall'"]),
    "no reason": (part(thresholds={"fall": {"value": 0.1}}), ["thresholds.fall.reason", "missing"]),
    "empty reason": (part(thresholds={"fall": {"value": 0.1, "reason": ""}}), ["at least 1"]),
    "no number": (part(thresholds={"fall": BOUND | {"value": "much"}}), ["number", "'much'"]),
    "unknown model": (part(models={"model": ["ncl-basc"]}),
                      [f"claims.{NAME}", "'ncl-basc'", "did you mean 'ncl-basic'?"]),
    "no model": (part(models={"model": []}), ["models.model", "at least 1"]),
    "unknown artefact": (lambda claim: claim.update(artefacts=["figure_4"]),
                         [f"claims.{NAME}.artefacts", "'figure_4'", "figure_04"]),
    "number twice": (lambda claim: claim.update(number=6), ["claims.", "6 is already"]),
    "number 0": (lambda claim: claim.update(number=0), ["number", "greater than or equal to 1"]),
    "unknown key": (lambda claim: claim.update(statment="x"), ["statment", "mean 'statement'?"]),
    "no parts": (lambda claim: claim.update(parts=[]), ["parts", "at least 1"]),
}  # fmt: skip


@pytest.mark.parametrize(("change", "words"), BAD.values(), ids=BAD)
def test_a_bad_claim_is_explained(shipped, change, words):
    change(shipped["claims"][NAME])
    with pytest.raises(UserError) as caught:
        Plan(shipped)
    message = str(caught.value)
    assert message.startswith("config: claims.")
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (lambda config: config["models"]["cl-basic"].update(label="Another"), True),
        (lambda config: config["figures"]["figure_02"].update(title="Another"), True),
        (lambda config: config["claims"][NAME].update(statement="Another"), False),
        (lambda config: config["models"]["cl-basic"].update(neurons=60), False),
    ],
)
def test_what_the_verdicts_depend_on(shipped, change, same):
    before = spec_of(Plan(copy.deepcopy(shipped)), "claims")
    change(shipped)
    assert (spec_of(Plan(shipped), "claims") == before) is same
