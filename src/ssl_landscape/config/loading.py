"""Reading and validating the config: one clear error before any job starts."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from ssl_landscape.config.ablations import Variation, change, readings_of
from ssl_landscape.config.files import read_yaml
from ssl_landscape.config.model import Config, Model, Training
from ssl_landscape.config.types import brief, no_such, shown, suggest, yaml_hint
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
        for key in changes:
            if key not in Training.model_fields:
                hint = suggest(key, [*Model.model_fields, *Training.model_fields])
                raise UserError(f"config: models.{name}.{shown(key)}: unknown key; {hint}")
        # One level, explicit: a key of the model replaces the default's key as a whole.
        entries[name] = defaults | changes | config.override
        models[name] = parse(Training, entries[name], ("models", name))
    return config, models, _expand_ablations(config, entries, models)


def _expand_ablations(
    config: Config, entries: dict[str, dict], models: dict[str, Training]
) -> list[Variation]:
    """Add the models under other readings to ``models``; say which model answers what."""
    variations = []
    for name, ablation in config.ablations.items():
        own = {"sparsities": ablation.sparsities, "seeds": ablation.seeds}
        own |= {"epochs": ablation.epochs} if ablation.epochs else {}
        for model in ablation.models:
            if model not in entries:
                raise UserError(f"config: ablations.{name}: {no_such('model', model, [*entries])}")
            for key, (label, changes, values) in readings_of(name, ablation).items():
                where = ("ablations", name, key)
                entry = change(entries[model] | own | config.override, changes, ".".join(where))
                changed = parse(Training, entry, where)
                in_use = _settings(changed) == _settings(models[model])
                full = f"{model}.{name}.{key}"
                if full in config.models:
                    raise UserError(f"config: models.{full}: an ablation has a model of this name")
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
    """Validate ``raw`` as ``kind``; ``where`` is the path of keys that leads to it."""
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise UserError(_explain(error, kind, where)) from None


def _explain(error: ValidationError, kind: type[BaseModel], where: tuple) -> str:
    # Of a union's several complaints the first stands for all; unknown keys come first.
    problems = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    problem = problems[0]
    place = ".".join(shown(part) for part in (*where, *_real_keys(problem["loc"])))
    if problem["type"] == "extra_forbidden":
        key = str(problem["loc"][-1])
        known = _known_keys(kind, problem["loc"][:-1])
        return f"config: {place}: unknown key; {suggest(key, known)}"
    if problem["type"] == "missing":
        return f"config: {place}: this key is missing"
    message = problem["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    if problem["type"] != "value_error":
        message += f", but it is {brief(problem['input'])}"
        if isinstance(problem["input"], _MISTAKEN.get(problem["type"], ())):
            message += yaml_hint(problem["input"])
    return f"config: {place}: {message}"


def _real_keys(location: tuple) -> list:
    """Drop what pydantic adds to a location for the branch of a union that it tried."""
    branches = ("int", "float", "str", "bool")
    return [
        part
        for part in location
        if isinstance(part, int) or (part not in branches and "[" not in part)
    ]


def _known_keys(kind: type[BaseModel], location: tuple) -> list[str]:
    """Return the fields of the model that a location inside ``kind`` leads to."""
    for part in location:
        annotation = kind.model_fields[part].annotation if part in kind.model_fields else None
        for candidate in _models_in(annotation):
            kind = candidate
    own = list(kind.model_fields)
    return own + list(Training.model_fields) if kind is Model else own


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    found = []
    for argument in getattr(annotation, "__args__", ()):
        found += _models_in(argument)
    return found
