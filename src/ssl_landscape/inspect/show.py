"""A run, a model, a figure or a table, for a reader: settings, final metrics, files, its curve."""

import json

from ssl_landscape.config.types import suggest
from ssl_landscape.errors import UserError
from ssl_landscape.inspect.curve import as_run
from ssl_landscape.inspect.status import log_of
from ssl_landscape.inspect.text import columns
from ssl_landscape.io.files import explaining_reads, read_spec
from ssl_landscape.io.markdown import mean_and_std, number
from ssl_landscape.io.tabular import read_curve
from ssl_landscape.pipeline import layout
from ssl_landscape.pipeline.aggregate import QUANTITIES
from ssl_landscape.pipeline.plan import Plan, Run
from ssl_landscape.pipeline.tables import read_finals
from ssl_landscape.pipeline.words import in_words


def show(plan: Plan, name: str) -> str:
    """Describe what has this name.

    Args:
        plan: what the config asks for.
        name: a model, figure or table; ``<model>/<sparsity>/<seed>``, or a path in a run's folder.

    Raises:
        UserError: nothing has this name, or it has not been made yet.
    """
    if run := as_run(plan, name):
        return show_run(plan, run)
    for known, describe in (
        (plan.models, show_model),
        (plan.config.figures, show_figure),
        (plan.config.tables, show_table),
    ):
        if name in known:
            return describe(plan, name)
    names = [*plan.config.figures, *plan.config.tables, *plan.config.models]
    raise UserError(
        f"there is no {name!r}; {suggest(name, names)}; or a run, for example ncl-basic/0.1/1"
    )


def show_run(plan: Plan, run: Run) -> str:
    """Describe a run: what it was trained with, and where it ended."""
    path = plan.results / f"runs/{layout.run_name(*run)}/curve.parquet"
    curve, spec = read_curve(path, QUANTITIES), read_spec(path)
    settings = [f"  {key}: {json.dumps(spec[key], ensure_ascii=False)}" for key in sorted(spec)]
    rows = []
    for name in QUANTITIES:
        values = curve[name]
        ends = (values.iloc[0], values.iloc[-1], values.min(), values.max())
        rows.append([name, *(number(value, 4) for value in ends)])
    header = ["Metric", "before training", "at the end", "lowest", "highest"]
    lines = [
        f"Run {'/'.join(map(str, run))}",
        f"  {in_words(plan, run[0])}",
        *("", "Settings", *settings, "", columns(header, rows), ""),
        f"Files: {path.parent}/",
        f"Log:   {log_of(path.with_name('run.json'), plan.results)}",
    ]
    return "\n".join(lines) + "\n"


def show_model(plan: Plan, model: str) -> str:
    """Describe a model: its settings and where its runs ended."""
    label = plan.config.models[model].label if model in plan.config.models else model
    shown = [name for name, entry in plan.config.figures.items() if model in entry.models]
    shown += [name for name in plan.config.tables if model in plan.table_models(name)]
    lines = [f"Model {model}: {label}", f"  {in_words(plan, model)}"]
    lines += [f"  Shown in {', '.join(shown) or 'no figure or table'}", "", _finals(plan, model)]
    return "\n".join(lines) + "\n"


def _finals(plan: Plan, model: str) -> str:
    frame = read_finals(plan.results / f"metrics/{model}.final.csv")
    metrics = list(QUANTITIES[1:])
    rows = [
        [f"{model}/{sparsity}/{seed}", *map(number, values)]
        for sparsity, seed, *values in frame[["sparsity", "seed", *metrics]].values
    ]
    for sparsity, group in frame.groupby("sparsity"):
        ends = (mean_and_std(group[name].mean(), group[name].std()) for name in metrics)
        rows.append([f"{model}/{sparsity}, mean ± std", *ends])
    return columns(["Run", "maximum", "median", "minimum"], rows)


def show_figure(plan: Plan, figure: str) -> str:
    """Describe a figure: its models, where their runs ended, and its files."""
    entry = plan.config.figures[figure]
    parts = [f"{entry.title}\n  panels: {', '.join(entry.metrics)}"]
    parts += [show_model(plan, model).rstrip() for model in entry.models]
    files = [f"{plan.results}/figures/{figure}.{kind}" for kind in ("pdf", "png", "svg")]
    return "\n\n".join([*parts, f"Files: {' '.join(files)}"]) + "\n"


def show_table(plan: Plan, table: str) -> str:
    """Return a table as Markdown."""
    path = plan.results / f"tables/{table}.md"
    with explaining_reads(path):
        return path.read_text(encoding="utf-8")
