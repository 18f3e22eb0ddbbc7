"""Differences between nested settings, those that many models share told once."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

MISSING = "(not there)"
SHOWN = 100  # characters of a value


@dataclass(frozen=True)
class Difference:
    """A key with another value, and whose it is; without values, names that one side lacks."""

    key: str
    before: str
    after: str
    names: tuple[str, ...] = ()
    everywhere: bool = False


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Flatten nested mappings: ``loss.temperature`` -> 0.05."""
    if not isinstance(value, dict) or not value:
        return {path: value}
    found: dict[str, Any] = {}
    for key, inner in value.items():
        found |= leaves(inner, f"{path}.{key}" if path else str(key))
    return found


def grouped(
    ours: dict[str, dict[str, Any]], theirs: dict[str, dict[str, Any]], kind: str
) -> Iterator[Difference]:
    """Compare the settings of each name; one difference for all names that share it.

    Args:
        ours: name -> its settings, as :func:`leaves` gives them.
        theirs: the same of the other side.
        kind: what the names are; empty where they are not to be shown.
    """
    both = [name for name in ours if name in theirs]
    for side, alone in (("A", ours.keys() - theirs.keys()), ("B", theirs.keys() - ours.keys())):
        if alone:
            yield Difference(f"{kind}s only in {side}", "", "", tuple(sorted(alone)))
    found: dict[tuple[str, str, str], list[str]] = {}
    for name in both:
        for key in sorted(ours[name].keys() | theirs[name].keys()):
            pair = (_text(ours[name], key), _text(theirs[name], key))
            if pair[0] != pair[1]:
                found.setdefault((key, *pair), []).append(name)
    for (key, before, after), names in sorted(found.items()):
        everywhere = len(names) == len(both) and len(both) > 1
        yield Difference(key, before, after, tuple(names) if kind else (), everywhere)


def _text(settings: dict[str, Any], key: str) -> str:
    if key not in settings:
        return MISSING
    text = json.dumps(settings[key], ensure_ascii=False, sort_keys=True)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def as_text(differences: Iterable[Difference]) -> list[str]:
    """Write one line a difference."""
    lines = []
    for d in differences:
        names = "all" if d.everywhere else ", ".join(d.names)
        if not d.before:
            lines.append(f"  {d.key} ({len(d.names)}): {names}")
        else:
            lines.append(f"  {d.key}: {d.before} -> {d.after}" + (f"   ({names})" if names else ""))
    return lines
