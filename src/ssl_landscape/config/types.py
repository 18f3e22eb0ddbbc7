"""Types of single config values, each with its own check, message and JSON schema."""

import difflib
import re
import reprlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar, NoReturn

from pydantic import AfterValidator as After
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import core_schema

from ssl_landscape.errors import UserError
from ssl_landscape.experiment.registry import block_names

# Beyond any use, and far from where float32, an array's index or a file name end.
LARGEST = 1e6  # rates and scales
MOST = 10**9  # counts, and seeds
MOST_SEEDS = 10_000
LOWEST_SPARSITY = 1e-6
NOISE_FORMULAS = ("sqrt(log d) / d", "sqrt(log d / d)", "log d / d")  # see datasets.noise_scale
# Folders that a build's folder holds; a variant lies beside those of the results without a variant.
FOLDERS = (
    "ablations", "benchmarks", "comparison", "datasets", "figures", "logs", "metrics",
    "provenance", "published", "report", "runs", "tables", "theory", "timings",
)  # fmt: skip

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80
_SHORT.maxlist = _SHORT.maxdict = 10


class Strict(BaseModel):
    """Refuses unknown keys and silent conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    also_known: ClassVar[tuple[str, ...]] = ()  # keys beside the fields, where extra is "allow"

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, data: Any) -> Any:
        known = [*cls.model_fields, *cls.also_known]
        for key in data if isinstance(data, dict) else ():
            if key not in known:
                raise ValueError(f"unknown key {brief(key)}; {suggest(str(key), known)}")
        return data


class Open(BaseModel):
    """Takes further keys, which are checked elsewhere; refuses silent conversions."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)


def about(text: str, **more: Any) -> Any:
    """Return a field with its description, which editors show."""
    return Field(description=text, **more)


def refuse(where: str, message: str) -> NoReturn:
    """Raise the error for an entry of the config.

    Raises:
        UserError: always; names the entry and what is wrong with it.
    """
    raise UserError(f"config: {where}: {message}")


def brief(value: object) -> str:
    """Return a value as Python writes it, shortened where it is long: for a message of one line."""
    try:
        text = _SHORT.repr(value)
        return text if len(text) <= 300 else f"{text[:297]}..."
    except ValueError:  # Python writes no integer of more than 4300 digits
        return "a number of thousands of digits"


def shown(key: object) -> str:
    """Return a key as it is, or as Python writes it where it is long or has line breaks."""
    text = str(key)
    return text if text.isprintable() and 0 < len(text) <= 100 else brief(text)


def is_number(value: object) -> bool:
    """Return whether a value is a number and not a boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def yaml_hint(value: object) -> str:
    """Return what YAML made of a value that was probably meant otherwise; else an empty text."""
    if isinstance(value, bool):
        return "; YAML takes yes, no, on and off as true and false: quote a text"
    try:
        number = f"{float(value):.12g}" if isinstance(value, str) else "nan"
    except (ValueError, OverflowError):
        return ""
    return f"; YAML takes it as text: write {number}" if number != "nan" else ""


def suggest(name: str, known: list[str]) -> str:
    """Return which known name was probably meant, and all that are allowed."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}choose from {', '.join(sorted(known))}"


def no_such(what: str, name: str, known: list[str]) -> str:
    """Return the message for a name that leads to nothing, with those that would."""
    return f"unknown {what} {brief(name)}; {suggest(name, known)}"


@dataclass(frozen=True)
class Block:
    """Marks a text as the name of a block, with the existing names as the JSON schema's enum."""

    family: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {"enum": list(block_names(self.family)), "type": "string"}

    def _check(self, name: str) -> str:
        if name not in block_names(self.family):
            known = list(block_names(self.family))
            raise ValueError(no_such(f"block of {self.family}", name, known))
        return name


def _file_name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name):
        raise ValueError(
            f"{brief(name)} becomes a file name: use 1 to 64 of a-z, 0-9, '.', '_', '-', a letter "
            "or digit first"
        )
    return name


def _folder(name: str) -> str:
    if name in FOLDERS:
        raise ValueError(f"{name!r} is a folder of the results; choose another name")
    return name


def _printable(besides: str, problem: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not text.replace(besides, "").isprintable():
            raise ValueError(f"{brief(text)} {problem}")
        return text

    return check


def _not_a_boolean(value: object) -> object:
    """Refuse true where 1 is allowed: Python takes them as equal."""
    if isinstance(value, bool):
        raise ValueError(f"{value} is not a number{yaml_hint(value)}")
    return value


def _sparsity_text(value: object) -> object:
    """Return a sparsity as text (0.1 and 0.10 would be two files); YAML gives a number."""
    return str(value) if is_number(value) else value


def _check_sparsity(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{brief(text)} is not a number; allowed: above 0, at most 1") from None
    if not 0 < value <= 1:
        raise ValueError(f"{text} is not a probability Pr(z_i != 0); allowed: above 0, at most 1")
    if value < LOWEST_SPARSITY:  # it becomes a file name, and nearly all z would be 0
        raise ValueError(f"{text} is too small; allowed: from {LOWEST_SPARSITY} to 1")
    return f"{Decimal(text).normalize():f}"  # 0.10 and 1e-1 are both 0.1


def _check_seeds(value: Any) -> Any:
    seeds = value if isinstance(value, list) else [value]
    whole = all(is_number(k) and isinstance(k, int) for k in seeds)
    lowest, highest = (0, MOST) if isinstance(value, list) else (1, MOST_SEEDS)
    if not whole or not seeds or min(seeds) < lowest:
        allowed = "a number of runs (1 or more) nor a list of seeds (0 or more)"
        raise ValueError(f"{brief(value)} is neither {allowed}")
    if len(seeds) > MOST_SEEDS or max(seeds) > highest:
        allowed = f"up to {MOST_SEEDS} runs, and seeds up to {MOST}"
        raise ValueError(f"{brief(value)} is too much; allowed: {allowed}")
    return value


def _check_noise(value: Any) -> Any:
    if value not in NOISE_FORMULAS and not (is_number(value) and 0 <= value <= LARGEST):
        allowed = f"{', '.join(map(repr, NOISE_FORMULAS))}, or a number from 0 to {LARGEST:g}"
        hint = yaml_hint(value)
        raise ValueError(f"{brief(value)} is not a noise scale; allowed: {allowed}{hint}")
    return value


_SEED = {"type": "integer", "minimum": 0, "maximum": MOST}
_COUNT = {"type": "integer", "minimum": 1, "maximum": MOST_SEEDS}
_SEEDS = {"type": "array", "items": _SEED, "minItems": 1, "maxItems": MOST_SEEDS}
_SCALE = {"type": "number", "minimum": 0, "maximum": LARGEST}
_PROBABILITY = {"type": "number", "minimum": LOWEST_SPARSITY, "maximum": 1}
_NO_BREAK = _printable("", "has a line break or a control character")
_NO_CONTROL = _printable("\n", "has a control character")

Name = Annotated[str, After(_file_name)]
Folder = Annotated[Name, After(_folder)]
Line = Annotated[str, Field(min_length=1, max_length=300), After(_NO_BREAK)]
Prose = Annotated[str, Field(min_length=1, max_length=5000), After(_NO_CONTROL)]
NotBoolean = BeforeValidator(_not_a_boolean)
Sparsity = Annotated[
    str, BeforeValidator(_sparsity_text), After(_check_sparsity), WithJsonSchema(_PROBABILITY)
]
Seeds = Annotated[Any, After(_check_seeds), WithJsonSchema({"anyOf": [_COUNT, _SEEDS]})]
Noise = Annotated[
    Any, After(_check_noise), WithJsonSchema({"anyOf": [{"enum": [*NOISE_FORMULAS]}, _SCALE]})
]
Count = Annotated[int, Field(ge=1, le=MOST)]
Positive = Annotated[float, Field(gt=0, le=LARGEST)]
NonNegative = Annotated[float, Field(ge=0, le=LARGEST)]


def sparsity_texts(values: list) -> list[str]:
    """Return sparsities, as a config may write them, as texts."""
    return TypeAdapter(list[Sparsity]).validate_python(values)
