"""A run, a model, a figure or a table, for a reader: settings, final metrics, files, its curve."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from ssl_landscape.config.types import suggest
from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.experiment.max_cosine import METRICS as COSINES
from ssl_landscape.inspect.curve import Run, as_run, read_curve, run_folder, spark
from ssl_landscape.inspect.text import columns
from ssl_landscape.io.files import read_spec
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
    if name in plan.models:
        return show_model(plan, name)
    if name in plan.config.figures:
        return show_figure(plan, name)
    if name in plan.config.tables:
        return show_table(plan, name)
    known = [*plan.config.figures, *plan.config.tables, *plan.config.models]
    raise UserError(
        f"there is no {name!r}; {suggest(name, known)}; or a run, for example ncl-basic/0.1/1"
    )


def show_run(plan: Plan, run: Run) -> str:
    """Describe a run: what it was trained with, where it ended, and what made it."""
    folder = run_folder(plan, run)
    record = _record(folder / "run.json")
    curve = read_curve(folder / "curve.parquet")
    trained = read_spec(folder / "curve.parquet")
    asked = json.loads(canonical(plan.run_spec(*run)))
    lines = [f"Run {'/'.join(map(str, run))}", f"  {_words(plan, trained)}", "", "Settings"]
    lines += _settings(trained, asked)
    header = ["Metric", "before training", "at the end", "lowest", "highest"]
    rows = [
        [name, *(_number(curve[name].iloc[i]) for i in (0, -1)), *_range(curve[name])]
        for name in QUANTITIES
    ]
    lines += ["", columns(header, rows), ""]
    lines.append(f"min max-cosine over {curve['epoch'].iloc[-1]} epochs, 0 to 1:")
    lines += [spark(curve["min_max_cosine"]), "", *_made(record), f"Files: {folder}/"]
    log = plan.results / "logs" / folder.relative_to(plan.results)
    return "\n".join([*lines, f"Log:   {log}.log"]) + "\n"


def _settings(trained: dict[str, Any], asked: dict[str, Any]) -> list[str]:
    lines = []
    for key in sorted(trained.keys() | asked.keys()):
        value = json.dumps(trained.get(key), ensure_ascii=False)
        now = json.dumps(asked.get(key), ensure_ascii=False)
        differs = (
            f"   (the config now has {now}: stale)" if trained.get(key) != asked.get(key) else ""
        )
        lines.append(f"  {key}: {value}{differs}")
    return lines


def _words(plan: Plan, trained: dict[str, Any]) -> str:
    family = plan.config.datasets.get(trained["dataset"])
    data = family.model_dump() if family else {"p": "?", "d": "?", "latents": trained["dataset"]}
    return in_words(trained | {"data": data})


def _made(record: dict[str, Any]) -> list[str]:
    packages = record.get("packages", {})
    versions = ", ".join(
        f"{name} {packages[name]}" for name in ("torch", "numpy") if name in packages
    )
    git = record.get("git") or {}
    commit = git.get("commit", "")[:10] + (" and changes" if git.get("dirty") else "")
    where = f"{record.get('device', '?')} of {record.get('host', '?')}"
    return [
        f"Made:  {record.get('start', '?')[:19]} in {record.get('seconds', '?')} s on {where}",
        f"       {versions}; code {record.get('code', '?')}; commit {commit or 'unknown'}",
    ]


def _record(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: not made yet; make it: snakemake --cores 2 {path}") from None
    except ValueError as error:
        raise UserError(f"{path}: not readable ({error}); {AGAIN}") from None
    if not isinstance(record, dict):
        raise UserError(f"{path}: is no record; {AGAIN}")
    return record


def _number(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.4f}"


def _range(values: pd.Series) -> tuple[str, str]:
    return _number(values.min()), _number(values.max())


def show_model(plan: Plan, model: str) -> str:
    """Describe a model: its settings and where its runs ended."""
    settings = ReportPlan(plan).settings(model)
    label = plan.config.models[model].label if model in plan.config.models else model
    shown = [name for name, entry in plan.config.figures.items() if model in entry.models]
    shown += [n for n, t in plan.config.tables.items() if model in [row.model for row in t.rows]]
    lines = [f"Model {model}: {label}", f"  {in_words(settings)}"]
    lines += [f"  Shown in {', '.join(shown) or 'no figure or table'}", "", _finals(plan, model)]
    return "\n".join(lines) + "\n"


def _finals(plan: Plan, model: str) -> str:
    path = plan.results / f"metrics/{model}.final.csv"
    if not path.is_file():
        raise UserError(f"{path}: not made yet; make it: snakemake --cores 2 {path}")
    frame = read_finals(path)
    rows = [
        [f"{model}/{r.sparsity}/{r.seed}", *(f"{getattr(r, name):.3f}" for name in COSINES)]
        for r in frame.itertuples()
    ]
    for sparsity, group in frame.groupby("sparsity", sort=True):
        means = [f"{group[name].mean():.3f} ± {group[name].std(ddof=1):.3f}" for name in COSINES]
        rows.append([f"{model}/{sparsity}, mean ± std", *means])
    return columns(["Run", "maximum", "median", "minimum"], rows)


def show_figure(plan: Plan, figure: str) -> str:
    """Describe a figure: its models, where their runs ended, and its files."""
    entry = plan.figure(figure)
    lines = [entry.title, f"  panels: {', '.join(entry.metrics)}"]
    for model in entry.models:
        label = plan.config.models[model].label
        words = in_words(ReportPlan(plan).settings(model))
        lines += ["", f"{label} ({model}): {words}", _finals(plan, model)]
    files = [plan.results / f"figures/{figure}.{kind}" for kind in ("pdf", "png", "svg")]
    lines += ["", "Files: " + " ".join(str(path) for path in files)]
    return "\n".join(lines) + "\n"


def show_table(plan: Plan, table: str) -> str:
    """Show a table as Markdown."""
    plan.table(table)
    path = plan.results / f"tables/{table}.md"
    if not path.is_file():
        raise UserError(f"{path}: not made yet; make it: snakemake --cores 2 {path}")
    return path.read_text(encoding="utf-8")
