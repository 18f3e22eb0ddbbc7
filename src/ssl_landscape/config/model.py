"""The typed model of ``config.yaml``; ``workflow/schemas/config.schema.json`` is made from it."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from ssl_landscape.config.ablations import Ablation
from ssl_landscape.config.claims import Claim
from ssl_landscape.config.replication import Replication
from ssl_landscape.config.studies import Study
from ssl_landscape.config.theory import Theory
from ssl_landscape.config.types import (
    LARGEST,
    Count,
    Folder,
    Line,
    Name,
    Noise,
    NonNegative,
    Open,
    Positive,
    Seeds,
    Some,
    Sparsity,
    Strict,
    about,
    block,
    brief,
    yaml_hint,
)
from ssl_landscape.experiment.registry import block_options, required_options

Metric = Literal["min_max_cosine", "median_max_cosine", "max_max_cosine", "loss"]


class Dataset(Strict):
    """A family of datasets x = Mz + noise (Eq. 1); one dataset per sparsity and seed."""

    p: Count = about("dimension of x")
    d: Count = about("dimension of z: the number of dictionary columns")
    n: Count = about("number of samples")
    latents: Annotated[str, block("latents")] = about("distribution of z")
    noise: Noise = about("sigma_0, the noise's standard deviation: a formula in d, or a number")


class Masks(Strict):
    """Augmentation by random masking (Eqs. 2, 3)."""

    scheme: Annotated[str, block("masks")] = about("dependent (Eq. 2) or independent (Eq. 3)")
    keep: Annotated[float, Field(ge=0.0001, le=0.9999)] = about("probability that an entry is kept")


class WarmStart(Strict):
    """Start with rows M_*j + N(0, sigma^2 I), sigma = p^(-c/2) or given (section 5.2.2)."""

    c: Positive | None = about("sigma = p^(-c/2)", default=None)
    sigma: NonNegative | None = about("instead of c", default=None)
    columns: Literal["in_order", "balanced", "with_replacement"] = about(
        "column of neuron i: i mod d; every column as often, in a random order of each "
        "network's own; or drawn with replacement"
    )


Start = Literal["pd", "inputs", "uniform"]  # N(0, 1/(pd)), N(0, 1/inputs), within 1/sqrt(inputs)
Temperature = Annotated[float, Field(ge=1 / LARGEST, le=LARGEST)]
Share = Annotated[float, Field(ge=0, le=1)]
_OPTION_TYPES: dict[str, Any] = {
    **{"float": Temperature, "Share": Share, "int": int, "bool": bool, "str": str},
}


class WithOptions(Open):
    """A block by name, with the options of that block beside it."""

    family: ClassVar[str]
    kind: ClassVar[str]
    name: str

    def model_post_init(self, _: object) -> None:
        """Check the options against the keyword-only arguments of the block's function."""
        known = block_options(self.family, self.name)
        for option in required_options(self.family, self.name):
            if option not in (self.model_extra or {}):
                raise ValueError(f"{self.kind} {self.name!r} needs the option {option!r}")
        for option, value in (self.model_extra or {}).items():
            if option not in known:
                hint = f"choose from {', '.join(known) or 'none'}"
                raise ValueError(f"{self.kind} {self.name!r} has no option {brief(option)}; {hint}")
            try:
                kind = _OPTION_TYPES.get(known[option], Any)
                TypeAdapter(kind).validate_python(value, strict=True)
            except ValidationError as error:
                found, problem = f"{option} = {brief(value)}", error.errors()[0]["msg"]
                raise ValueError(f"{found}: {problem}{yaml_hint(value)}") from None


class Loss(WithOptions):
    """A loss by name, with that loss's options beside it."""

    family, kind = "losses", "loss"
    name: Annotated[str, block("losses")] = about("which loss (a file in experiment/losses)")


class Update(WithOptions):
    """An update by name, with that update's options beside it."""

    family, kind = "updates", "update"
    name: Annotated[str, block("updates")] = about("which update (a file in experiment/updates)")


class Training(Strict):
    """Everything that a model consists of; ``defaults`` gives each key, a model replaces some."""

    dataset: str = about("which family in datasets")
    sparsities: Some[Sparsity] = about("Pr(z_i != 0), one run each")
    seeds: Seeds = about("number of runs (seeds 1..k), or the list of seeds")
    neurons: Count = about("m, the encoder's width")
    layers: Annotated[int, Field(ge=1, le=2)] = about("encoder layers")
    batch_norm: Literal["none", "trained", "frozen"] = about(
        "batch norm before each activation; frozen: its gain stays 1, its shift 0"
    )
    activation: Annotated[str, block("activations")] = about("after each encoder layer")
    initial_bias: Literal["zero", "uniform"] = about("uniform: within 1/sqrt(inputs)")
    second_layer_weights: Start = about("start of the encoder's second layer")
    head_weights: Start = about("start of projector and predictor")
    projector: Literal["none", "linear", "nonlinear"] = about(
        "after the encoder, before the loss; nonlinear: with batch norm and activation as there"
    )
    predictor: Literal["none", "linear"] = about("on the learning side only (Eq. 5)")
    loss: Loss = about("loss between two views' representations")
    update: Update = about("which network learns from which")
    masks: Masks = about("augmentation")
    warm_start: WarmStart | None = about("null: random start N(0, 1/(pd))")
    weight_normalisation: Annotated[str, block("weight_normalisation")] = about("of W, each step")
    epochs: Count = about("passes over the data")
    batch_size: Count = about("samples per step")
    partial_batch: Literal["keep", "drop"] = about("the epoch's last, smaller batch")
    learning_rate: Positive = about("SGD step size")
    momentum: Annotated[float, Field(ge=0, lt=1)] = about("SGD momentum")
    weight_decay: NonNegative = about("SGD weight decay")


class Model(Strict):
    """A model: a label, and the defaults' keys that it replaces."""

    model_config = ConfigDict(extra="allow")
    also_known = tuple(Training.model_fields)
    label: Line = about("name in legends and tables")
    colour: Literal["blue", "orange", "green", "purple", "sky", "red", "yellow", "black"] = about(
        "its colour in every figure (Okabe-Ito palette)"
    )


class Figure(Strict):
    """A figure: one panel per metric, one curve per (model, sparsity)."""

    title: Line = about("what the figure shows")
    models: Some[str] = about("models shown")
    metrics: Some[Metric] = about("panels, in order")


class TableRow(Strict):
    """A model in a table; it has one line per sparsity."""

    model: str = about("which model")
    label: Line = about("the name that the paper's table gives it")
    columns: dict[Line, Line | float] = about("further cells: title -> text", default={})


class Table(Strict):
    """A table of final metrics."""

    title: Line = about("what the table shows")
    published: Annotated[int, Field(ge=1, le=3)] | None = about("the paper's table", default=None)
    rows: Some[TableRow] = about("in order")


class Config(Strict):
    """The whole of ``config.yaml``."""

    variant: Folder | None = about("null: results/; a name: results/<name>/", default=None)
    device: Literal["auto", "cpu", "cuda"] = about("where training runs")
    seeds_in_one_job: bool = about("train a (model, sparsity)'s seeds in one job", default=False)
    datasets: Annotated[dict[Name, Dataset], Field(min_length=1)]
    defaults: Training = about("section 4.2; every model starts from these")
    override: dict[str, Any] = about("replaces keys of every model", default={})
    models: Annotated[dict[Name, Model], Field(min_length=1)]
    figures: dict[Name, Figure]
    tables: dict[Name, Table]
    ablations: dict[Name, Ablation] = about("other readings of the paper", default={})
    replication: Replication = about(
        "tables and claims again, with more seeds than the paper's", default=Replication(seeds=20)
    )
    beyond: dict[Name, Study] = about("questions beyond the paper", default={})
    theory: Theory = about("at which sizes the theorems are computed")
    claims: dict[Name, Claim] = about("the paper's claims, each judged on the results", default={})
