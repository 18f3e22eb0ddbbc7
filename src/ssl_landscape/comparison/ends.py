"""Both ends of the curves that claims are judged on: of our runs, and of the published tables."""

import math
from pathlib import Path

from ssl_landscape.claims.cases import WEIGHTS, ModelRuns, Run
from ssl_landscape.comparison.chance import chance_level
from ssl_landscape.io.tabular import read_curve
from ssl_landscape.pipeline.tables import METRICS, published_values

COLUMNS = (*METRICS, *WEIGHTS)


def read_runs(model: str, entry: dict, folder: Path) -> ModelRuns:
    """Read the first and the last row of every curve of a model.

    Args:
        model: its name.
        entry: runs (sparsity -> seeds), p, d and m.
        folder: ``results/runs``.

    Raises:
        UserError: a curve is missing or is no curve.
    """
    runs = {
        sparsity: [
            _read_run(folder / model / f"sparsity-{sparsity}" / f"seed-{seed}" / "curve.parquet")
            for seed in seeds
        ]
        for sparsity, seeds in entry["runs"].items()
    }
    return ModelRuns(model, runs, chance_level(entry["p"], entry["d"], entry["m"]))


def published_runs(tables: list[dict], models: dict[str, dict]) -> dict[str, ModelRuns]:
    """Take the paper's own means as if each were one run: only the end of its curve is known.

    Args:
        tables: number of the published table, and rows (model, label, sigma).
        models: as ``entry`` of :func:`read_runs`, by name; others are left out.
    """
    found: dict[str, dict[str, dict[str, float]]] = {}
    for table in tables:
        rows = {(row["label"], row["sigma"]): row["model"] for row in table["rows"]}
        for (label, sparsity, sigma, metric), (mean, _) in published_values(
            table["number"]
        ).items():
            model = rows.get((label, sigma))
            if model in models:
                found.setdefault(model, {}).setdefault(f"{sparsity:g}", {})[metric] = mean
    unknown = dict.fromkeys(COLUMNS, math.nan)
    return {
        model: ModelRuns(
            model,
            {sparsity: [Run(unknown, unknown | end)] for sparsity, end in ends.items()},
            chance_level(models[model]["p"], models[model]["d"], models[model]["m"]),
        )
        for model, ends in found.items()
    }


def _read_run(path: Path) -> Run:
    frame = read_curve(path, COLUMNS)
    return Run(*(frame[list(COLUMNS)].iloc[end].astype(float).to_dict() for end in (0, -1)))
