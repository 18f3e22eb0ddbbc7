"""The runs of a study, each at its two ends."""

from pathlib import Path

import pandas as pd

from ssl_landscape.claims.cases import ModelRuns
from ssl_landscape.claims.study_judges import MEASURES
from ssl_landscape.comparison.ends import FINALS, model_runs
from ssl_landscape.errors import UserError
from ssl_landscape.experiment.seeds import expand
from ssl_landscape.io.tabular import read_csv
from ssl_landscape.pipeline.job_files import FINAL
from ssl_landscape.pipeline.tables import read_finals


def read_study(spec: dict, inputs: list[Path]) -> pd.DataFrame:
    """Read a study's runs, a row each: ``name``, ``label``, ``sparsity``, ``seed`` and both ends.

    Args:
        spec: sparsities, seeds and variations, as the plan gives them.
        inputs: each variation's ``<name>.final.csv``, and ``<name>.csv`` with its measures where
            the study has them, found by name.

    Raises:
        UserError: an input cannot be read, or lacks runs.
    """
    files = {path.name: path for path in inputs}
    frames = []
    for variation in spec["variations"]:
        name, source = variation["name"], files[f"{variation['name']}{FINAL}"]
        runs = read_finals(source, *FINALS)
        if measures := files.get(f"{name}.csv"):
            measured = read_csv(measures, ["seed", *MEASURES], ["sparsity"])
            runs = runs.merge(measured, on=["sparsity", "seed"], validate="one_to_one")
        runs = runs[runs["sparsity"].isin(spec["sparsities"])]
        runs = runs[runs["seed"].isin(expand(spec["seeds"]))]
        if len(runs) != (wanted := len(expand(spec["seeds"])) * len(spec["sparsities"])):
            problem = f"has {len(runs)} of the {wanted} runs that the study compares"
            raise UserError(f"{source}: {problem}; let Snakemake make it")
        shown = {key: variation[key] for key in ("name", "model_label", "label")}
        frames.append(runs.assign(**shown))
    return pd.concat(frames)


def judged_runs(spec: dict, frame: pd.DataFrame) -> dict[str, ModelRuns]:
    """Return the runs of :func:`read_study` as judges see them, by the name of the variation."""
    found = {}
    measures = [name for name in MEASURES if name in frame]
    for variation in spec["variations"]:
        name = variation["name"]
        own = frame[frame["name"] == name]
        found[name] = model_runs(name, own, variation["sizes"])
        for sparsity, runs in found[name].by_sparsity.items():
            rows = own[own["sparsity"] == sparsity].to_dict("records")
            for run, row in zip(runs, rows, strict=True):
                run.end.update({measure: float(row[measure]) for measure in measures})
    return found
