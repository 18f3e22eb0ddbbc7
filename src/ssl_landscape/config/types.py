"""Types of single config values, each with its own check, message and JSON schema."""

import difflib
import math
import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator as After
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from ssl_landscape.blocks import block_names


class Strict(BaseModel):
    """Refuses unknown keys and silent conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def suggest(name: str, known: list[str]) -> str:
    """Say which known name was probably meant, and all that are allowed."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}allowed: {', '.join(sorted(known))}"


def block_type(family: str) -> Any:
    """Type of a block's name, with the names that exist as the JSON schema's enum."""

    def check(name: str) -> str:
        names = block_names(family)
        if name not in names:
            raise ValueError(
                f"there is no {name!r} in blocks/{family}; allowed: {', '.join(names)}"
            )
        return name

    schema = {"enum": list(block_names(family)), "type": "string"}
    return Annotated[str, After(check), WithJsonSchema(schema)]


def _file_name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name):
        raise ValueError(
            f"{name!r} becomes a file name: use 1 to 64 of a-z, 0-9, '.', '_', '-', a letter or "
            "digit first"
        )
    return name


def _sparsity_text(value: object) -> object:
    """Keep a sparsity as text (0.1 and 0.10 would be two files); YAML gives a number."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _check_sparsity(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number; allowed: above 0, at most 1") from None
    if not 0 < value <= 1:
        raise ValueError(f"{text} is no probability Pr(z_i != 0); allowed: above 0, at most 1")
    return f"{Decimal(text).normalize():f}"  # 0.10 and 1e-1 are both 0.1


def _check_seeds(value: Any) -> Any:
    seeds = value if isinstance(value, list) else [value]
    whole = all(isinstance(k, int) and not isinstance(k, bool) for k in seeds)
    lowest = 0 if isinstance(value, list) else 1
    if not whole or not seeds or min(seeds) < lowest:
        raise ValueError(
            f"{value!r} is neither a number of runs (1 or more) nor a list of seeds (0 or more)"
        )
    return value


def _check_noise(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if value not in NOISE_FORMULAS and not (number and 0 <= value < math.inf):
        allowed = ", ".join(repr(formula) for formula in NOISE_FORMULAS)
        raise ValueError(f"{value!r} is no noise scale; allowed: {allowed}, or a number from 0 on")
    return value


NOISE_FORMULAS = ("sqrt(log d) / d", "sqrt(log d / d)", "log d / d")  # see datasets.noise_scale
Name = Annotated[str, After(_file_name)]
Sparsity = Annotated[
    str,
    BeforeValidator(_sparsity_text),
    After(_check_sparsity),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
]
Seeds = Annotated[
    Any,
    After(_check_seeds),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1},
            ]
        }
    ),
]
Noise = Annotated[
    Any,
    After(_check_noise),
    WithJsonSchema({"anyOf": [{"enum": list(NOISE_FORMULAS)}, {"type": "number", "minimum": 0}]}),
]
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
