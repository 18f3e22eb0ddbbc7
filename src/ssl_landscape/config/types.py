"""Types of single config values, each with its own check, message and JSON schema."""

import difflib
import re
import reprlib
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar, Literal, NoReturn, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetPydanticSchema,
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
LOWEST_SPARSITY = 1e-6  # it becomes a file name, and nearly all z would be 0
# Folders that a build's folder holds; a variant lies beside those of the results without a variant.
FOLDERS = (
    "ablations", "benchmarks", "beyond", "comparison", "datasets", "figures", "logs", "metrics",
    "provenance", "published", "replication", "report", "runs", "tables", "theory", "timings",
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
    """Raise a UserError that names an entry of the config and what is wrong with it."""
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


def check_known(where: str, what: str, names: list[str], known: list[str]) -> None:
    """Raise a UserError for the first name that is unknown."""
    for name in names:
        if name not in known:
            refuse(where, no_such(what, name, list(map(shown, known))))


def block(family: str) -> GetPydanticSchema:
    """Return the mark of a text that names a block of this family."""
    schema = core_schema.literal_schema(list(block_names(family)))
    return GetPydanticSchema(lambda _source, _handler: schema)


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


def _line(text: str) -> str:
    if not text.isprintable():
        raise ValueError(f"{brief(text)} has a line break or a control character")
    return text


def _sparsity(value: object) -> str:
    """Return a sparsity as the one text that names its files: 0.10 and 1e-1 are both 0.1."""
    try:
        number = Decimal(str(value))
        if LOWEST_SPARSITY <= number <= 1:
            return f"{number.normalize():f}"
    except (InvalidOperation, ValueError):
        pass
    allowed = f"a probability Pr(z_i != 0), from {LOWEST_SPARSITY} to 1"
    raise ValueError(f"{brief(value)} is not {allowed}")


Item = TypeVar("Item")
Some = Annotated[list[Item], Field(min_length=1)]
Name = Annotated[str, AfterValidator(_file_name)]
Folder = Annotated[Name, AfterValidator(_folder)]
Line = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_line)]
Prose = Annotated[str, Field(min_length=1, max_length=5000)]
Count = Annotated[int, Field(ge=1, le=MOST)]
Positive = Annotated[float, Field(gt=0, le=LARGEST)]
NonNegative = Annotated[float, Field(ge=0, le=LARGEST)]
Sparsity = Annotated[
    str,
    BeforeValidator(_sparsity),
    WithJsonSchema({"type": "number", "minimum": LOWEST_SPARSITY, "maximum": 1}),
]
Seed = Annotated[int, Field(ge=0, le=MOST)]
Runs = Annotated[int, Field(ge=1, le=MOST_SEEDS)]
Seeds = Runs | Annotated[list[Seed], Field(min_length=1, max_length=MOST_SEEDS)]
NoiseFormula = Literal["sqrt(log d) / d", "sqrt(log d / d)", "log d / d"]
Noise = NoiseFormula | NonNegative  # see datasets.noise_scale


def sparsity_texts(values: list) -> list[str]:
    """Return sparsities, as a config may write them, as texts."""
    return TypeAdapter(list[Sparsity]).validate_python(values)
