"""A run, a model, a figure or a table, for a reader: settings, final metrics, files, its curve."""

import json
from typing import Any

from ssl_landscape.config.types import suggest
from ssl_landscape.errors import UserError
from ssl_landscape.inspect.curve import Run, as_run, run_folder, spark
from ssl_landscape.inspect.records import beside, not_made, read_record
from ssl_landscape.inspect.text import columns
from ssl_landscape.io.files import read_spec
from ssl_landscape.io.tabular import read_curve
from ssl_landscape.pipeline.aggregate import QUANTITIES
from ssl_landscape.pipeline.plan import Plan, canonical
from ssl_landscape.pipeline.report_plan import ReportPlan
from ssl_landscape.pipeline.tables import read_finals
from ssl_landscape.pipeline.words import in_words


def show(plan: Plan, name: str) -> str:
    """Describe what has this name.

    Args:
        plan: what the config asks for.
        name: ``<model>/<sparsity>/<seed>`` or a path inside a run's folder, a model, a figure or
            a table.

    Raises:
        UserError: nothing has this name, or it has not been made yet.
    """
    run = as_run(plan, name)
    if run:
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
    """Describe a run: what it was trained with, where it ended, and what made it."""
    folder = run_folder(plan, run)
    record, trained = read_record(folder / "run.json"), read_spec(folder / "curve.parquet")
    curve = read_curve(folder / "curve.parquet", QUANTITIES)
    settings = _settings(trained, json.loads(canonical(plan.run_spec(*run))))
    header = ["Metric", "before training", "at the end", "lowest", "highest"]
    rows = []
    for name in QUANTITIES:
        values = curve[name]
        ends = (values.iloc[0], values.iloc[-1], values.min(), values.max())
        rows.append([name, *("" if x != x else f"{x:.4f}" for x in ends)])  # NaN: no loss yet
    lines = [
        f"Run {'/'.join(map(str, run))}",
        f"  {in_words(ReportPlan(plan).settings(run[0]))}",
        *("", "Settings", *settings, "", columns(header, rows), ""),
        f"min max-cosine over {curve['epoch'].iloc[-1]} epochs, 0 to 1:",
        *(spark(curve["min_max_cosine"]), "", *_made(record)),
        f"Files: {folder}/",
        f"Log:   {beside(folder / 'run.json', plan.results, 'logs', '.log')}",
    ]
    return "\n".join(lines) + "\n"


def _settings(trained: dict[str, Any], asked: dict[str, Any]) -> list[str]:
    lines = []
    for key in sorted(trained.keys() | asked.keys()):
        value, now = (json.dumps(d.get(key), ensure_ascii=False) for d in (trained, asked))
        lines.append(f"  {key}: {value}")
        lines[-1] += f"   (the config now has {now}: stale)" if value != now else ""
    return lines


def _made(record: dict[str, Any]) -> list[str]:
    packages, git = record.get("packages") or {}, record.get("git") or {}
    versions = [f"{name} {packages[name]}" for name in ("torch", "numpy") if name in packages]
    commit = git.get("commit", "")[:10] + (" and changes" if git.get("dirty") else "")
    where = f"{record.get('device', '?')} of {record.get('host', '?')}"
    return [
        f"Made:  {record.get('start', '?')[:19]} in {record.get('seconds', '?')} s on {where}",
        f"       {', '.join(versions)}; code {record.get('code', '?')}; "
        f"commit {commit or 'unknown'}",
    ]


def show_model(plan: Plan, model: str) -> str:
    """Describe a model: its settings and where its runs ended."""
    label = plan.config.models[model].label if model in plan.config.models else model
    shown = [name for name, entry in plan.config.figures.items() if model in entry.models]
    shown += [name for name in plan.config.tables if model in plan.table_models(name)]
    lines = [f"Model {model}: {label}", f"  {in_words(ReportPlan(plan).settings(model))}"]
    lines += [f"  Shown in {', '.join(shown) or 'no figure or table'}", "", _finals(plan, model)]
    return "\n".join(lines) + "\n"


def _finals(plan: Plan, model: str) -> str:
    path = plan.results / f"metrics/{model}.final.csv"
    if not path.is_file():
        raise not_made(path)
    frame = read_finals(path)
    rows = [
        [f"{model}/{r.sparsity}/{r.seed}", *(f"{getattr(r, name):.3f}" for name in QUANTITIES[1:])]
        for r in frame.itertuples()
    ]
    for sparsity, group in frame.groupby("sparsity", sort=True):
        means = [
            f"{group[name].mean():.3f} ± {group[name].std(ddof=1):.3f}" for name in QUANTITIES[1:]
        ]
        rows.append([f"{model}/{sparsity}, mean ± std", *means])
    return columns(["Run", "maximum", "median", "minimum"], rows)


def show_figure(plan: Plan, figure: str) -> str:
    """Describe a figure: its models, where their runs ended, and its files."""
    entry = plan.config.figures[figure]
    lines = [entry.title, f"  panels: {', '.join(entry.metrics)}"]
    for model in entry.models:
        label, words = plan.config.models[model].label, in_words(ReportPlan(plan).settings(model))
        lines += ["", f"{label} ({model}): {words}", _finals(plan, model)]
    files = [f"{plan.results}/figures/{figure}.{kind}" for kind in ("pdf", "png", "svg")]
    return "\n".join([*lines, "", f"Files: {' '.join(files)}"]) + "\n"


def show_table(plan: Plan, table: str) -> str:
    """Return a table as Markdown."""
    path = plan.results / f"tables/{table}.md"
    if not path.is_file():
        raise not_made(path)
    return path.read_text(encoding="utf-8")
