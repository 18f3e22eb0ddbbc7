"""Every figure's and table's setting on one page, as the config has it."""

from collections.abc import Iterable

from ssl_landscape.config.loading import as_list
from ssl_landscape.experiment.seeds import compact
from ssl_landscape.io.markdown import markdown_table
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.words import in_words, laws_in_words

SHARED = ("epochs", "batch_size", "learning_rate", "momentum", "weight_decay")
STARTS = {
    "initial_bias": "biases",
    "second_layer_weights": "second layer",
    "head_weights": "projector and predictor",
}
START_IN_WORDS = {
    "pd": "N(0, 1/(pd))",
    "inputs": "N(0, 1/inputs)",
    "uniform": "uniform within 1/√inputs",
    "zero": "zero",
}
SMALL, LARGE = "p = 50, d = 10, m = 10", "p = 50, d = 10, m = 50"
SQUARE = "p = d = m = 20, c = 1.25"
# What the paper's captions say of sizes, start and masks.
CAPTIONS = {
    "figure_07": "c = 2, probability of random masking 0.9",
    "figure_08": f"{SMALL}; over-parametrised, by its title",
    "figure_09": SMALL,
    "figure_10": LARGE,
    "figure_11": LARGE,
    "figure_12": LARGE,
    "figure_13": f"{SMALL}, c = 1",
    "figure_14": SQUARE,
    "figure_15": f"{LARGE}, c = 2, probability of random masking 0.75",
    "figure_16": f"{SQUARE}, probability of random masking 0.5",
    "figure_17": f"{LARGE}, probability of random masking 0.1",
    "figure_18": f"{LARGE}, probability of random masking 0.1",
    "table_1": "entries of random masks from Bernoulli(0.1)",
    "table_2": "batch norm (BN) and symmetric ReLU: none in the two linear models",
}


def describe_settings(plan: Plan) -> str:
    """Return the page: what all models share, then the models of each figure and table.

    Above them stands what the paper's caption says of the setting, if it does.
    """
    config = plan.config
    shown = {name: (entry.title, entry.models) for name, entry in config.figures.items()}
    shown |= {name: (t.title, plan.table_models(name)) for name, t in config.tables.items()}
    parts = ["# Settings", _shared(plan, plan.shown_models)]
    for name, (title, models) in shown.items():
        lines = [[f"`{model}`", _setting(plan, model), *_runs(plan, model)] for model in models]
        head = ["Model", "Setting", "Pr(sparse)", "Seeds"]
        caption = f"The paper's caption: {CAPTIONS[name]}. " if name in CAPTIONS else ""
        text = caption + laws_in_words(plan, models)
        parts += [f"**{title.removesuffix('.')}**", text, markdown_table(head, lines)]
    return "\n\n".join(parts) + "\n"


def _shared(plan: Plan, models: Iterable[str]) -> str:
    entries = [plan.model(model) for model in models]
    values = {key: sorted({getattr(entry, key) for entry in entries}) for key in SHARED}
    shared = ", ".join(
        f"{key.replace('_', ' ')} {' or '.join(f'{v:g}' for v in found)}"
        for key, found in values.items()
    )
    starts = "; ".join(
        f"{what} {' or '.join(sorted({START_IN_WORDS[getattr(e, key)] for e in entries}))}"
        for key, what in STARTS.items()
    )
    data = [plan.config.datasets[entry.dataset] for entry in entries]
    sizes = " or ".join(sorted({f"{d.n}" for d in data}))
    noises = " or ".join(sorted({f"{d.noise}" for d in data}))
    return (
        f"All models: SGD; {shared}; n = {sizes}, noise of standard deviation {noises}. Start: "
        f"encoder N(0, 1/(pd)), or a warm start; {starts}. Lines are those of `config.yaml`, from "
        "which `ssl-landscape settings` writes this page; above them is what the paper's caption "
        "says of sizes, start and masks, if it does, and what the latents z have at each "
        "Pr(sparse), the paper's label."
    )


def _setting(plan: Plan, model: str) -> str:
    entry = plan.model(model)
    parts = [in_words(plan, model)]
    if entry.warm_start:
        parts.append(f"columns of the warm start {entry.warm_start.columns.replace('_', ' ')}")
    if entry.partial_batch == "drop":
        parts.append("last partial batch dropped")
    return "; ".join(parts)


def _runs(plan: Plan, model: str) -> list[str]:
    entry = plan.model(model)
    return [", ".join(entry.sparsities), compact(as_list(entry.seeds))]
