"""A run and its curve: by name, as a line of text, as a picture."""

import re
from pathlib import Path

import pandas as pd

from ssl_landscape.errors import UserError
from ssl_landscape.inspect.records import not_made
from ssl_landscape.io.files import write_text
from ssl_landscape.io.tabular import read_curve
from ssl_landscape.io.write_errors import explaining_writes
from ssl_landscape.pipeline.aggregate import QUANTITIES
from ssl_landscape.pipeline.plan import Plan

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 60  # characters of a curve drawn in text
SUFFIXES = (".csv", ".png", ".pdf", ".svg")
Run = tuple[str, str, int]


def as_run(plan: Plan, name: str) -> Run | None:
    """Read a run's name: ``ncl-basic/0.1/1``, or any path of its folder or log.

    Raises:
        UserError: it has the form of a run's name, but there is no such model or run.
    """
    found = re.fullmatch(r"(?:.*/)?([^/]+)/(?:sparsity-)?([\d.]+)/(?:seed-)?(\d+)([./].*)?", name)
    if not found:
        return None
    run = (found[1], found[2], int(found[3]))
    plan.model(run[0])  # refuses an unknown one
    runs = plan.runs_of(run[0])
    if run not in runs:
        sparsities = sorted({sparsity for _, sparsity, _ in runs})
        seeds = sorted({seed for *_, seed in runs})
        raise UserError(
            f"{run[0]} has no run {run[1]}/{run[2]}; choose sparsity from {', '.join(sparsities)}, "
            f"seed from {', '.join(map(str, seeds))}"
        )
    return run


def run_folder(plan: Plan, run: Run) -> Path:
    """Return the folder of a run."""
    model, sparsity, seed = run
    return plan.results / f"runs/{model}/sparsity-{sparsity}/seed-{seed}"


def spark(values: pd.Series) -> str:
    """Draw values from 0 to 1 as one line of text."""
    steps = max(1, len(values) // WIDTH)
    kept = values.iloc[::steps].clip(0, 1).fillna(0)
    return "".join(BARS[min(int(value * len(BARS)), len(BARS) - 1)] for value in kept)


def picture_of(plan: Plan, name: str) -> Path:
    """Return the path of a figure's picture.

    Raises:
        UserError: it is not a figure, or has not been made.
    """
    path = plan.results / f"figures/{name}.png"
    if name not in plan.config.figures:
        raise UserError(f"{name} has no picture; --curve FILE.png draws that of a run")
    if not path.is_file():
        raise not_made(path)
    return path


def write_curve(plan: Plan, name: str, output: Path) -> None:
    """Write a run's curve: every epoch as ``.csv``, or a picture (.png, .pdf, .svg).

    Raises:
        UserError: it is not a run, or the suffix is another one.
    """
    run = as_run(plan, name)
    if run is None:
        raise UserError(f"--curve: {name!r} is not a run; name one, for example ncl-basic/0.1/1")
    if output.suffix not in SUFFIXES:
        raise UserError(f"--curve {output}: choose a suffix from {', '.join(SUFFIXES)}")
    curve = read_curve(run_folder(plan, run) / "curve.parquet", QUANTITIES)
    with explaining_writes([output]):
        if output.suffix == ".csv":
            write_text(output, curve.to_csv(index=False, lineterminator="\n"))
        else:
            _draw(plan, run, curve, output)


def _draw(plan: Plan, run: Run, curve: pd.DataFrame, output: Path) -> None:
    from ssl_landscape.io.plot_style import plot_style, save_pictures
    from ssl_landscape.pipeline.figures import plot_curves

    rows = curve.melt("epoch", list(QUANTITIES), "quantity", "mean")
    frame = rows.assign(min=rows["mean"], max=rows["mean"], sparsity=run[1], runs=1)
    named = plan.config.models.get(run[0])  # an ablation's variation has no colour
    entry = {"model": run[0], "label": named.label if named else run[0]}
    entry["colour"] = named.colour if named else "black"
    title = "Run " + "/".join(map(str, run))
    spec = {"title": title, "metrics": [*reversed(QUANTITIES)], "models": [entry]}
    with plot_style():
        save_pictures(plot_curves(spec, [frame]), [output])
