"""Verdicts: claims decided by thresholds on measured quantities, and what the print has wrong."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.io.files import explaining_reads
from ssl_landscape.io.markdown import markdown_table

CONFIRMED, PARTLY, REFUTED = "confirmed", "partly confirmed", "not confirmed"


@dataclass(frozen=True)
class Claim:
    """One claim of a statement, and what the computation says of it."""

    text: str
    source: str  # where the paper says it
    status: str
    evidence: str  # the numbers, and the threshold that they were held against


@dataclass(frozen=True)
class Disagreement:
    """Something printed that the computation contradicts."""

    place: str
    printed: str
    computed: str  # with numbers


@dataclass(frozen=True)
class Verdict:
    """All that was decided about one statement."""

    title: str
    claims: list[Claim]
    disagreements: list[Disagreement]
    observations: list[str]  # what happens beyond the statement: outside its assumptions

    @property
    def status(self) -> str:
        """The claims' common status; partly confirmed if they differ."""
        found = {claim.status for claim in self.claims}
        return found.pop() if len(found) == 1 else PARTLY

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict as plain values, for JSON."""
        return {"status": self.status, **asdict(self)}


Cases = list[dict[str, Any]]


def claim(text: str, source: str, evidence: str, *holds: bool) -> Claim:
    """Decide a claim: confirmed if all of ``holds`` are true, not confirmed if none is."""
    status = CONFIRMED if all(holds) else PARTLY if any(holds) else REFUTED
    return Claim(text, source, status, evidence)


def disagreement(contradicted: bool, place: str, printed: str, computed: str) -> list[Disagreement]:
    """Return a disagreement as a list, empty unless the computation contradicts the print."""
    return [Disagreement(place, printed, computed)] if contradicted else []


def extremes(cases: Cases) -> tuple[dict[str, float], dict[str, float]]:
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


def markdown(reports: Cases) -> str:
    """Return the contents of several statements' JSON files as one page, in their order."""
    parts = [
        "# The theory, computed",
        "Each claim is decided by the code, from the quantities in the statement's JSON file and "
        "the thresholds given with them. A disagreement is something printed in the paper that "
        "the computation contradicts.",
        markdown_table(
            ["Statement", "Verdict", "Claims confirmed", "Disagreements with the print"],
            [_summary(report["verdict"]) for report in reports],
        ),
    ]
    for report in reports:
        verdict = report["verdict"]
        claims = [[c["text"], c["source"], c["status"], c["evidence"]] for c in verdict["claims"]]
        parts += [
            f"## {verdict['title']}: {verdict['status']}",
            f"![{verdict['title']}]({report['statement']}.png)",
            markdown_table(["Claim", "Where", "Verdict", "Numbers"], claims),
        ]
        if verdict["disagreements"]:
            found = [
                f"{number}. **{d['place']}**: {d['printed']} Computed: {d['computed']}"
                for number, d in enumerate(verdict["disagreements"], start=1)
            ]
            parts += ["Disagreements with the print:", "\n".join(found)]
        if verdict["observations"]:
            found = [f"- {text}" for text in verdict["observations"]]
            parts += ["Beyond the statement:", "\n".join(found)]
    return "\n\n".join(parts) + "\n"


def _summary(verdict: dict[str, Any]) -> list[object]:
    confirmed = sum(claim["status"] == CONFIRMED for claim in verdict["claims"])
    counts = f"{confirmed} of {len(verdict['claims'])}"
    return [verdict["title"], verdict["status"], counts, len(verdict["disagreements"])]
