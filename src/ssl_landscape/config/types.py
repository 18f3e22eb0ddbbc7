"""Types of single config values, each with its own check, message and JSON schema."""

import difflib
import re
import reprlib
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator as After
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from ssl_landscape.experiment.registry import block_names

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80
_SHORT.maxlist = _SHORT.maxdict = 10


class Strict(BaseModel):
    """Refuses unknown keys and silent conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def brief(value: object) -> str:
    """Write a value as Python does, shortened where it is long: for a message of one line."""
    try:
        text = _SHORT.repr(value)
        return text if len(text) <= 300 else f"{text[:297]}..."
    except ValueError:  # Python writes no integer of more than 4300 digits
        return "a number of thousands of digits"


def shown(key: object) -> str:
    """Write a key as it stands, or as Python does where it is long or has line breaks."""
    text = str(key)
    return text if text.isprintable() and 0 < len(text) <= 100 else brief(text)


def yaml_hint(value: object) -> str:
    """Say what YAML made of a value that was meant otherwise, if that is likely; else nothing."""
    if isinstance(value, bool):
        return "; YAML takes yes, no, on and off as true and false: quote a text"
    if isinstance(value, str):
        try:
            number = f"{float(value):.12g}"
        except (ValueError, OverflowError):
            return ""
        return f"; YAML takes it as text: write {number}" if number != "nan" else ""
    return ""


def suggest(name: str, known: list[str]) -> str:
    """Say which known name was probably meant, and all that are allowed."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}allowed: {', '.join(sorted(known))}"


def no_such(what: str, name: str, known: list[str]) -> str:
    """Say that a name leads to nothing, and which ones would."""
    return f"there is no {what} {brief(name)}; {suggest(name, known)}"


def block_type(family: str) -> Any:
    """Type of a block's name, with the names that exist as the JSON schema's enum."""

    def check(name: str) -> str:
        names = block_names(family)
        if name not in names:
            raise ValueError(
                f"there is no {brief(name)} in blocks/{family}; allowed: {', '.join(names)}"
            )
        return name

    schema = {"enum": list(block_names(family)), "type": "string"}
    return Annotated[str, After(check), WithJsonSchema(schema)]


def _file_name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name):
        raise ValueError(
            f"{brief(name)} becomes a file name: use 1 to 64 of a-z, 0-9, '.', '_', '-', a letter "
            "or digit first"
        )
    return name


def _text_in_a_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError(f"{brief(text)} has a line break or a control character")
    return text


def _prose(text: str) -> str:
    if not text.replace("\n", "").isprintable():
        raise ValueError(f"{brief(text)} has a control character")
    return text


def _not_a_boolean(value: object) -> object:
    """Refuse true where 1 is allowed: Python takes them as equal."""
    if isinstance(value, bool):
        raise ValueError(f"{value} is no number{yaml_hint(value)}")
    return value


def _sparsity_text(value: object) -> object:
    """Keep a sparsity as text (0.1 and 0.10 would be two files); YAML gives a number."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _check_sparsity(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{brief(text)} is not a number; allowed: above 0, at most 1") from None
    if not 0 < value <= 1:
        raise ValueError(f"{text} is no probability Pr(z_i != 0); allowed: above 0, at most 1")
    if value < LOWEST_SPARSITY:  # it becomes a file name, and nearly all z would be 0
        raise ValueError(f"{text} is too small; allowed: from {LOWEST_SPARSITY} to 1")
    return f"{Decimal(text).normalize():f}"  # 0.10 and 1e-1 are both 0.1


def _check_seeds(value: Any) -> Any:
    seeds = value if isinstance(value, list) else [value]
    whole = all(isinstance(k, int) and not isinstance(k, bool) for k in seeds)
    lowest, highest = (0, MOST) if isinstance(value, list) else (1, MOST_SEEDS)
    if not whole or not seeds or min(seeds) < lowest:
        raise ValueError(
            f"{brief(value)} is neither a number of runs (1 or more) nor a list of seeds (0 or "
            "more)"
        )
    if len(seeds) > MOST_SEEDS or max(seeds) > highest:
        raise ValueError(
            f"{brief(value)} is too much; allowed: up to {MOST_SEEDS} runs, and seeds up to {MOST}"
        )
    return value


def _check_noise(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if value not in NOISE_FORMULAS and not (number and 0 <= value <= LARGEST):
        allowed = ", ".join(repr(formula) for formula in NOISE_FORMULAS)
        raise ValueError(
            f"{brief(value)} is no noise scale; allowed: {allowed}, or a number from 0 to "
            f"{LARGEST:g}{yaml_hint(value)}"
        )
    return value


# Beyond any use, and far from where float32, an array's index or a file name end.
LARGEST = 1e6  # rates and scales
MOST = 10**9  # counts, and seeds
MOST_SEEDS = 10_000
LOWEST_SPARSITY = 1e-6

NOISE_FORMULAS = ("sqrt(log d) / d", "sqrt(log d / d)", "log d / d")  # see datasets.noise_scale
Name = Annotated[str, After(_file_name)]
Line = Annotated[str, Field(min_length=1, max_length=300), After(_text_in_a_line)]
Prose = Annotated[str, Field(min_length=1, max_length=5000), After(_prose)]
NotBoolean = BeforeValidator(_not_a_boolean)
Sparsity = Annotated[
    str,
    BeforeValidator(_sparsity_text),
    After(_check_sparsity),
    WithJsonSchema({"type": "number", "minimum": LOWEST_SPARSITY, "maximum": 1}),
]
Seeds = Annotated[
    Any,
    After(_check_seeds),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MOST_SEEDS},
                {
                    "type": "array",
                    "items": {"type": "integer", "minimum": 0, "maximum": MOST},
                    "minItems": 1,
                    "maxItems": MOST_SEEDS,
                },
            ]
        }
    ),
]
Noise = Annotated[
    Any,
    After(_check_noise),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(NOISE_FORMULAS)},
                {"type": "number", "minimum": 0, "maximum": LARGEST},
            ]
        }
    ),
]
Count = Annotated[int, Field(ge=1, le=MOST)]
Positive = Annotated[float, Field(gt=0, le=LARGEST)]
NonNegative = Annotated[float, Field(ge=0, le=LARGEST)]
