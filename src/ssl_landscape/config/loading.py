"""Reading and validating the config: one clear error before any job starts."""

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from ssl_landscape.config.ablations import Variation, Varied, change, readings_of
from ssl_landscape.config.files import read_yaml
from ssl_landscape.config.model import Config, Model, Training
from ssl_landscape.config.studies import judged_parts
from ssl_landscape.config.types import brief, check_known, refuse, shown, yaml_hint
from ssl_landscape.errors import UserError

RUNS = {"sparsities", "seeds"}  # the keys that say how often a model is trained


def merge(base: dict, change: dict) -> dict:
    """Lay a variant over the config: mappings key by key, anything else replaced whole."""
    merged = dict(base)
    for key, value in change.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def load_config(*paths: Path) -> dict[str, Any]:
    """Read config files, each later one laid over the earlier ones, without validating them."""
    return functools.reduce(merge, map(read_yaml, paths), {})


class Validated(NamedTuple):
    """A config, and what follows from it."""

    config: Config
    models: dict[str, Training]  # with the defaults filled in; also those under other readings
    variations: list[Variation]  # of the ablations
    beyond: list[Variation]  # of the studies beyond the paper


def validate(raw: dict[str, Any]) -> Validated:
    """Validate a merged config.

    Raises:
        UserError: names the first bad key, what is wrong and what is allowed.
    """
    config = parse(Config, raw, ())
    defaults = raw["defaults"]
    parse(Training, defaults | config.override, ("override",))
    own_keys = set(Model.model_fields)
    entries, models = {}, {}
    for name, entry in raw["models"].items():
        changes = {key: value for key, value in entry.items() if key not in own_keys}
        # One level, explicit: a key of the model replaces the default's key as a whole.
        entries[name] = defaults | changes | config.override
        models[name] = parse(Training, entries[name], ("models", name))
    ablations = _expand("ablations", config.ablations, config, entries, models)
    beyond = _expand("beyond", config.beyond, config, entries, models)
    for name, study in config.beyond.items():
        judged_parts(name, study, beyond)
    return Validated(config, models, ablations, beyond)


def _expand(
    section: str,
    varied: Mapping[str, Varied],
    config: Config,
    entries: dict[str, dict],
    models: dict[str, Training],
) -> list[Variation]:
    """Add the models under other readings to ``models``; return which model answers what."""
    variations: list[Variation] = []
    for name, question in varied.items():
        own = {"sparsities": question.sparsities, "seeds": question.seeds}
        own |= {"epochs": question.epochs} if question.epochs else {}
        check_known(f"{section}.{name}", "model", question.models, list(entries))
        readings = readings_of(f"{section}.{name}", question)
        for model in question.models:
            for key, (label, changes, values) in readings.items():
                where = (section, name, key)
                entry = change(entries[model] | own, changes, ".".join(where))
                changed = parse(Training, entry | config.override, where)
                known = [model, *(v.name for v in variations if v.model == model)]
                same = [k for k in known if _settings(models[k]) == _settings(changed)]
                full = f"{model}.{name}.{key}"
                if full in config.models:
                    refuse(f"models.{full}", f"{section}.{name} has a model of this name")
                full = next((k for k in same if _covers(models[k], changed)), full)
                models.setdefault(full, changed)
                variations.append(Variation(name, key, label, model, full, model in same, values))
    return variations


def _settings(model: Training) -> dict[str, Any]:
    return model.model_dump(exclude=RUNS)


def _covers(model: Training, wanted: Training) -> bool:
    """Return whether a model has all the runs that another asks for."""
    more_seeds = set(as_list(wanted.seeds)) - set(as_list(model.seeds))
    return set(wanted.sparsities) <= set(model.sparsities) and not more_seeds


def as_list(values: int | list) -> list:
    """Return the list of seeds for a number of runs; a list stays as it is."""
    return values if isinstance(values, list) else list(range(1, values + 1))


def parse(kind: type[BaseModel], raw: Any, where: tuple) -> Any:
    """Validate ``raw`` as ``kind``; ``where`` is the path of keys that leads to it.

    Raises:
        UserError: names the first bad key, what is wrong and what is allowed.
    """
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        path, message = _explain(error)
        place = ".".join(map(shown, (*where, *path)))
        raise UserError(f"config: {f'{place}: ' if place else ''}{message}") from None


def _explain(error: ValidationError) -> tuple[list[int | str], str]:
    """Return the keys that lead to the first bad entry, and what is wrong with it."""
    problems = [(_keys(problem["loc"]), problem) for problem in error.errors()]
    start = problems[0][0]
    # Of a union's branches, those that fit as far as possible.
    path = max((p for p, _ in problems if p[: len(start)] == start), key=len)
    found = [problem for p, problem in problems if p == path]
    kind, value, message = found[0]["type"], found[0]["input"], found[0]["msg"]
    if kind == "missing":
        return path, "this key is missing"
    if kind == "value_error":
        return path, message.removeprefix("Value error, ")
    wanted = " or ".join(problem["msg"][0].lower() + problem["msg"][1:] for problem in found)
    return path, f"{wanted}, but it is {brief(value)}{yaml_hint(value)}"


def _keys(location: tuple[int | str, ...]) -> list[int | str]:
    """Return a location without what pydantic adds for the branches of a union."""
    branch = re.compile(r"(constrained-)?(int|float|str)|.*\[.*")
    return [part for part in location if isinstance(part, int) or not branch.fullmatch(part)]
