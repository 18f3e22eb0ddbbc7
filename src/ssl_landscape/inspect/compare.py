"""Two configs: which settings differ. Two results folders: what differs is in `results`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ssl_landscape.config import load_config
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.plan import Plan

SECTIONS = {"variant", "device", "datasets", "figures", "tables", "claims", "theory", "ablations"}
SHOWN = 100  # characters of a value

Settings = Mapping[str, Mapping[str, Any]]  # name -> its settings, flattened by `leaves`


def compare(first: Path, second: Path, base: Path, tolerance: float) -> str:
    """Describe in what two configs or two results folders differ.

    Args:
        first: a config file, or a results folder, of a build or published.
        second: the same kind of thing.
        base: the config that a variant's is laid over.
        tolerance: smallest change of a cell's mean that counts as moved.

    Raises:
        UserError: they are of two kinds, or a file is missing or damaged.
    """
    for path in (first, second):
        if not path.exists():
            raise UserError(f"{path}: no such file or folder; name a config or a results folder")
    if first.is_file() != second.is_file():
        raise UserError(f"{first} and {second}: name two config files or two results folders")
    if first.is_file():
        return compare_configs(_plan(first, base), _plan(second, base), first, second)
    from ssl_landscape.inspect.results import compare_results

    return compare_results(first, second, tolerance)


def _plan(path: Path, base: Path) -> Plan:
    raw = load_config(path)
    whole = raw.keys() >= {"datasets", "defaults", "models"} and not raw.get("variant")
    # A variant, or a study of one's own, holds only what it changes.
    return Plan(raw if whole else load_config(base, path))


def compare_configs(ours: Plan, theirs: Plan, first: Path, second: Path) -> str:
    """Describe in what two configs differ, and how many runs and datasets that makes stale."""
    both = [run for run in ours.runs if run in set(theirs.runs)]
    stale = [run for run in both if ours.run_spec(*run) != theirs.run_spec(*run)]
    data = [name for name in ours.datasets if name in theirs.datasets]
    changed = [n for n in data if ours.dataset_spec(*n) != theirs.dataset_spec(*n)]
    settings = differences(_settings(ours), _settings(theirs))
    lines = [
        f"A: {first}, {len(ours.runs)} training runs",
        f"B: {second}, {len(theirs.runs)} training runs",
        f"Runs in both: {len(both)}, with other settings: {len(stale)}",
        f"Datasets in both: {len(data)}, with other settings: {len(changed)}",
        "",
        "Settings that differ, A -> B" if settings else "No setting differs.",
    ]
    return "\n".join([*lines, *settings]) + "\n"


def _settings(plan: Plan) -> Settings:
    """Return the settings of each model, and under no name those of the other sections."""
    models = {
        name: leaves(plan.model(name).model_dump() | {"label": e.label, "colour": e.colour})
        for name, e in plan.config.models.items()
    }
    return {**models, "": leaves(plan.config.model_dump(include=SECTIONS))}


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Flatten nested mappings: ``loss.temperature`` -> 0.05."""
    if not isinstance(value, dict) or not value:
        return {path: value}
    found: dict[str, Any] = {}
    for key, inner in value.items():
        found |= leaves(inner, f"{path}.{key}" if path else str(key))
    return found


def differences(ours: Settings, theirs: Settings) -> list[str]:
    """Write one line per difference; models with equal changes share one."""
    sides = (("A", ours.keys() - theirs.keys()), ("B", theirs.keys() - ours.keys()))
    lines = [f"  models only in {s} ({len(m)}): {', '.join(sorted(m))}" for s, m in sides if m]
    both = [name for name in ours if name in theirs]
    found: dict[tuple[bool, str, str, str], list[str]] = {}
    for name in both:
        for key in ours[name].keys() | theirs[name].keys():
            before, after = _text(ours[name], key), _text(theirs[name], key)
            if before != after:
                found.setdefault((not name, key, before, after), []).append(name)
    for (_, key, before, after), names in sorted(found.items()):
        whose = f"   ({_models(names, both)})" if names[0] else ""
        lines.append(f"  {key}: {before} -> {after}{whose}")
    return lines


def _models(names: list[str], known: list[str]) -> str:
    """Return the names of models, or those of most models by the few others."""
    others = [name for name in known if name and name not in names]
    if len(names) <= 3 * len(others) or len(names) == 1:
        return ", ".join(names)
    return f"all but {', '.join(others)}" if others else "all"


def _text(settings: Mapping[str, Any], key: str) -> str:
    if key not in settings:
        return "(not there)"
    text = json.dumps(settings[key], ensure_ascii=False, sort_keys=True)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
