"""What a check of the audit yields."""

from collections.abc import Iterator
from dataclasses import dataclass

PROBLEM, REMARK = "problem", "remark"
CONTRADICTED = "contradicted"  # the kind of what does not follow from other files


@dataclass(frozen=True)
class Finding:
    """One thing found: what kind, of which file (from the repository's root), and what about it."""

    kind: str
    subject: str
    detail: str
    weight: str = PROBLEM


def explained(subject: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """Turn whatever breaks on forged content into a finding."""
    try:
        yield from findings
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        yield Finding(CONTRADICTED, subject, f"cannot be computed again: {reason}")
