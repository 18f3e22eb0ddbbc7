"""A run and its curve: by name, as a line of text, as a picture."""

import re
from pathlib import Path

import pandas as pd

from ssl_landscape.errors import UserError
from ssl_landscape.experiment.max_cosine import METRICS as COSINES
from ssl_landscape.io import tabular
from ssl_landscape.io.files import write_text
from ssl_landscape.pipeline.aggregate import QUANTITIES
from ssl_landscape.pipeline.plan import Plan

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 60  # characters of a curve drawn in text
Run = tuple[str, str, int]


def as_run(plan: Plan, name: str) -> Run | None:
    """Read a run's name: ``ncl-basic/0.1/1``, or any path of its folder or log."""
    found = re.fullmatch(r"(?:.*/)?([^/]+)/(?:sparsity-)?([\d.]+)/(?:seed-)?(\d+)([./].*)?", name)
    if not found:
        return None
    run = (found[1], found[2], int(found[3]))
    if run[0] in plan.models and run not in plan.runs_of(run[0]):
        runs = plan.runs_of(run[0])
        sparsities = sorted({sparsity for _, sparsity, _ in runs})
        seeds = sorted({seed for *_, seed in runs})
        raise UserError(
            f"{run[0]} has no run {run[1]}/{run[2]}; allowed: sparsity {', '.join(sparsities)}, "
            f"seed {', '.join(map(str, seeds))}"
        )
    plan.model(run[0])
    return run


def run_folder(plan: Plan, run: Run) -> Path:
    """Return the folder of a run."""
    model, sparsity, seed = run
    return plan.results / f"runs/{model}/sparsity-{sparsity}/seed-{seed}"


def read_curve(path: Path) -> pd.DataFrame:
    """Read a run's curve, one row an epoch."""
    return tabular.read_curve(path, QUANTITIES)


def spark(values: pd.Series) -> str:
    """Draw values from 0 to 1 as one line of text."""
    steps = max(1, len(values) // WIDTH)
    kept = values.iloc[::steps].clip(0, 1).fillna(0)
    return "".join(BARS[min(int(value * len(BARS)), len(BARS) - 1)] for value in kept)


def picture_of(plan: Plan, name: str) -> Path:
    """Name the picture of a figure.

    Raises:
        UserError: it is no figure, or has not been made.
    """
    path = plan.results / f"figures/{name}.png"
    if name not in plan.config.figures:
        raise UserError(f"{name} has no picture; --curve FILE.png draws that of a run")
    if not path.is_file():
        raise UserError(f"{path}: not made yet; make it: snakemake --cores 2 {path}")
    return path


def write_curve(plan: Plan, name: str, output: Path) -> None:
    """Write a run's curve: every epoch as ``.csv``, or a picture (.png, .pdf, .svg).

    Raises:
        UserError: it is no run, or the suffix is another one.
    """
    run = as_run(plan, name)
    if run is None:
        raise UserError(f"--curve: {name!r} is no run; name one, for example ncl-basic/0.1/1")
    curve = read_curve(run_folder(plan, run) / "curve.parquet")
    if output.suffix == ".csv":
        write_text(output, curve.to_csv(index=False, lineterminator="\n"))
    elif output.suffix in (".png", ".pdf", ".svg"):
        _draw(plan, run, curve, output)
    else:
        raise UserError(f"--curve {output}: allowed: a name that ends in .csv, .png, .pdf or .svg")


def _draw(plan: Plan, run: Run, curve: pd.DataFrame, output: Path) -> None:
    import matplotlib as mpl
    import seaborn as sns

    from ssl_landscape.io.pictures import save_picture
    from ssl_landscape.io.plot_style import METADATA, RC
    from ssl_landscape.pipeline.figures import plot_curves

    frames = [
        pd.DataFrame({"epoch": curve["epoch"], "quantity": name, "mean": curve[name]})
        for name in QUANTITIES
    ]
    frame = pd.concat(frames).assign(sparsity=run[1], runs=1)
    frame = frame.assign(min=frame["mean"], max=frame["mean"])
    named = plan.config.models.get(run[0])
    entry = {"model": run[0], "label": named.label if named else run[0]}
    entry["colour"] = named.colour if named else "black"
    spec = {
        "title": "Run " + "/".join(map(str, run)),
        "metrics": [*reversed(COSINES), "loss"],
        "models": [entry],
    }
    look = {**sns.axes_style("ticks"), **RC}
    with mpl.rc_context(look):
        save_picture(plot_curves(spec, [frame]), output, METADATA[output.suffix])
