"""The front page says what was reproduced, from the computed verdicts."""

import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.report.front import write_front

from .inputs import as_html, cells, claims, statement


def write(tmp_path, variant=None, verdicts=("confirmed", "partly", "not confirmed")):
    write_front(
        {"variant": variant, "made": ["29 datasets", "253 training runs"]},
        [
            cells(tmp_path / "cells.csv", True, False, True, None),
            claims(tmp_path / "claims.csv", *verdicts),
            statement(tmp_path / "theorem_1.json"),
        ],
        [tmp_path / "front.rst"],
    )
    return (tmp_path / "front.rst").read_text()


def test_it_says_what_was_reproduced_and_what_not(tmp_path):
    shown = as_html("Before\n\n" + write(tmp_path))
    for part in (
        "Made: 29 datasets, 253 training runs.",
        "Reproduced: 1 of the paper's 3 claims.</strong> (1) Claim_1 holds.",
        "In part: 1 of the paper's 3 claims.</strong> (2) Claim_2 holds.",
        "Not reproduced: 1 of the paper's 3 claims.</strong> (3) Claim_3 holds.",
        "few runs:</strong> 1 confirmed, 1 not confirmed, 1 undecided.",
        "2 of 3 published cells are matched</strong> (2 of 2 in Table 1, 0 of 1 in Table 2)",
        "Theorem 1 partly confirmed; 1 disagreements with the print",
    ):
        assert part in shown


def test_it_has_ten_lines_at_most(tmp_path):
    verdicts = ("confirmed", "partly", "not confirmed", "not judged")
    text = write(tmp_path, variant="smoke", verdicts=verdicts)
    lines = [line for line in text.splitlines()[2:] if line]
    assert 6 <= len(lines) <= 10
    assert "Not judged: 4." in text


def test_a_variant_is_named(tmp_path):
    assert "variant" not in write(tmp_path)
    assert "**These are the results of the variant smoke" in write(tmp_path, "smoke")


def test_unreadable_claims(tmp_path):
    with pytest.raises(UserError, match=r"claims.csv: no such file; build it with Snakemake"):
        write_front(
            {"variant": None, "made": []},
            [cells(tmp_path / "cells.csv", True), tmp_path / "claims.csv"],
            [tmp_path / "front.rst"],
        )
    assert not (tmp_path / "front.rst").exists()
