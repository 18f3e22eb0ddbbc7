"""Verdicts: claims decided by thresholds on measured quantities, and what the print has wrong."""

from dataclasses import asdict, dataclass
from typing import Any

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
        """Confirmed if every claim is, not confirmed if none is at all, partly otherwise."""
        found = {claim.status for claim in self.claims}
        return found.pop() if len(found) == 1 else PARTLY

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict as plain values, for JSON."""
        return {"status": self.status, **asdict(self)}


def claim(text: str, source: str, evidence: str, *holds: bool) -> Claim:
    """Decide a claim: confirmed if all of ``holds`` are true, not confirmed if none is."""
    status = CONFIRMED if all(holds) else PARTLY if any(holds) else REFUTED
    return Claim(text, source, status, evidence)


def markdown(reports: list[dict[str, Any]]) -> str:
    """Write the verdicts of several statements as one page.

    Args:
        reports: the contents of the statements' JSON files, in the order to show them.
    """
    parts = [
        "# The theory, computed",
        "Each claim is decided by the code, from the quantities in the statement's JSON file and "
        "the thresholds given with them. A disagreement is something printed in the paper that "
        "the computation contradicts.",
        _table(
            ["Statement", "Verdict", "Claims confirmed", "Disagreements with the print"],
            [_summary(report["verdict"]) for report in reports],
        ),
    ]
    for report in reports:
        verdict = report["verdict"]
        parts += [
            f"## {verdict['title']}: {verdict['status']}",
            f"![{verdict['title']}]({report['statement']}.png)",
            _table(
                ["Claim", "Where", "Verdict", "Numbers"],
                [[c["text"], c["source"], c["status"], c["evidence"]] for c in verdict["claims"]],
            ),
        ]
        if verdict["disagreements"]:
            parts += [
                "Disagreements with the print:",
                "\n".join(
                    f"{number}. **{d['place']}**: {d['printed']} Computed: {d['computed']}"
                    for number, d in enumerate(verdict["disagreements"], start=1)
                ),
            ]
        if verdict["observations"]:
            found = "\n".join(f"- {text}" for text in verdict["observations"])
            parts += ["Beyond the statement:", found]
    return "\n\n".join(parts) + "\n"


def _summary(verdict: dict[str, Any]) -> list[str]:
    confirmed = sum(claim["status"] == CONFIRMED for claim in verdict["claims"])
    counts = f"{confirmed} of {len(verdict['claims'])}"
    return [verdict["title"], verdict["status"], counts, str(len(verdict["disagreements"]))]


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    cells = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in cells)
