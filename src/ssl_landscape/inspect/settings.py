"""Every figure's and table's setting on one page, as the config has it."""

from collections.abc import Iterable

from ssl_landscape.config.loading import as_list
from ssl_landscape.experiment.seeds import compact
from ssl_landscape.io.markdown import markdown_table
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.words import in_words

SHARED = ("epochs", "batch_size", "learning_rate", "momentum", "weight_decay")


def describe_settings(plan: Plan) -> str:
    """Return the page: what all models share, then the models of each figure and table.

    The titles have the paper's own settings, as its captions print them.
    """
    config = plan.config
    shown = {name: (entry.title, entry.models) for name, entry in config.figures.items()}
    shown |= {name: (t.title, plan.table_models(name)) for name, t in config.tables.items()}
    parts = ["# Settings", _shared(plan, plan.shown_models)]
    for title, models in shown.values():
        lines = [[f"`{model}`", in_words(plan, model), *_runs(plan, model)] for model in models]
        head = ["Model", "Setting", "Pr(sparse)", "Seeds"]
        parts += [f"**{title.removesuffix('.')}**", markdown_table(head, lines)]
    return "\n\n".join(parts) + "\n"


def _shared(plan: Plan, models: Iterable[str]) -> str:
    entries = [plan.model(model) for model in models]
    values = {key: sorted({getattr(entry, key) for entry in entries}) for key in SHARED}
    shared = ", ".join(
        f"{key.replace('_', ' ')} {' or '.join(f'{v:g}' for v in found)}"
        for key, found in values.items()
    )
    return (
        f"All models: SGD; {shared}. Titles have the settings of the paper's captions; the lines "
        "below them are those of `config.yaml`, from which `ssl-landscape settings` writes this "
        "page."
    )


def _runs(plan: Plan, model: str) -> list[str]:
    entry = plan.model(model)
    return [", ".join(entry.sparsities), compact(as_list(entry.seeds))]
