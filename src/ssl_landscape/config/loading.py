"""Reading and validating the config: one clear error before any job starts."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from ssl_landscape.config.ablations import Variation, change, readings_of
from ssl_landscape.config.files import read_yaml
from ssl_landscape.config.model import Config, Model, Training
from ssl_landscape.config.types import brief, no_such, refuse, shown, yaml_hint
from ssl_landscape.errors import UserError

# What YAML may have made of an entry that pydantic expected to be something else.
_MISTAKEN = {"float_type": str, "int_type": str, "literal_error": bool, "string_type": bool}


def merge(base: dict, change: dict) -> dict:
    """Lay a variant over the config: mappings key by key, anything else replaced whole."""
    merged = dict(base)
    for key, value in change.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def load_config(*paths: Path) -> dict[str, Any]:
    """Read config files, each later one laid over the earlier ones, without validating them."""
    merged: dict = {}
    for path in paths:
        merged = merge(merged, read_yaml(path))
    return merged


def validate(raw: dict[str, Any]) -> tuple[Config, dict[str, Training], list[Variation]]:
    """Validate a merged config.

    Returns:
        The config; each model with the defaults filled in, those of the ablations included; and
        what the ablations are made of.

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
    return config, models, _expand_ablations(config, entries, models)


def _expand_ablations(
    config: Config, entries: dict[str, dict], models: dict[str, Training]
) -> list[Variation]:
    """Add the models under other readings to ``models``; return which model answers what."""
    variations = []
    for name, ablation in config.ablations.items():
        own = {"sparsities": ablation.sparsities, "seeds": ablation.seeds}
        own |= {"epochs": ablation.epochs} if ablation.epochs else {}
        for model in ablation.models:
            if model not in entries:
                refuse(f"ablations.{name}", no_such("model", model, [*entries]))
            for key, (label, changes, values) in readings_of(name, ablation).items():
                where = ("ablations", name, key)
                entry = change(entries[model] | own | config.override, changes, ".".join(where))
                changed = parse(Training, entry, where)
                in_use = _settings(changed) == _settings(models[model])
                full = f"{model}.{name}.{key}"
                if full in config.models:
                    refuse(f"models.{full}", "an ablation has a model of this name")
                if in_use and _covers(models[model], changed):
                    full = model
                else:
                    models[full] = changed
                variations.append(Variation(name, key, label, model, full, in_use, values))
    return variations


def _settings(model: Training) -> dict[str, Any]:
    return model.model_dump(exclude={"sparsities", "seeds"})


def _covers(model: Training, wanted: Training) -> bool:
    """Return whether a model has all the runs that another asks for."""
    return set(wanted.sparsities) <= set(model.sparsities) and set(as_list(wanted.seeds)) <= set(
        as_list(model.seeds)
    )


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
        problem = error.errors()[0]  # of a union's several complaints the first stands for all
        place = ".".join(shown(part) for part in (*where, *filter(_is_key, problem["loc"])))
        raise UserError(f"config: {f'{place}: ' if place else ''}{_explain(problem)}") from None


def _explain(problem: Any) -> str:
    if problem["type"] == "missing":
        return "this key is missing"
    message = problem["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    if problem["type"] == "value_error":
        return message
    mistaken = isinstance(problem["input"], _MISTAKEN.get(problem["type"], ()))
    hint = yaml_hint(problem["input"]) if mistaken else ""
    return f"{message}, but it is {brief(problem['input'])}{hint}"


def _is_key(part: int | str) -> bool:
    """Return whether a part of a location is not what pydantic adds for a branch of a union."""
    return isinstance(part, int) or (
        part not in ("int", "float", "str", "bool") and "[" not in part
    )
