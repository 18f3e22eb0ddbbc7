"""One thing that an audit finds."""

from dataclasses import dataclass

PROBLEM, REMARK = "problem", "remark"


@dataclass(frozen=True)
class Finding:
    """One thing found: what kind, of which file (from the repository's root), and what about it."""

    kind: str
    subject: str
    detail: str
    weight: str = PROBLEM


def some(items: list[str], most: int = 4) -> str:
    """List the first of some items, and how many there are besides."""
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(map(str, items[:most])) + more
