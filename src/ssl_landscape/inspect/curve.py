"""A run by its name, and its curve as a table or a picture."""

import re
from pathlib import Path

import pandas as pd

from ssl_landscape.config.types import no_such
from ssl_landscape.errors import UserError
from ssl_landscape.io.files import write_text
from ssl_landscape.io.own_matplotlib import load_matplotlib
from ssl_landscape.io.tabular import read_curve
from ssl_landscape.io.write_errors import explaining_writes
from ssl_landscape.pipeline import layout
from ssl_landscape.pipeline.aggregate import QUANTITIES
from ssl_landscape.pipeline.plan import Plan, Run
from ssl_landscape.pipeline.specs import drawn_model

SUFFIXES = (".csv", ".png", ".pdf", ".svg")


def as_run(plan: Plan, name: str) -> Run | None:
    """Read a run's name: ``ncl-basic/0.1/1``, or any path of its folder or log.

    Raises:
        UserError: it has the form of a run's name, but there is no such model or run.
    """
    found = re.fullmatch(r"(?:.*/)?([^/]+)/(?:sparsity-)?([\d.]+)/(?:seed-)?(\d+)([./].*)?", name)
    if not found:
        return None
    run = (found[1], found[2], int(found[3]))
    runs = plan.runs_of(run[0])  # refuses an unknown model
    if run not in runs:
        raise UserError(no_such("run", name, ["/".join(map(str, known)) for known in runs]))
    return run


def picture_of(plan: Plan, name: str) -> Path:
    """Return the path of a figure's picture.

    Raises:
        UserError: it is not a figure, or has not been made.
    """
    path = plan.results / f"figures/{name}.png"
    if name not in plan.config.figures:
        raise UserError(f"{name} has no picture; --curve FILE.png draws that of a run")
    if not path.is_file():
        raise UserError(f"{path}: no such file; build it with Snakemake")
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
    curve = read_curve(plan.results / f"runs/{layout.run_name(*run)}/curve.parquet", QUANTITIES)
    with explaining_writes([output]):
        if output.suffix == ".csv":
            write_text(output, curve.to_csv(index=False, lineterminator="\n"))
        else:
            _draw(plan, run, curve, output)


def _draw(plan: Plan, run: Run, curve: pd.DataFrame, output: Path) -> None:
    load_matplotlib()
    from ssl_landscape.io.plot_style import plot_style, save_pictures
    from ssl_landscape.pipeline.figures import plot_curves

    model, sparsity, seed = run
    frame = curve.melt("epoch", list(QUANTITIES), "quantity", f"seed-{seed}")
    frame = frame.assign(sparsity=sparsity)
    entry = drawn_model(plan, model) | {"label": model, "seeds": str(seed)}
    title = f"Run {'/'.join(map(str, run))}"
    spec = {"title": title, "metrics": QUANTITIES[::-1], "models": [entry], "laws": {}}
    with plot_style():
        save_pictures(plot_curves(spec, [frame]), [output])
