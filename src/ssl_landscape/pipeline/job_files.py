"""The files of a job, which follow from its rule, name and spec: no config is needed."""

from collections.abc import Callable
from typing import Any, NamedTuple

from ssl_landscape.experiment.seeds import expand
from ssl_landscape.pipeline.layout import (
    CELLS,
    CLAIMS,
    REASONS,
    REPLICATION,
    metrics,
    run_name,
    statements,
)
from ssl_landscape.theory import STATEMENTS

Spec = dict[str, Any]
FINAL = ".final.csv"


class Files(NamedTuple):
    """What a job reads and writes."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    record: str


def files_of(rule: str, name: str, spec: Spec, results: str) -> Files:
    """Return the files of a job, as paths from the repository's root.

    Args:
        rule: the job's rule.
        name: the job's name.
        spec: its resolved spec.
        results: the folder of the results.
    """
    inputs = _INPUTS[rule](name, spec) if rule in _INPUTS else []
    start, endings = _OUTPUTS[rule]
    if rule == "captions":  # beside each picture
        captions = [f"figures/{figure}.rst" for figure in spec["figures"]]
        captions += [f"theory/{statement}.rst" for statement in spec["statements"]]
        endings = " ".join([*captions, endings])
    if rule == "manifest":
        name = "" if name == "all" else f"-{name}"
    written = [f"{results}/{(start + ending).format(name)}" for ending in endings.split()]
    read = (file if file == REASONS else f"{results}/{file}" for file in inputs)
    return Files(tuple(read), tuple(written[:-1]), written[-1])


def runs_in(runs: list[list[str]]) -> list[tuple[str, int]]:
    """Return the (sparsity, seed) of each run that a spec's ``runs`` names compactly."""
    return [(sparsity, seed) for sparsity, seeds in runs for seed in expand(seeds)]


def _data(spec: Spec) -> list[str]:
    folder = f"datasets/{spec['dataset']}-{spec['sparsity']}/seed-{spec['seed']}"
    return [f"{folder}/samples.parquet", f"{folder}/dictionary.parquet"]


def _curves(model: str, spec: Spec) -> list[str]:
    return [f"runs/{run_name(model, *run)}/curve.parquet" for run in runs_in(spec["runs"])]


def _metrics(entries: list[Spec], ending: str, key: str = "model") -> list[str]:
    return metrics((entry[key] for entry in entries), ending)


def _measured(model: str, spec: Spec) -> list[str]:
    """Return a model's runs and their data, four files a run."""
    files = []
    for sparsity, seed in runs_in(spec["runs"]):
        folder = f"runs/{run_name(model, sparsity, seed)}"
        files += [f"{folder}/curve.parquet", f"{folder}/weights.safetensors"]
        files += _data({"dataset": spec["dataset"], "sparsity": sparsity, "seed": seed})
    return files


def _study(spec: Spec) -> list[str]:
    names = [variation["name"] for variation in spec["variations"]]
    measures = [f"beyond/measures/{name}.csv" for name in names]
    return metrics(names, FINAL) + (measures if spec["picture"] == "measures" else [])


_INPUTS: dict[str, Callable[[str, Spec], list[str]]] = {  # rule -> f(name, spec); others: none
    "train": lambda name, spec: _data(spec),
    "metrics": _curves,
    "figure": lambda name, spec: _metrics(spec["models"], ".parquet"),
    "table": lambda name, spec: _metrics(spec["rows"], FINAL),
    "theory_verdicts": lambda name, spec: statements(spec["statements"]),
    "finals": lambda name, spec: metrics(spec["models"], FINAL),
    "cells": lambda name, spec: metrics(spec["models"], FINAL),
    "claims": lambda name, spec: metrics(spec["models"], FINAL),
    "comparison_figure": lambda name, spec: [CELLS],
    "discrepancies": lambda name, spec: [CELLS, CLAIMS, REASONS],
    "ablation": lambda name, spec: _metrics(spec["variations"], FINAL, "name"),
    "ablation_figure": lambda name, spec: _metrics(spec["variations"], FINAL, "name"),
    "ablation_summary": lambda name, spec: [
        *(f"ablations/{entry['ablation']}.csv" for entry in spec["questions"]),
        CELLS,
    ],
    "claims_by_reading": lambda name, spec: metrics(spec["sizes"], FINAL),
    "replication_finals": _curves,
    "replication_cells": lambda name, spec: metrics(spec["models"], FINAL, REPLICATION),
    "replication_claims": lambda name, spec: metrics(spec["models"], FINAL, REPLICATION),
    "replication_figure": lambda name, spec: [f"{REPLICATION}cells.csv"],
    "measures": _measured,
    "study": lambda name, spec: _study(spec),
    "study_figure": lambda name, spec: _study(spec),
    "study_verdicts": lambda name, spec: list(
        dict.fromkeys(file for study in spec["studies"] for file in _study(study))
    ),
    "captions": lambda name, spec: (
        metrics(spec["models"]) + statements(spec["statements"]) + [CELLS]
    ),
    "page": lambda name, spec: [f"{name}.md"],
    "front_page": lambda name, spec: [CELLS, CLAIMS, *statements(STATEMENTS)],
}
_OUTPUTS = {  # rule -> what their paths begin with ({}: the name), and end with; the record is last
    "dataset": ("datasets/{}/", "samples.parquet dictionary.parquet record.json"),
    "train": ("runs/{}/", "curve.parquet weights.safetensors run.json"),
    "metrics": ("metrics/{}", ".parquet .final.csv .record.json"),
    "figure": ("figures/{}", ".pdf .png .svg .record.json"),
    "table": ("tables/{}", ".csv .md .tex .record.json"),
    "theorem": ("theory/{}", ".pdf .png .svg .json .record.json"),
    "theory_verdicts": ("theory/verdicts", ".md .record.json"),
    "finals": ("comparison/finals", ".csv .record.json"),
    "cells": ("comparison/cells", ".csv .md .record.json"),
    "claims": ("comparison/claims", ".csv .md .record.json"),
    "comparison_figure": ("comparison/comparison", ".pdf .png .svg .record.json"),
    "discrepancies": ("comparison/discrepancies", ".md .record.json"),
    "ablation": ("ablations/{}", ".csv .md .record.json"),
    "ablation_figure": ("ablations/{}", ".pdf .png .svg .figure.record.json"),
    "ablation_summary": ("ablations/summary", ".md .record.json"),
    "claims_by_reading": ("ablations/claims_by_reading", ".csv .md .record.json"),
    "replication_finals": ("replication/metrics/{}", ".final.csv .record.json"),
    "replication_cells": ("replication/cells", ".csv .md .record.json"),
    "replication_claims": ("replication/claims", ".csv .md .record.json"),
    "replication_figure": ("replication/comparison", ".pdf .png .svg .record.json"),
    "measures": ("beyond/measures/{}", ".csv .record.json"),
    "study": ("beyond/{}", ".csv .md .record.json"),
    "study_figure": ("beyond/{}", ".pdf .png .svg .figure.record.json"),
    "study_verdicts": ("beyond/verdicts", ".csv .md .record.json"),
    "captions": ("", "comparison/comparison.rst figures/curves.csv report/captions.record.json"),
    "page": ("", "{0}.html {0}.rst report/{0}.record.json"),
    "front_page": ("", "front.rst report/front.record.json"),
    "manifest": ("provenance/", "manifest{0}.json jobs{0}.csv manifest{0}.record.json"),
}
