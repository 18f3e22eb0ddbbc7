"""Verdicts: claims decided by thresholds on measured quantities, and what the print has wrong.

They are plain values, as in the statements' JSON files.
"""

import json
from pathlib import Path
from typing import Any

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.io.files import explaining_reads
from ssl_landscape.io.markdown import markdown_table

CONFIRMED, PARTLY, REFUTED = "confirmed", "partly confirmed", "not confirmed"
Row = dict[str, Any]
Rows = list[Row]


def verdict(title: str, claims: Rows, disagreements: Rows, observations: list[str]) -> Row:
    """Return all that was decided about one statement.

    Its status is the claims' common one; partly confirmed if they differ. Observations tell what
    happens outside the statement's assumptions.
    """
    found = {claim["status"] for claim in claims}
    return {
        "status": found.pop() if len(found) == 1 else PARTLY,
        "title": title,
        "claims": claims,
        "disagreements": disagreements,
        "observations": observations,
    }


def claim(text: str, source: str, evidence: str, *holds: bool) -> Row:
    """Decide a claim: confirmed if all of ``holds`` are true, not confirmed if none is.

    ``evidence`` has the numbers, and the thresholds that they were held against.
    """
    status = CONFIRMED if all(holds) else PARTLY if any(holds) else REFUTED
    return {"text": text, "source": source, "status": status, "evidence": evidence}


def disagreement(contradicted: bool, place: str, printed: str, computed: str) -> Rows:
    """Return a disagreement as a list, empty unless the computation contradicts the print."""
    found = {"place": place, "printed": printed, "computed": computed}
    return [found] if contradicted else []


def extremes(cases: Rows) -> tuple[dict[str, float], dict[str, float]]:
    """Return the smallest and the largest of each number over the cases that have it."""
    numbers = {key: [case[key] for case in cases] for key in cases[0]}
    for key, values in numbers.items():
        numbers[key] = [value for value in values if isinstance(value, int | float)]
    low, high = ({k: pick(v) for k, v in numbers.items() if v} for pick in (min, max))
    return low, high


def read_statement(path: Path) -> dict[str, Any]:
    """Read a statement's JSON file.

    Raises:
        UserError: it cannot be read, or holds no verdict.
    """
    with explaining_reads(path):
        content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not {"statement", "verdict"} <= content.keys():
        raise UserError(f"{path}: holds no verdict; {AGAIN}")
    return content


def markdown(reports: Rows) -> str:
    """Return the contents of several statements' JSON files as one page, in their order."""
    summary, parts = [], []
    for report in reports:
        decided = report["verdict"]
        title, claims, wrong = decided["title"], decided["claims"], decided["disagreements"]
        confirmed = sum(row["status"] == CONFIRMED for row in claims)
        summary.append([title, decided["status"], f"{confirmed} of {len(claims)}", len(wrong)])
        rows = [[row[key] for key in ("text", "source", "status", "evidence")] for row in claims]
        parts += [
            f"## {title}: {decided['status']}",
            f"![{title}]({report['statement']}.png)",
            markdown_table(["Claim", "Where", "Verdict", "Numbers"], rows),
        ]
        if wrong:
            found = [
                f"{number}. **{row['place']}**: {row['printed']} Computed: {row['computed']}"
                for number, row in enumerate(wrong, start=1)
            ]
            parts += ["Disagreements with the print:", "\n".join(found)]
        if decided["observations"]:
            found = [f"- {text}" for text in decided["observations"]]
            parts += ["Beyond the statement:", "\n".join(found)]
    columns = ["Statement", "Verdict", "Claims confirmed", "Disagreements with the print"]
    head = [
        "# The theory, computed",
        "Each claim is decided by the code, from the quantities in the statement's JSON file and "
        "the thresholds given with them. A disagreement is something printed in the paper that "
        "the computation contradicts.",
        markdown_table(columns, summary),
    ]
    return "\n\n".join(head + parts) + "\n"
