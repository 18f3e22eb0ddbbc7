"""Reasons find their mismatches; what has none is counted; a wrong one is a clear error."""

import pandas as pd
import pytest

from ssl_landscape.comparison.cells import compare_cells
from ssl_landscape.comparison.discrepancies import sort_mismatches, write_discrepancies
from ssl_landscape.comparison.reasons import read_reasons
from ssl_landscape.errors import UserError

from ..helpers import REPOSITORY


@pytest.fixture
def cells():
    """All 90 cells, of which these are run and outside: SimCLR's, and NCL-basic's of Table 3."""
    frame = compare_cells([], {})
    missed = (frame["label"] == "Simplified-SimCLR") | (
        (frame["table"] == 3) & (frame["sigma"] == 0.14)
    )
    frame["runs"] = 5
    frame["within"] = (~missed).astype(object)
    frame[["mean", "sample_std", "difference", "tolerance"]] = 0.5, 0.1, -0.3, 0.15
    return frame


@pytest.fixture
def claims():
    verdicts = {5: "partly", 6: "confirmed", 8: "not confirmed", 9: "not judged"}
    lines = [
        {"number": n, "statement": f"Statement {n}.", "claim_verdict": v, "claim_decided": v}
        for n, v in verdicts.items()
    ]
    return pd.DataFrame(lines)


@pytest.fixture
def read(cells, claims, tmp_path):
    def read(text):
        path = tmp_path / "reasons.yaml"
        path.write_text(text, encoding="utf-8")
        return read_reasons(path, cells, claims["number"].tolist())

    return read


@pytest.mark.parametrize(
    ("group", "number"),
    [
        ("{table: 1}", 9),
        ("{table: 1, label: Simplified-SimSiam}", 0),
        ("{label: Simplified-*, pr_sparse: 0.1}", 3),
        ("{label: '*-SimCLR', pr_sparse: [0.1, 0.3], metric: min_max_cosine}", 2),
        ("{metric: [min_max_cosine, median_*]}", 12),
        ("{sigma: 0.14}", 9),
        ("{sigma: [0.14, 0.02], pr_sparse: '0.2'}", 3),
        ("{table: [1, 3]}", 18),
        ("{}", 18),
    ],
)
def test_a_group_finds_its_cells(read, cells, claims, group, number):
    (reason,) = read(f"reasons:\n- {{cells: [{group}], reason: Because.}}")
    (explained,), rest = sort_mismatches(cells, claims, [reason])
    assert len(explained.cells) == number
    assert len(rest.cells) == 18 - number
    assert [claim["number"] for claim in rest.claims] == [5, 8]


def test_a_cell_may_have_two_reasons(read, cells, claims):
    reasons = read(
        "reasons:\n"
        "- {cells: [{table: 1}], claims: [5], reason: First.}\n"
        "- {cells: [{pr_sparse: 0.1}], reason: Second.}\n"
    )
    (first, second), rest = sort_mismatches(cells, claims, reasons)
    assert (len(first.cells), len(second.cells), len(rest.cells)) == (9, 6, 6)
    assert [claim["number"] for claim in first.claims] == [5]
    assert [claim["number"] for claim in rest.claims] == [8]


BAD = {
    "cell": ("{cells: [{label: NCL-basik}], reason: x}", ["cells[0]", "no published cell"]),
    "sparsity": ("{cells: [{pr_sparse: 0.4}], reason: x}", ["cells[0]", "no published cell"]),
    "metric": ("{cells: [{metric: loss}], reason: x}", ["cells[0]", "no published cell"]),
    "no such row": (
        "{cells: [{table: 1, sigma: 0.14}], reason: x}",
        ["cells[0]", "published_tables.csv"],
    ),
    "claim": ("{claims: [13], reason: x}", ["claims", "unknown claim 13; choose from 1, 2"]),
    "key": ("{cells: [{metrics: x}], reason: x}", ["unknown key", "mean 'metric'?"]),
    "no reason": ("{claims: [1]}", ["reasons.0.reason", "missing"]),
    "nothing": ("{reason: x}", ["reasons[0]", "cells or claims"]),
    "type": ("{claims: [one], reason: x}", ["claims.0", "integer", "'one'"]),
}


@pytest.mark.parametrize(("entry", "words"), BAD.values(), ids=BAD)
def test_a_bad_reason_is_one_clear_error(read, tmp_path, entry, words):
    with pytest.raises(UserError) as caught:
        read(f"reasons:\n- {entry}\n")
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'reasons.yaml'}: ")
    assert [word for word in words if word not in message] == []


def test_a_claim_of_the_config_s_own_may_be_named(cells, tmp_path):
    path = tmp_path / "reasons.yaml"
    path.write_text("reasons:\n- {claims: [13], reason: x}\n", encoding="utf-8")
    assert read_reasons(path, cells, [13])


class TestReport:
    @pytest.fixture
    def write(self, cells, claims, tmp_path):
        def write(reasons, variant=None):
            cells.to_csv(tmp_path / "cells.csv", index=False)
            claims.to_csv(tmp_path / "claims.csv", index=False)
            (tmp_path / "reasons.yaml").write_text(reasons, encoding="utf-8")
            output = tmp_path / "comparison" / "discrepancies.md"
            inputs = [tmp_path / name for name in ("cells.csv", "claims.csv", "reasons.yaml")]
            write_discrepancies({"variant": variant}, inputs, [output])
            return output.read_text("utf-8")

        return write

    def test_without_reasons(self, write):
        text = write("reasons: []\n")
        assert "- Cells outside their tolerance: 18 of 90" in text
        assert "- Claims not confirmed, or partly: 2 of 4 (1 could not be judged)" in text
        assert "- Mismatches without a reason: 20" in text
        assert "## No reason known yet: 20" in text
        assert "- Claim 8, not confirmed: Statement 8." in text
        assert "Claim 6" not in text
        assert "Claim 9" not in text

    def test_with_reasons(self, write):
        text = write(
            "reasons:\n"
            "- cells: [{table: 1}]\n"
            "  claims: [8]\n"
            "  reason: >\n"
            "    Another start;\n"
            "    seen in the trials.\n"
            "  evidence: [results/ablations/start.md]\n"
            "- {cells: [{table: 2}], claims: [6], reason: Gone by now.}\n"
        )
        reason, rest = text.split("## No reason known yet: 10")
        assert "Another start; seen in the trials." in reason
        assert "[results/ablations/start.md](" in reason
        assert reason.count("| 1 | Simplified-SimCLR") == 9
        assert "- Claim 8, not confirmed" in reason
        assert rest.count("| 3 | NCL-basic, σ = 0.14") == 9
        assert "## Reasons no longer needed" in rest
        assert "- cells with table 2; claim 6: Gone by now." in rest
        assert "- Mismatches without a reason: 10" in text

    def test_all_explained(self, write):
        text = write("reasons:\n- {cells: [{}], claims: [5, 8], reason: x}\n")
        assert "- Mismatches without a reason: 0" in text
        assert "reason known yet" not in text

    def test_a_variant_says_that_the_reasons_are_another_s(self, write):
        assert "variant `smoke`" in write("reasons: []\n", "smoke")
        assert "variant `" not in write("reasons: []\n")

    def test_nothing_is_written_after_a_bad_reason(self, write, tmp_path):
        with pytest.raises(UserError):
            write("reasons:\n- {claims: [99], reason: x}\n")
        assert not (tmp_path / "comparison").exists()

    def test_evidence_is_linked_from_where_the_report_is_read(self, write, monkeypatch, tmp_path):
        """Without a variant, from the published copy; else from the variant's own folder."""
        monkeypatch.chdir(tmp_path)
        path = "results/published/ablations/x.md"
        reasons = f"reasons: [{{claims: [5], reason: x, evidence: [{path}]}}]"
        assert f"[{path}](../ablations/x.md)" in write(reasons)
        assert f"[{path}](../{path})" in write(reasons, "smoke")


def test_the_shipped_reasons_are_valid():
    cells = compare_cells([], {})
    path = REPOSITORY / "workflow" / "comparison" / "reasons.yaml"
    for reason in read_reasons(path, cells, list(range(1, 13))):
        assert reason.reason.strip()
