"""Two configs, or two folders of results: which settings differ, and which cells moved."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssl_landscape.config import load_config
from ssl_landscape.errors import UserError
from ssl_landscape.inspect.cells import compare_results
from ssl_landscape.inspect.differences import Difference, as_text, grouped, leaves
from ssl_landscape.pipeline.plan import Plan


def compare(first: Path, second: Path, base: Path, tolerance: float) -> str:
    """Say in what two configs or two folders of results differ.

    Args:
        first: a config file, or a folder with ``runs/`` or ``metrics/``.
        second: the same kind of thing.
        base: what a variant's config is laid over.
        tolerance: smallest change of a cell's mean that counts as moved.

    Raises:
        UserError: they are not of one kind, or not readable.
    """
    kinds = {_kind(path) for path in (first, second)}
    if len(kinds) > 1:
        raise UserError(f"{first} and {second}: name two config files or two folders of results")
    if kinds == {"config"}:
        return compare_configs(_plan(first, base), _plan(second, base), first, second)
    return compare_results(first, second, Plan(load_config(base)), tolerance)


def _kind(path: Path) -> str:
    if path.is_file():
        return "config"
    if (path / "runs").is_dir() or (path / "metrics").is_dir():
        return "results"
    what = "has neither runs/ nor metrics/" if path.is_dir() else "no such file or folder"
    raise UserError(f"{path}: {what}; name a config file, or a folder of results such as results")


def _plan(path: Path, base: Path) -> Plan:
    raw = load_config(path)
    whole = raw.keys() >= {"datasets", "defaults", "models"} and not raw.get("variant")
    # A variant, or a study of one's own, holds only what it changes.
    return Plan(raw if whole else load_config(base, path))


def compare_configs(ours: Plan, theirs: Plan, first: Path, second: Path) -> str:
    """Say what differs between two configs, by what it makes stale."""
    both = [run for run in ours.runs if run in set(theirs.runs)]
    stale = [run for run in both if ours.run_spec(*run) != theirs.run_spec(*run)]
    data = [name for name in ours.datasets if name in theirs.datasets]
    changed = [n for n in data if ours.dataset_spec(*n) != theirs.dataset_spec(*n)]
    lines = [
        f"A: {first}, {len(ours.runs)} training runs",
        f"B: {second}, {len(theirs.runs)} training runs",
        f"Runs in both: {len(both)}, with other settings: {len(stale)}; only in A: "
        f"{len(ours.runs) - len(both)}, only in B: {len(theirs.runs) - len(both)}",
        f"Datasets in both: {len(data)}, with other settings: {len(changed)}",
    ]
    differences = list(_of_plans(ours, theirs))
    if not differences:
        return "\n".join([*lines, "", "No setting differs."]) + "\n"
    return "\n".join([*lines, "", "Settings that differ, A -> B", *as_text(differences)]) + "\n"


def _of_plans(ours: Plan, theirs: Plan) -> Iterator[Difference]:
    yield from grouped(_models(ours), _models(theirs), "model")
    rest = ("variant", "device", "datasets", "figures", "tables", "claims", "theory", "ablations")
    for section in rest:
        pair = [leaves({section: plan.config.model_dump()[section]}) for plan in (ours, theirs)]
        yield from grouped({section: pair[0]}, {section: pair[1]}, "")


def _models(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return every model's settings with the defaults filled in, and its label and colour."""
    return {
        name: leaves(plan.model(name).model_dump() | {"label": e.label, "colour": e.colour})
        for name, e in plan.config.models.items()
    }
