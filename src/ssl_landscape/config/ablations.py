"""Ablations: the same models under other readings of the paper, or over a grid of settings."""

import copy
import itertools
import math
from dataclasses import dataclass
from typing import Any

from ssl_landscape.config.types import (
    Count,
    Line,
    Name,
    Open,
    Seeds,
    Some,
    Sparsity,
    Strict,
    about,
    check_known,
    refuse,
    shown,
)

MOST_LINES = 3  # those that a picture in grey still tells apart
MOST_COMBINATIONS = 100  # those that a specification curve has room for


class Reading(Open):
    """One reading: a label, and the settings that it changes, as dotted keys."""

    label: Line = about("what this reading takes the paper to say")


class Expectation(Strict):
    """Numbers that the paper's prose gives for a model that is in no table."""

    model: str = about("which model")
    metric: str = about("which of the cosines")
    start: float = about("about this before training")
    end: float = about("about this after training")


class Varied(Strict):
    """A question, and the models that answer it, each under every reading."""

    question: Line = about("what is asked")
    models: Some[str] = about("models trained")
    sparsities: Some[Sparsity] = about("Pr(z_i != 0)")
    seeds: Seeds = about("number of runs, or the list of seeds")
    epochs: Count | None = about("other than the models' own", default=None)
    readings: dict[Name, Reading] = about("dotted keys to change", default={})


class Ablation(Varied):
    """What the paper leaves open: either readings of it, or a grid of settings."""

    grid: dict[str, Some[int | float | Name]] = about("dotted key -> values", default={})
    sources: dict[Name, dict[str, int | float | Name]] = about(
        "what the text, the released code, ... say of the grid's keys", default={}
    )
    expected: list[Expectation] = about("numbers in the paper's prose", default=[])


@dataclass(frozen=True)
class Variation:
    """A model under a reading; ``name`` is the model itself where its own runs are those wanted."""

    ablation: str  # or study
    reading: str
    label: str
    model: str
    name: str
    in_use: bool  # the reading changes nothing
    values: tuple[Any, ...] = ()  # of the grid's axes


def readings_of(where: str, entry: Varied) -> dict[str, tuple[str, dict[str, Any], tuple]]:
    """Return each reading's label, changes (dotted key -> value) and place in the grid."""
    grid = entry.grid if isinstance(entry, Ablation) else {}
    if bool(entry.readings) == bool(grid):
        refuse(where, "needs either readings or a grid, not both")
    if isinstance(entry, Ablation) and grid:
        _check_grid(where, entry)
    readings: dict[str, tuple[str, dict[str, Any], tuple]] = {
        key: (r.label, r.model_extra or {}, ()) for key, r in entry.readings.items()
    }
    for values in itertools.product(*grid.values()) if grid else ():
        changes = dict(zip(grid, values, strict=True))
        label = ", ".join(f"{key_in_words(key)} {value}" for key, value in changes.items())
        readings["-".join(map(str, values))] = (label, changes, values)
    return readings


def key_in_words(key: str) -> str:
    """Return a dotted key as words: what it chooses, without "name" and the like."""
    return key.removesuffix(".name").removesuffix(".scheme").rpartition(".")[2].replace("_", " ")


def _check_grid(where: str, ablation: Ablation) -> None:
    """Refuse a grid that cannot be drawn: as lines up to two keys, else as specification curve."""
    first, *others = ablation.grid.values()
    if len(ablation.grid) > 2:
        combinations = math.prod(map(len, ablation.grid.values()))
        if combinations > MOST_COMBINATIONS:
            problem = f"{combinations} combinations; allowed: up to {MOST_COMBINATIONS}"
            refuse(f"{where}.grid", problem)
    elif any(isinstance(value, str) for value in first):
        refuse(f"{where}.grid", "of one or two keys, the first is an axis: numbers only")
    elif any(len(values) > MOST_LINES for values in others):
        refuse(f"{where}.grid", f"of two keys, the second has up to {MOST_LINES} values")
    for source, said in ablation.sources.items():
        check_known(f"{where}.sources.{source}", "key", list(said), list(ablation.grid))


def change(entry: dict[str, Any], changes: dict[str, Any], where: str) -> dict[str, Any]:
    """Set dotted keys in a copy of a model's entry; a UserError names one that leads nowhere."""
    changed = copy.deepcopy(entry)
    for dotted, value in changes.items():
        *path, last = dotted.split(".")
        inner: Any = changed
        for part in path:
            inner = inner.get(part) if isinstance(inner, dict) else None
        if not isinstance(inner, dict):
            refuse(f"{where}.{shown(dotted)}", f"this model has no {shown('.'.join(path))}")
        inner[last] = value
    return changed
