"""Two configs, or two results folders: which settings differ, and which cells moved."""

from pathlib import Path

from ssl_landscape.config import load_config
from ssl_landscape.errors import UserError
from ssl_landscape.inspect.differences import as_text, differences, leaves, only_in_one
from ssl_landscape.pipeline.plan import Plan

SECTIONS = ("variant", "device", "datasets", "figures", "tables", "claims", "theory", "ablations")


def compare(first: Path, second: Path, base: Path, tolerance: float) -> str:
    """Describe in what two configs or two results folders differ.

    Args:
        first: a config file, or a folder with ``runs/`` or ``metrics/``, or a published one.
        second: the same kind of thing.
        base: the config that a variant's is laid over.
        tolerance: smallest change of a cell's mean that counts as moved.

    Raises:
        UserError: they are of two kinds, or a file is missing or damaged.
    """
    if _is_config(first) != _is_config(second):
        raise UserError(f"{first} and {second}: name two config files or two results folders")
    if _is_config(first):
        return compare_configs(_plan(first, base), _plan(second, base), first, second)
    if is_published(first) or is_published(second):
        from ssl_landscape.inspect.published import compare_published

        return compare_published(first, second, tolerance)
    from ssl_landscape.inspect.cells import compare_results

    return compare_results(first, second, Plan(load_config(base)), tolerance)


def is_published(folder: Path) -> bool:
    """Return whether a folder holds published results: a manifest without the runs."""
    return (folder / "provenance/manifest.json").is_file() and not (folder / "runs").is_dir()


def _is_config(path: Path) -> bool:
    if path.is_file() or is_published(path):
        return path.is_file()
    if not (path / "runs").is_dir() and not (path / "metrics").is_dir():
        what = "has neither runs/ nor metrics/" if path.is_dir() else "no such file or folder"
        allowed = "a config file, or a results folder such as results or results/published"
        raise UserError(f"{path}: {what}; name {allowed}")
    return False


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
    models = [
        {
            name: leaves(plan.model(name).model_dump() | {"label": e.label, "colour": e.colour})
            for name, e in plan.config.models.items()
        }
        for plan in (ours, theirs)
    ]
    rest = [
        {"": leaves({section: plan.config.model_dump()[section] for section in SECTIONS})}
        for plan in (ours, theirs)
    ]
    settings = only_in_one(*models) + as_text(differences(*models))
    settings += as_text(differences(*rest), whose=False)
    lines = [
        f"A: {first}, {len(ours.runs)} training runs",
        f"B: {second}, {len(theirs.runs)} training runs",
        f"Runs in both: {len(both)}, with other settings: {len(stale)}; only in A: "
        f"{len(ours.runs) - len(both)}, only in B: {len(theirs.runs) - len(both)}",
        f"Datasets in both: {len(data)}, with other settings: {len(changed)}",
        "",
        "Settings that differ, A -> B" if settings else "No setting differs.",
    ]
    return "\n".join([*lines, *settings]) + "\n"
