"""What a check of the audit yields."""

from dataclasses import dataclass

PROBLEM, REMARK = "problem", "remark"


@dataclass(frozen=True)
class Finding:
    """One thing found: what kind, of which file (from the repository's root), and what about it."""

    kind: str
    subject: str
    detail: str
    weight: str = PROBLEM
