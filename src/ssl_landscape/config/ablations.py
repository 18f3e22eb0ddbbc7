"""Ablations: the same models under other readings of the paper, or over a grid of settings."""

import copy
import itertools
import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ssl_landscape.config.types import Count, Line, Name, Seeds, Sparsity, Strict, brief, shown
from ssl_landscape.errors import UserError


class Reading(BaseModel):
    """One reading: a label, and the settings that it changes, as dotted keys."""

    model_config = ConfigDict(extra="allow", strict=True)
    label: Line = Field(description="what this reading takes the paper to say")


class Expectation(Strict):
    """Numbers that the paper's prose gives for a model that is in no table."""

    model: str = Field(description="which model")
    metric: str = Field(description="which of the cosines")
    start: float = Field(description="about this before training")
    end: float = Field(description="about this after training")


class Ablation(Strict):
    """A question, the models that answer it, and either readings or a grid of settings."""

    question: Line = Field(description="what the paper leaves open")
    models: Annotated[list[str], Field(min_length=1)] = Field(description="models trained")
    sparsities: Annotated[list[Sparsity], Field(min_length=1)] = Field(description="Pr(z_i != 0)")
    seeds: Seeds = Field(description="number of runs, or the list of seeds")
    epochs: Count | None = Field(default=None, description="other than the models' own")
    readings: dict[Name, Reading] = Field(default={}, description="dotted keys to change")
    grid: dict[str, Annotated[list[Any], Field(min_length=1)]] = Field(
        default={}, description="dotted key -> values; every combination is a reading"
    )
    expected: list[Expectation] = Field(default=[], description="numbers in the paper's prose")


@dataclass(frozen=True)
class Variation:
    """A model under a reading; ``name`` is the model itself where its own runs are those wanted."""

    ablation: str
    reading: str
    label: str
    model: str
    name: str
    in_use: bool  # the reading changes nothing
    values: tuple[Any, ...] = ()  # of the grid's axes


def readings_of(name: str, ablation: Ablation) -> dict[str, tuple[str, dict[str, Any], tuple]]:
    """Return each reading's label, changes (dotted key -> value) and place in the grid.

    Raises:
        UserError: the ablation has neither readings nor a grid, or both.
    """
    if bool(ablation.readings) == bool(ablation.grid):
        raise UserError(f"config: ablations.{name}: needs either readings or a grid, not both")
    if ablation.readings:
        return {
            key: (reading.label, reading.model_extra or {}, ())
            for key, reading in ablation.readings.items()
        }
    _check_grid(f"config: ablations.{name}.grid", ablation.grid)
    readings = {}
    for values in itertools.product(*ablation.grid.values()):
        changes = dict(zip(ablation.grid, values, strict=True))
        label = ", ".join(f"{key.rpartition('.')[2]} {value}" for key, value in changes.items())
        key = "-".join(value if isinstance(value, str) else brief(value) for value in values)
        if not re.fullmatch(r"[A-Za-z0-9._+-]{1,64}", key):
            raise UserError(
                f"config: ablations.{name}.grid: {brief(key)} becomes a file name: use numbers, "
                "true, false, null and names of a-z, 0-9, '.', '_', '-', 64 characters in all"
            )
        readings[key] = (label, changes, values)
    return readings


MOST_LINES = 3  # those that a picture in grey still tells apart


def _check_grid(where: str, grid: dict[str, list]) -> None:
    first, *others = grid
    numbers = [value for value in grid[first] if type(value) in (int, float)]
    if len(numbers) < len(grid[first]):
        raise UserError(f"{where}.{shown(first)}: the first key is an axis: numbers only")
    if len(others) > 1 or any(len(grid[key]) > MOST_LINES for key in others):
        raise UserError(
            f"{where}: a picture has one axis and up to {MOST_LINES} lines: at most two keys, the "
            "second with as many values"
        )


def change(entry: dict[str, Any], changes: dict[str, Any], where: str) -> dict[str, Any]:
    """Set dotted keys in a copy of a model's entry.

    Raises:
        UserError: a key leads through something that is not a mapping.
    """
    changed = copy.deepcopy(entry)
    for dotted, value in changes.items():
        *path, last = dotted.split(".")
        inner: Any = changed
        for part in path:
            inner = inner.get(part) if isinstance(inner, dict) else None
        if not isinstance(inner, dict):
            raise UserError(
                f"config: {where}.{shown(dotted)}: this model has no {shown('.'.join(path))}"
            )
        inner[last] = value
    return changed
