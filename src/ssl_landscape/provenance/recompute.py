"""The data are asked: what follows from other files is computed again and compared, without a key.

A forger who writes consistent hashes and seals throughout still has to make every file follow from
the files before it. What follows from no file is a run's own training: runs can be repeated.
"""

import csv
import functools
import math
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ssl_landscape.claims.cases import WEIGHTS
from ssl_landscape.errors import UserError
from ssl_landscape.experiment.max_cosine import METRICS
from ssl_landscape.io.files import read_parquet, read_spec
from ssl_landscape.pipeline.job_files import runs_in
from ssl_landscape.pipeline.jobs import Job, hash_spec
from ssl_landscape.pipeline.tail import WATCHED, tail_of
from ssl_landscape.provenance.differences import changed_settings
from ssl_landscape.provenance.finding import CONTRADICTED, Finding, explained
from ssl_landscape.provenance.inventory import Inventory
from ssl_landscape.provenance.published import Published
from ssl_landscape.provenance.record import seeds_of
from ssl_landscape.provenance.retrain import retrain
from ssl_landscape.provenance.run_again import TOLERANCE, close, run_again, workers

Source = Inventory | Published
SLOW = {
    *("figure", "comparison_figure", "ablation_figure", "replication_figure", "theorem", "page"),
    *("metrics", "replication_finals", "study_figure", "measures"),
}
DATASETS = 8  # drawn again unless all is asked
QUANTITIES = ("loss", *METRICS)  # of the metrics


def recompute(
    found: Inventory, deep: bool, again: int, seed: int, counts: Counter[str]
) -> Iterator[Finding]:
    """Find files that do not follow from those before them, among those that are as recorded.

    Args:
        found: the results; files that are not as recorded are findings of other checks.
        deep: whether the jobs of ``SLOW`` and all datasets are made again, too.
        again: the number of runs to train again.
        seed: chooses these runs, and the datasets unless ``deep``.
        counts: what was asked -> how often; filled in.
    """
    _read_curve.cache_clear()  # a file may have changed since
    sound = [job for job in found.graph.jobs if is_sound(job, found, found)]
    datasets = [job for job in sound if job.rule == "dataset"]
    if not deep:
        datasets = _sample(datasets, DATASETS, seed)
    others = [job for job in sound if job.rule not in ("train", "dataset")]
    of_published = [job for job in found.graph.jobs if is_sound(job, found, found.published)]
    with workers() as processes:
        answers = []  # the last of the jobs take longest, and start first
        for source, jobs in ((found, [*datasets, *others]), (found.published, of_published)):
            for job in (job for job in reversed(jobs) if deep or job.rule not in SLOW):
                counts[job.rule.replace("_", " ")] += 1
                answers.append(processes.submit(run_again, job, *_files(job, source)))
        yield from _check_here(sound, found, deep, counts)  # meanwhile
        try:
            for answer in answers:
                yield from answer.result()
        except BrokenProcessPool:
            message = "audit: a process that computes results again was killed; was memory short?"
            raise UserError(message) from None
    runs = [job for job in sound if job.rule == "train"]
    for job in _sample(runs, again, seed):
        counts["retrained"] += 1
        results = Path(found.graph.results)
        yield from explained(job.record, retrain(job, found.facts(job), results))


def _check_here(
    jobs: list[Job], found: Inventory, deep: bool, counts: Counter[str]
) -> Iterator[Finding]:
    """Check what needs no job; the curves of a model's runs come before its metrics: read once."""
    for job in jobs:
        if found.facts(job).get("seeds") != seeds_of(job.rule, job.spec):
            yield Finding(CONTRADICTED, job.record, "its seeds are not those that its spec gives")
        if job.rule == "train":
            counts["train"] += 1
            yield from explained(job.outputs[0], _check_run(job, found.facts(job)))
        elif job.rule in CHECKED and not deep:
            counts[job.rule.replace("_", " ")] += 1
            yield from explained(job.outputs[0], CHECKED[job.rule](job))


def _files(job: Job, source: Source) -> tuple[list[Path], dict[str, Path], dict[str, Any]]:
    """Return where a job's inputs are, and its outputs, as far as they are there; its record."""
    inputs = [place for file in job.inputs if (place := source.place(file))]
    outputs = {file: place for file in job.outputs if (place := source.place(file))}
    return inputs, outputs, source.facts(job)


def _sample(jobs: list[Job], size: int, seed: int) -> list[Job]:
    return [jobs[place] for place in np.random.default_rng(seed).permutation(len(jobs))[:size]]


def is_sound(job: Job, found: Inventory, source: Source) -> bool:
    """Return whether a job is of the current config and code, and its files are as recorded."""
    facts, outputs = source.facts(job), [file for file in job.outputs if source.place(file)]
    spec = facts.get("spec", {})
    known_as = spec if isinstance(spec, str) else hash_spec(spec)  # a list of jobs has the hash
    if not outputs or (known_as, facts.get("code")) != (job.spec_hash, job.code):
        return False
    for file in (*job.inputs, *outputs):
        known = facts.get("inputs", {}).get(file) or source.known(file)
        place = source.place(file)
        now = place and found.hash(place.as_posix())
        if not now or (known and now != known["sha256"]):
            return False
    return True


def _check_run(job: Job, facts: dict[str, Any]) -> Iterator[Finding]:
    """Compare a run's spec, its record, and both ends of its curve with its weights."""
    path, weights = map(Path, job.outputs)
    if (spec := read_spec(path)) != facts["spec"]:
        detail = f"is the curve of another run: {changed_settings({'spec': spec}, job)}"
        yield Finding(CONTRADICTED, str(path), detail)
    curve = _read_curve(str(path))
    if not all(close(facts["final"][name], values[-1]) for name, values in curve.items()):
        yield Finding(CONTRADICTED, job.record, f"its final values are not the last row of {path}")
    for place, expected in zip((0, -1), _from_weights(weights, Path(job.inputs[1])), strict=True):
        for name, value in expected.items():
            if not close(curve[name][place], value):
                detail = f"has {name} {curve[name][place]:.6f} in row {place}, while weights and"
                yield Finding(CONTRADICTED, str(path), f"{detail} dictionary give {value:.6f}")
                return


@functools.lru_cache(maxsize=64)
def _read_curve(path: str) -> dict[str, np.ndarray]:
    """Return column -> (epochs + 1,), float64, NaN where nothing is."""
    with pq.ParquetFile(path) as file:
        table = file.read(use_threads=False)
    curve = {name: np.array(table[name], np.float64) for name in table.column_names}
    if not np.array_equal(curve.pop("epoch"), np.arange(len(table))):
        raise ValueError(f"{path}: its epochs are not 0, 1, 2, ...")
    return curve


def _check_metrics(job: Job) -> Iterator[Finding]:
    """Compare a model's metrics with the curves of its runs; faster than its job."""
    metrics = Path(job.outputs[0])
    runs = runs_in(job.spec["runs"])
    curves = dict(zip(runs, map(_read_curve, job.inputs), strict=True))
    stored, keys, expected = pq.ParquetFile(metrics).read(), [], []
    for sparsity in dict.fromkeys(sparsity for sparsity, _ in runs):
        for quantity in QUANTITIES:
            values = [curves[run][quantity] for run in runs if run[0] == sparsity]
            own = [np.arange(len(values[0])), np.full(len(values[0]), len(values))]
            own += [np.mean(values, 0), np.min(values, 0), np.max(values, 0), *values]
            expected.append(own)
            keys.append(pa.table({"sparsity": [sparsity], "quantity": [quantity]}))
    keys = pa.concat_tables(keys).take(np.repeat(np.arange(len(keys)), len(values[0])))
    names = stored.select(keys.column_names).cast(keys.schema)
    seeds = dict.fromkeys(f"seed-{seed}" for _, seed in runs)  # the same at each sparsity
    numbers = [stored[name].to_numpy() for name in ("epoch", "runs", "mean", "min", "max", *seeds)]
    same = np.allclose(numbers, np.hstack(expected), TOLERANCE, TOLERANCE, equal_nan=True)
    if not same or not names.equals(keys):
        yield Finding(CONTRADICTED, str(metrics), "is not what the curves of its runs give")
    yield from _check_ends(job)


def _check_ends(job: Job) -> Iterator[Finding]:
    """Compare the ends of a model's runs with their curves."""
    final, runs = Path(job.outputs[-1]), runs_in(job.spec["runs"])
    curves = dict(zip(runs, map(_read_curve, job.inputs), strict=True))
    with final.open(encoding="utf-8", newline="") as stream:
        rows = {(row["sparsity"], int(row["seed"])): row for row in csv.DictReader(stream)}
    ends = [(name, name, -1) for name in (*QUANTITIES, *WEIGHTS)]
    ends += [(f"start_{name}", name, 0) for name in (*METRICS, *WEIGHTS)]
    wanted = {
        run: {column: curves[run][name][place] for column, name, place in ends}
        | {"epoch": len(curves[run][WATCHED]) - 1, **tail_of(curves[run][WATCHED])}
        for run in runs
    }
    if list(rows) != runs or not all(
        close(float(rows[run][column] or "nan"), value)
        for run in runs
        for column, value in wanted[run].items()
    ):
        yield Finding(CONTRADICTED, str(final), "has not the ends of the curves of its runs")


CHECKED = {"metrics": _check_metrics, "replication_finals": _check_ends}


def _from_weights(weights: Path, dictionary: Path) -> Iterator[dict[str, float]]:
    """Yield the max-cosines (Eq. 12) and norms of W before and after training, in float64."""
    from safetensors.numpy import load_file

    column = read_parquet(dictionary, ["column"])["column"].combine_chunks()
    M = np.from_dlpack(column.flatten()).reshape(len(column), -1).T.astype(np.float64)  # (p, d)
    M /= np.linalg.norm(M, axis=0)
    tensors = load_file(weights)
    for moment in ("initial", "final"):
        keys = sorted(k for k in tensors if re.fullmatch(rf"{moment}\.\w+\.encoder\.0\.weight", k))
        watched, *target = (tensors[key].astype(np.float64) for key in keys)  # online is first
        norms = np.linalg.norm(watched, axis=1, keepdims=True)
        cosines = np.abs(watched / np.where(norms, norms, 1) @ M).max(axis=0)
        values = dict(zip(METRICS, (cosines.max(), np.median(cosines), cosines.min()), strict=True))
        values["online_weight_norm"] = np.linalg.norm(watched)
        values["target_weight_norm"] = np.linalg.norm(target) if target else math.nan
        yield values
