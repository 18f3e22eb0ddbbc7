"""Both ends of the runs that claims are judged on: of ours, and of the published tables."""

import math
from pathlib import Path

import pandas as pd

from ssl_landscape.claims.cases import MINIMUM, WEIGHTS, ModelRuns, Run
from ssl_landscape.experiment.chance import chance_level
from ssl_landscape.experiment.max_cosine import METRICS
from ssl_landscape.pipeline.tables import published_values, read_finals

COLUMNS = (*METRICS, *WEIGHTS)
FINALS = (*WEIGHTS, *(f"start_{name}" for name in COLUMNS), "tail_median")


def read_runs(models: dict[str, dict], finals: list[Path]) -> dict[str, ModelRuns]:
    """Read both ends of every run.

    Args:
        models: name -> p, d and m.
        finals: each model's ``metrics/<model>.final.csv``, in the same order.

    Raises:
        UserError: a file is missing or damaged.
    """
    return {
        model: model_runs(model, read_finals(path, *FINALS), sizes)
        for (model, sizes), path in zip(models.items(), finals, strict=True)
    }


def model_runs(model: str, finals: pd.DataFrame, sizes: dict[str, int]) -> ModelRuns:
    """Return a model's runs: rows of its final metrics, which have the columns ``FINALS``."""
    runs: dict[str, list[Run]] = {}
    for row in finals.to_dict("records"):
        start, end = ({name: float(row[of + name]) for name in COLUMNS} for of in ("start_", ""))
        run = Run(start, end | {MINIMUM: row["tail_median"]}, last=row[MINIMUM])
        runs.setdefault(row["sparsity"], []).append(run)
    return ModelRuns(model, runs, _chance(sizes))


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
