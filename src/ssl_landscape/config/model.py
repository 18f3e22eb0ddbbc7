"""The typed model of ``config.yaml``; ``workflow/schemas/config.schema.json`` is made from it."""

import math
import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator as After
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    StrictBool,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)

from ssl_landscape.blocks import block_names, block_options


class Strict(BaseModel):
    """Refuses unknown keys and silent conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def _block(family: str) -> Any:
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
Metric = Literal["min_max_cosine", "median_max_cosine", "max_max_cosine", "loss"]


class Dataset(Strict):
    """A family of datasets x = Mz + noise (Eq. 1); one dataset a sparsity and seed."""

    p: Count = Field(description="dimension of x")
    d: Count = Field(description="dimension of z: the number of dictionary columns")
    n: Count = Field(description="number of samples")
    latents: _block("latents") = Field(description="distribution of z")
    noise: Noise = Field(
        description="sigma_0, the noise's standard deviation: a formula in d, or a number"
    )


class Masks(Strict):
    """Augmentation by random masking (Eqs. 2, 3)."""

    scheme: _block("masks") = Field(description="dependent (Eq. 2) or independent (Eq. 3)")
    keep: Annotated[float, Field(ge=0.0001, le=0.9999)] = Field(
        description="probability that an entry is kept: 1 - mask probability"
    )


class WarmStart(Strict):
    """Start with rows M_*j + N(0, sigma^2 I), sigma = p^(-c/2) or given (section 5.2.2)."""

    c: Positive | None = Field(default=None, description="sigma = p^(-c/2)")
    sigma: Annotated[float, Field(ge=0)] | None = Field(default=None, description="instead of c")
    columns: Literal["balanced", "with_replacement"] = Field(
        description="every dictionary column equally often, or drawn with replacement"
    )


_OPTION_TYPES = {"float": FiniteFloat, "int": int, "bool": bool, "str": str}


class Loss(BaseModel):
    """A loss by name, with that loss's options beside it."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)
    name: _block("losses") = Field(description="which loss (a file in blocks/losses)")

    def model_post_init(self, _: object) -> None:
        """Check the options against the keyword-only arguments of the loss's function."""
        known = block_options("losses", self.name)
        for option, value in (self.model_extra or {}).items():
            if option not in known:
                allowed = ", ".join(known) or "none"
                raise ValueError(f"loss {self.name!r} has no option {option!r}; allowed: {allowed}")
            try:
                kind = _OPTION_TYPES.get(known[option], Any)
                TypeAdapter(kind).validate_python(value, strict=True)
            except ValidationError:
                raise ValueError(f"{option} = {value!r} is no {known[option]}") from None
            if option == "temperature" and not value > 0:
                raise ValueError(f"temperature = {value!r}; allowed: above 0")


class Training(Strict):
    """Everything that a model consists of; ``defaults`` gives each key, a model replaces some."""

    dataset: str = Field(description="which family in datasets")
    sparsities: Annotated[list[Sparsity], Field(min_length=1)] = Field(
        description="Pr(z_i != 0), one run each"
    )
    seeds: Seeds = Field(description="number of runs (seeds 1..k), or the list of seeds")
    neurons: Count = Field(description="m, the encoder's width")
    layers: Literal[1, 2] = Field(description="encoder layers")
    batch_norm: StrictBool = Field(description="batch norm before each activation")
    activation: _block("activations") = Field(description="after each encoder layer")
    initial_bias: Literal["zero", "uniform"] = Field(
        description="biases at the start: 0, or uniform within 1/sqrt(inputs)"
    )
    projector: Literal["none", "linear"] = Field(description="after the encoder, before the loss")
    predictor: Literal["none", "linear"] = Field(description="on the learning side only (Eq. 5)")
    loss: Loss = Field(description="loss between two views' representations")
    update: _block("updates") = Field(description="which network learns from which")
    masks: Masks = Field(description="augmentation")
    warm_start: WarmStart | None = Field(description="null: random start N(0, 1/(pd))")
    weight_normalisation: _block("projections") = Field(description="of W, after every step")
    epochs: Count = Field(description="passes over the data")
    batch_size: Count = Field(description="samples a step")
    partial_batch: Literal["keep", "drop"] = Field(description="the epoch's last, smaller batch")
    learning_rate: Positive = Field(description="SGD step size")
    momentum: Annotated[float, Field(ge=0, lt=1)] = Field(description="SGD momentum")
    weight_decay: Annotated[float, Field(ge=0)] = Field(description="SGD weight decay")


class Model(BaseModel):
    """A model: a label, and the defaults' keys that it replaces."""

    model_config = ConfigDict(extra="allow", strict=True)
    label: str = Field(min_length=1, description="name in legends and tables")
    colour: Literal["blue", "orange", "green", "purple", "sky", "red", "yellow", "black"] = Field(
        description="its colour in every figure (Okabe-Ito palette)"
    )


class Figure(Strict):
    """A figure: one panel a metric, one curve a (model, sparsity)."""

    title: str = Field(min_length=1, description="what the figure shows")
    models: Annotated[list[str], Field(min_length=1)] = Field(description="models shown")
    metrics: Annotated[list[Metric], Field(min_length=1)] = Field(description="panels, in order")


class TableRow(Strict):
    """A model in a table; it gives one line a sparsity."""

    model: str = Field(description="which model")
    label: str = Field(min_length=1, description="the name that the paper's table gives it")
    columns: dict[str, str | float] = Field(
        default={}, description="further cells of the line: column title -> text"
    )


class Table(Strict):
    """A table of final metrics."""

    title: str = Field(min_length=1, description="what the table shows")
    published: Literal[1, 2, 3] | None = Field(
        default=None, description="number of the paper's table to compare with"
    )
    rows: Annotated[list[TableRow], Field(min_length=1)] = Field(description="in order")


class Config(Strict):
    """The whole of ``config.yaml``."""

    variant: Name | None = Field(
        default=None, description="null: the paper, in results/; a name: results/<name>/"
    )
    pathvars: dict[str, str] = Field(default={}, description="Snakemake's own path variables")
    device: Literal["auto", "cpu", "cuda"] = Field(description="where training runs")
    datasets: Annotated[dict[Name, Dataset], Field(min_length=1)]
    defaults: Training = Field(description="section 4.2; every model starts from these")
    override: dict[str, Any] = Field(
        default={}, description="replaces keys of every model, after its own (for variants)"
    )
    models: Annotated[dict[Name, Model], Field(min_length=1)]
    figures: dict[Name, Figure]
    tables: dict[Name, Table]
