"""The typed model of ``config.yaml``; ``workflow/schemas/config.schema.json`` is made from it."""

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    StrictBool,
    TypeAdapter,
    ValidationError,
)

from ssl_landscape.config.ablations import Ablation
from ssl_landscape.config.claims import Claim
from ssl_landscape.config.theory import Theory
from ssl_landscape.config.types import (
    LARGEST,
    Count,
    Folder,
    Line,
    Name,
    Noise,
    NonNegative,
    NotBoolean,
    Positive,
    Seeds,
    Sparsity,
    Strict,
    block_type,
    brief,
    yaml_hint,
)
from ssl_landscape.experiment.registry import block_options

Metric = Literal["min_max_cosine", "median_max_cosine", "max_max_cosine", "loss"]


class Dataset(Strict):
    """A family of datasets x = Mz + noise (Eq. 1); one dataset per sparsity and seed."""

    p: Count = Field(description="dimension of x")
    d: Count = Field(description="dimension of z: the number of dictionary columns")
    n: Count = Field(description="number of samples")
    latents: block_type("latents") = Field(description="distribution of z")
    noise: Noise = Field(
        description="sigma_0, the noise's standard deviation: a formula in d, or a number"
    )


class Masks(Strict):
    """Augmentation by random masking (Eqs. 2, 3)."""

    scheme: block_type("masks") = Field(description="dependent (Eq. 2) or independent (Eq. 3)")
    keep: Annotated[float, Field(ge=0.0001, le=0.9999)] = Field(
        description="probability that an entry is kept: 1 - mask probability"
    )


class WarmStart(Strict):
    """Start with rows M_*j + N(0, sigma^2 I), sigma = p^(-c/2) or given (section 5.2.2)."""

    c: Positive | None = Field(default=None, description="sigma = p^(-c/2)")
    sigma: NonNegative | None = Field(default=None, description="instead of c")
    columns: Literal["in_order", "balanced", "with_replacement"] = Field(
        description="column of neuron i: i mod d; every column as often, in a random order of each "
        "network's own; or drawn with replacement"
    )


_OPTION_TYPES = {"float": FiniteFloat, "int": int, "bool": bool, "str": str}


class Loss(BaseModel):
    """A loss by name, with that loss's options beside it."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)
    name: block_type("losses") = Field(description="which loss (a file in blocks/losses)")

    def model_post_init(self, _: object) -> None:
        """Check the options against the keyword-only arguments of the loss's function."""
        known = block_options("losses", self.name)
        for option, value in (self.model_extra or {}).items():
            if option not in known:
                allowed = ", ".join(known) or "none"
                raise ValueError(
                    f"loss {self.name!r} has no option {brief(option)}; choose from {allowed}"
                )
            try:
                kind = _OPTION_TYPES.get(known[option], Any)
                TypeAdapter(kind).validate_python(value, strict=True)
            except ValidationError:
                raise ValueError(
                    f"{option} = {brief(value)} is not of type {known[option]}{yaml_hint(value)}"
                ) from None
            if option == "temperature" and not 1 / LARGEST <= value <= LARGEST:
                raise ValueError(
                    f"temperature = {brief(value)}; allowed: above 0, from {1 / LARGEST:g} to "
                    f"{LARGEST:g}"
                )


class Training(Strict):
    """Everything that a model consists of; ``defaults`` gives each key, a model replaces some."""

    dataset: str = Field(description="which family in datasets")
    sparsities: Annotated[list[Sparsity], Field(min_length=1)] = Field(
        description="Pr(z_i != 0), one run each"
    )
    seeds: Seeds = Field(description="number of runs (seeds 1..k), or the list of seeds")
    neurons: Count = Field(description="m, the encoder's width")
    layers: Annotated[Literal[1, 2], NotBoolean] = Field(description="encoder layers")
    batch_norm: StrictBool = Field(description="batch norm before each activation")
    activation: block_type("activations") = Field(description="after each encoder layer")
    initial_bias: Literal["zero", "uniform"] = Field(
        description="biases at the start: 0, or uniform within 1/sqrt(inputs)"
    )
    later_weights: Literal["pd", "inputs"] = Field(
        description="after the first layer, weights start as N(0, 1/(pd)) or N(0, 1/inputs)"
    )
    projector: Literal["none", "linear"] = Field(description="after the encoder, before the loss")
    predictor: Literal["none", "linear"] = Field(description="on the learning side only (Eq. 5)")
    loss: Loss = Field(description="loss between two views' representations")
    update: block_type("updates") = Field(description="which network learns from which")
    masks: Masks = Field(description="augmentation")
    warm_start: WarmStart | None = Field(description="null: random start N(0, 1/(pd))")
    weight_normalisation: block_type("weight_normalisation") = Field(
        description="of W, after every step"
    )
    epochs: Count = Field(description="passes over the data")
    batch_size: Count = Field(description="samples per step")
    partial_batch: Literal["keep", "drop"] = Field(description="the epoch's last, smaller batch")
    learning_rate: Positive = Field(description="SGD step size")
    momentum: Annotated[float, Field(ge=0, lt=1)] = Field(description="SGD momentum")
    weight_decay: NonNegative = Field(description="SGD weight decay")


class Model(Strict):
    """A model: a label, and the defaults' keys that it replaces."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=True)
    also_known = tuple(Training.model_fields)
    label: Line = Field(description="name in legends and tables")
    colour: Literal["blue", "orange", "green", "purple", "sky", "red", "yellow", "black"] = Field(
        description="its colour in every figure (Okabe-Ito palette)"
    )


class Figure(Strict):
    """A figure: one panel per metric, one curve per (model, sparsity)."""

    title: Line = Field(description="what the figure shows")
    models: Annotated[list[str], Field(min_length=1)] = Field(description="models shown")
    metrics: Annotated[list[Metric], Field(min_length=1)] = Field(description="panels, in order")


class TableRow(Strict):
    """A model in a table; it has one line per sparsity."""

    model: str = Field(description="which model")
    label: Line = Field(description="the name that the paper's table gives it")
    columns: dict[Line, Line | float] = Field(
        default={}, description="further cells of the line: column title -> text"
    )


class Table(Strict):
    """A table of final metrics."""

    title: Line = Field(description="what the table shows")
    published: Annotated[Literal[1, 2, 3] | None, NotBoolean] = Field(
        default=None, description="number of the paper's table to compare with"
    )
    rows: Annotated[list[TableRow], Field(min_length=1)] = Field(description="in order")


class Config(Strict):
    """The whole of ``config.yaml``."""

    variant: Folder | None = Field(
        default=None, description="null: the paper, in results/; a name: results/<name>/"
    )
    device: Literal["auto", "cpu", "cuda"] = Field(description="where training runs")
    datasets: Annotated[dict[Name, Dataset], Field(min_length=1)]
    defaults: Training = Field(description="section 4.2; every model starts from these")
    override: dict[str, Any] = Field(
        default={}, description="replaces keys of every model, after its own (for variants)"
    )
    models: Annotated[dict[Name, Model], Field(min_length=1)]
    figures: dict[Name, Figure]
    tables: dict[Name, Table]
    ablations: dict[Name, Ablation] = Field(
        default={}, description="other readings of the paper, for the target of this name"
    )
    theory: Theory = Field(description="at which sizes the theorems are computed")
    claims: dict[Name, Claim] = Field(
        default={}, description="the paper's claims, each judged on the results"
    )
