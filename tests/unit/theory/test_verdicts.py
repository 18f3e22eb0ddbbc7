"""Verdicts follow from the quantities: each claim flips when they are doctored."""

import copy
import importlib
import json

import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.theory.report import write_verdicts
from ssl_landscape.theory.verdict import CONFIRMED, PARTLY, REFUTED, claim, verdict

from ..helpers import REPOSITORY

RESULTS = REPOSITORY / "results/published/theory"


def judge(statement, quantities):
    return importlib.import_module(f"ssl_landscape.theory.verdicts.{statement}").judge(quantities)


def tracked(statement):
    return json.loads((RESULTS / f"{statement}.json").read_text("utf-8"))


# statement, the claim's number, where to doctor the quantities, the value, the claim's new status.
DOCTORED = [
    ("theorem_1", 0, ("non_contrastive", 0, "largest_deviation_inside"), 1e-9, REFUTED),
    ("theorem_1", 1, ("non_contrastive", 1, "smallest_excess_outside"), -1e-3, REFUTED),
    ("theorem_1", 2, ("non_contrastive", 0, "distance_to_permutation", "median"), 0.1, PARTLY),
    ("theorem_1", 3, ("contrastive", 2, "smallest_gap_to_bound"), -1e-6, REFUTED),
    ("theorem_1", 3, ("contrastive", 2, "smallest_gap_at_other_ends"), 1e-9, REFUTED),
    ("theorem_1", 3, ("contrastive", 0, "gap_of_permutations"), 1e-3, REFUTED),
    ("theorem_1", 4, ("readings", 2, "lowest_end_less_permutation"), -0.1, PARTLY),
    ("theorem_2", 0, ("runs", 0, "largest_relative_error", "proof_formula_on_proof_update"), 1e-3,
     REFUTED),
    ("theorem_2", 3, ("runs", 1, "smallest_c2"), -1e-3, PARTLY),
    ("theorem_2", 4, ("runs", 2, "distance_to_line", "end"), 0.5, PARTLY),
    ("theorem_3", 0, ("cases", 0, "final_distance"), 0.02, PARTLY),
    ("theorem_3", 1, ("cases", 4, "final_distance"), 1e-9, PARTLY),
    ("theorem_3", 2, ("cases", 1, "largest_contraction_error"), 0.1, PARTLY),
    ("theorem_3", 3, ("admissible", "share_with_a_of_1_or_more"), 0, CONFIRMED),
    ("theorem_3", 4, ("sample_slopes", 0, "slope"), 0.0, PARTLY),
    ("lemma_1", 0, ("cases", 0, "largest_final_distance"), 0.1, REFUTED),
    ("lemma_1", 1, ("cases", 0, "largest_ratio_over_gamma"), 1.01, PARTLY),
    ("lemma_1", 2, ("cases", 17, "largest_final_distance"), 0.1, REFUTED),
    ("lemma_1", 3, ("cases", 17, "largest_error_of_last_ratio"), 0.1, PARTLY),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "number", "path", "value", "status"),
    DOCTORED,
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, tuple) else None,
)
def test_a_doctored_quantity_flips_its_claim_alone(statement, number, path, value, status):
    quantities = tracked(statement)["quantities"]
    before = judge(statement, quantities)
    doctored = copy.deepcopy(quantities)
    place = doctored
    for key in path[:-1]:
        place = place[key]
    assert place[path[-1]] != value
    place[path[-1]] = value
    after = judge(statement, doctored)
    assert before["claims"][number]["status"] != status
    assert after["claims"][number]["status"] == status
    pairs = enumerate(zip(before["claims"], after["claims"], strict=True))
    assert [n for n, (a, b) in pairs if a["status"] != b["status"]] == [number]


GONE = [
    ("theorem_1", "A.21", [(("contrastive", n, "gap_of_permutations_as_printed"), 0.0)
                           for n in range(8)]),
    ("theorem_1", "A.16", [(("samples", "printed_less_estimate"), 0.0)]),
    ("theorem_3", "Assumption 4", [(("admissible", "share_that_does_not_activate"), 0.0)]),
    ("theorem_3", "Theorem 3, and", [(("cases", n, "smallest_final_distance"), 0.0)
                                     for n in range(6)]),
    ("lemma_1", "The induction", [(("cases", n, "largest_error_of_printed_numerator"), 0.0)
                                  for n in range(9)]),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "place", "changes"), GONE, ids=[g[1] for g in GONE])
def test_a_disagreement_goes_when_the_numbers_agree(statement, place, changes):
    quantities = tracked(statement)["quantities"]
    found = [d["place"] for d in judge(statement, quantities)["disagreements"]]
    for path, value in changes:
        entry = quantities
        for key in path[:-1]:
            entry = entry[key]
        entry[path[-1]] = value
    left = [d["place"] for d in judge(statement, quantities)["disagreements"]]
    assert [name for name in found if name not in left] == [n for n in found if n.startswith(place)]
    assert len(left) == len(found) - 1


def test_status_of_claims_and_verdicts():
    true, false = claim("t", "s", "e", True, True), claim("t", "s", "e", False)
    mixed = claim("t", "s", "e", True, False)
    assert [c["status"] for c in (true, mixed, false)] == [CONFIRMED, PARTLY, REFUTED]
    assert verdict("T", [true, true], [], [])["status"] == CONFIRMED
    assert verdict("T", [true, false], [], [])["status"] == PARTLY
    assert verdict("T", [false, false], [], [])["status"] == REFUTED


@pytest.mark.parametrize("content", [None, "{", "[]", '{"statement": "theorem_1"}'])
def test_a_bad_file_is_named(tmp_path, content):
    path = tmp_path / "theorem_1.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match=r"theorem_1\.json"):
        write_verdicts({}, [path], [tmp_path / "verdicts.md"])
    assert not (tmp_path / "verdicts.md").exists()
