"""Both ends of the curves that claims are judged on: of our runs, and of the published tables."""

import math
from pathlib import Path

from ssl_landscape.claims.cases import WEIGHTS, ModelRuns, Run
from ssl_landscape.experiment.chance import chance_level
from ssl_landscape.experiment.max_cosine import METRICS
from ssl_landscape.pipeline.aggregate import read_run
from ssl_landscape.pipeline.job_files import runs_in
from ssl_landscape.pipeline.tables import published_values

COLUMNS = (*METRICS, *WEIGHTS)


def read_runs(models: dict[str, dict], curves: list[Path]) -> dict[str, ModelRuns]:
    """Read the first and the last row of every curve.

    Args:
        models: name -> runs (pairs of a sparsity and its seeds), p, d and m.
        curves: each run's ``curve.parquet``, in the same order.

    Raises:
        UserError: a curve is missing, damaged or another run's.
    """
    found: dict[str, dict[str, list[Run]]] = {model: {} for model in models}
    runs = [(model, *run) for model, entry in models.items() for run in runs_in(entry["runs"])]
    for (model, sparsity, seed), path in zip(runs, curves, strict=True):
        frame = read_run(path, sparsity, seed, COLUMNS)
        ends = (frame[list(COLUMNS)].iloc[end].astype(float).to_dict() for end in (0, -1))
        found[model].setdefault(sparsity, []).append(Run(*ends))
    return {model: ModelRuns(model, found[model], _chance(models[model])) for model in models}


def published_runs(tables: list[dict], models: dict[str, dict]) -> dict[str, ModelRuns]:
    """Return the paper's own means as if each were one run: only the end of its curve is known.

    For ``tables`` see :func:`compare_cells`; for ``models``, all that count, :func:`read_runs`.
    """
    found: dict[str, dict[str, list[Run]]] = {}
    unknown = dict.fromkeys(COLUMNS, math.nan)
    for table in tables:
        rows = {(row["label"], row["sigma"]): row["model"] for row in table["rows"]}
        printed = published_values(table["number"])
        for (label, sparsity, sigma, metric), (mean, _) in printed.items():
            model = rows.get((label, sigma))
            if model in models:
                runs = found.setdefault(model, {})
                (run,) = runs.setdefault(f"{sparsity:g}", [Run(unknown, dict(unknown))])
                run.end[metric] = mean
    return {model: ModelRuns(model, runs, _chance(models[model])) for model, runs in found.items()}


def _chance(entry: dict) -> dict[str, float]:
    return chance_level(entry["p"], entry["d"], entry["m"])
