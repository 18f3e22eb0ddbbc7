"""The files of a job, which follow from its rule, name and spec: no config is needed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ssl_landscape.experiment.seeds import expand
from ssl_landscape.pipeline import layout
from ssl_landscape.theory import STATEMENTS


@dataclass(frozen=True)
class Files:
    """What a job reads and writes."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    record: str


def files_of(rule: str, name: str, spec: dict[str, Any], results: str) -> Files:
    """Return the files of a job, as paths from the repository's root.

    Args:
        rule: the job's rule.
        name: the job's name.
        spec: its resolved spec.
        results: the folder of the results.
    """
    inputs, outputs, record = _FILES[rule](name, spec)

    def place(file: str) -> str:
        return file if file == layout.REASONS else f"{results}/{file}"

    return Files(tuple(map(place, inputs)), tuple(map(place, outputs)), place(record))


def runs_in(runs: list[list[str]]) -> list[tuple[str, int]]:
    """Return the (sparsity, seed) of each run that a spec's ``runs`` names compactly."""
    return [(sparsity, seed) for sparsity, seeds in runs for seed in expand(seeds)]


_Parts = tuple[list[str], list[str], str]  # inputs, outputs, record


def _dataset(name: str, spec: dict[str, Any]) -> _Parts:
    folder = f"datasets/{name}"
    files = [f"{folder}/samples.parquet", f"{folder}/dictionary.parquet"]
    return [], files, f"{folder}/record.json"


def _train(name: str, spec: dict[str, Any]) -> _Parts:
    data = layout.dataset_folder(f"{spec['dataset']}-{spec['sparsity']}", spec["seed"])
    inputs = [f"{data}/samples.parquet", f"{data}/dictionary.parquet"]
    folder = f"runs/{name}"
    outputs = [f"{folder}/curve.parquet", f"{folder}/weights.safetensors"]
    return inputs, outputs, f"{folder}/run.json"


def _metrics(name: str, spec: dict[str, Any]) -> _Parts:
    curves = [layout.curve(name, *run) for run in runs_in(spec["runs"])]
    return curves, [layout.metrics(name), *layout.finals([name])], f"metrics/{name}.record.json"


def _figure(name: str, spec: dict[str, Any]) -> _Parts:
    inputs = [layout.metrics(entry["model"]) for entry in spec["models"]]
    return inputs, *_stem(f"figures/{name}", *layout.PICTURES)


def _table(name: str, spec: dict[str, Any]) -> _Parts:
    inputs = layout.finals(row["model"] for row in spec["rows"])
    return inputs, *_stem(f"tables/{name}", ".csv", ".md", ".tex")


def _claims(name: str, spec: dict[str, Any]) -> _Parts:
    models = spec["models"].items()
    curves = [
        layout.curve(model, *run) for model, entry in models for run in runs_in(entry["runs"])
    ]
    return curves, *_stem("comparison/claims", ".csv", ".md")


def _ablation(name: str, spec: dict[str, Any]) -> _Parts:
    inputs = [*_variations(spec, ".final.csv"), *_variations(spec, ".parquet")]
    return inputs, *_stem(f"ablations/{name}", ".csv", ".md")


def _ablation_figure(name: str, spec: dict[str, Any]) -> _Parts:
    inputs = _variations(spec, ".final.csv")
    outputs, _ = _stem(f"ablations/{name}", *layout.PICTURES)
    return inputs, outputs, f"ablations/{name}.figure.record.json"


def _variations(spec: dict[str, Any], ending: str) -> list[str]:
    return [f"metrics/{variation['name']}{ending}" for variation in spec["variations"]]


def _summary(name: str, spec: dict[str, Any]) -> _Parts:
    tables = [f"ablations/{entry['ablation']}.csv" for entry in spec["questions"]]
    return [*tables, layout.CELLS], *_stem("ablations/summary", ".md")


def _captions(name: str, spec: dict[str, Any]) -> _Parts:
    inputs = [*map(layout.metrics, spec["models"]), *layout.statements(spec["statements"])]
    outputs = [f"figures/{figure}.rst" for figure in spec["figures"]]
    outputs += [f"theory/{statement}.rst" for statement in spec["statements"]]
    outputs.append("comparison/comparison.rst")
    return [*inputs, layout.CELLS], outputs, "report/captions.record.json"


def _page(name: str, spec: dict[str, Any]) -> _Parts:
    outputs = [f"{name}.html", f"{name}.rst"]
    return [f"{name}.md", *spec["numbers"]], outputs, f"report/{name}.record.json"


def _front(name: str, spec: dict[str, Any]) -> _Parts:
    inputs = [layout.CELLS, layout.CLAIMS, *layout.statements(STATEMENTS)]
    return inputs, ["front.rst"], "report/front.record.json"


def _manifest(name: str, spec: dict[str, Any]) -> _Parts:
    suffix = "" if name == "all" else f"-{name}"
    outputs = [f"provenance/manifest{suffix}.json", f"provenance/jobs{suffix}.csv"]
    return [], outputs, f"provenance/manifest{suffix}.record.json"


def _stem(stem: str, *endings: str) -> tuple[list[str], str]:
    return [f"{stem}{ending}" for ending in endings], f"{stem}.record.json"


_FILES: dict[str, Callable[[str, dict[str, Any]], _Parts]] = {
    "dataset": _dataset,
    "train": _train,
    "metrics": _metrics,
    "figure": _figure,
    "table": _table,
    "theorem": lambda name, spec: ([], *_stem(f"theory/{name}", *layout.PICTURES, ".json")),
    "theory_verdicts": lambda name, spec: (
        layout.statements(spec["statements"]),
        *_stem("theory/verdicts", ".md"),
    ),
    "cells": lambda name, spec: (
        layout.finals(spec["models"]),
        *_stem("comparison/cells", ".csv", ".md"),
    ),
    "claims": _claims,
    "comparison_figure": lambda name, spec: (
        [layout.CELLS],
        *_stem("comparison/comparison", *layout.PICTURES),
    ),
    "discrepancies": lambda name, spec: (
        [layout.CELLS, layout.CLAIMS, layout.REASONS],
        *_stem("comparison/discrepancies", ".md"),
    ),
    "ablation": _ablation,
    "ablation_figure": _ablation_figure,
    "ablation_summary": _summary,
    "captions": _captions,
    "page": _page,
    "front_page": _front,
    "manifest": _manifest,
}
