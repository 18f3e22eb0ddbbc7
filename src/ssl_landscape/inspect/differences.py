"""Differences between nested settings; one that many models share is told once."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

SHOWN = 100  # characters of a value

Settings = Mapping[str, Mapping[str, Any]]  # name -> its settings, flattened by `leaves`


class Difference(NamedTuple):
    """A key with another value, and whose it is."""

    key: str
    before: str
    after: str
    names: tuple[str, ...]
    whose: str  # the names for a reader


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Flatten nested mappings: ``loss.temperature`` -> 0.05."""
    if not isinstance(value, dict) or not value:
        return {path: value}
    found: dict[str, Any] = {}
    for key, inner in value.items():
        found |= leaves(inner, f"{path}.{key}" if path else str(key))
    return found


def differences(ours: Settings, theirs: Settings) -> list[Difference]:
    """Compare the settings of each name that both sides have; names with equal changes share one.

    Args:
        ours: settings of the one side.
        theirs: settings of the other side.
    """
    both = [name for name in ours if name in theirs]
    found: dict[tuple[str, str, str], list[str]] = {}
    for name in both:
        for key in ours[name].keys() | theirs[name].keys():
            before, after = _text(ours[name], key), _text(theirs[name], key)
            if before != after:
                found.setdefault((key, before, after), []).append(name)
    return [
        Difference(*change, tuple(names), "all" if names == both and both[1:] else ", ".join(names))
        for change, names in sorted(found.items())
    ]


def _text(settings: Mapping[str, Any], key: str) -> str:
    if key not in settings:
        return "(not there)"
    text = json.dumps(settings[key], ensure_ascii=False, sort_keys=True)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def only_in_one(ours: Settings, theirs: Settings) -> list[str]:
    """Write one line per side that has models which the other one lacks."""
    sides = (("A", ours.keys() - theirs.keys()), ("B", theirs.keys() - ours.keys()))
    return [f"  models only in {s} ({len(m)}): {', '.join(sorted(m))}" for s, m in sides if m]


def as_text(found: Iterable[Difference], whose: bool = True) -> list[str]:
    """Write one line per difference."""
    return [f"  {d.key}: {d.before} -> {d.after}" + f"   ({d.whose})" * whose for d in found]
