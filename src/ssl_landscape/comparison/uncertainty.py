"""How far the runs decide the claims: all cases judged again, on resampled runs.

A run keeps both of its ends together, so that a change within it stays one; each model at each
sparsity is drawn by itself.
"""

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np

from ssl_landscape.claims.cases import Case, ModelRuns
from ssl_landscape.comparison.resampling import SUBSET
from ssl_landscape.experiment.seeds import derive_seed

RESAMPLES = 1000
Models = dict[str, ModelRuns]
Judge = Callable[[Models], list[Case]]  # always the same cases for the same models and sparsities


def intervals(judge: Judge, models: Models) -> list[tuple[float, float]]:
    """Return the 95% percentile bootstrap interval of each case's value.

    It is NaN where the case rests on a single run of a model.
    """
    values = [[case.value for case in judge(drawn)] for drawn in _resampled(models, "bootstrap")]
    low, high = np.quantile(np.array(values).reshape(RESAMPLES, -1), [0.025, 0.975], axis=0)
    single = [_fewest(case, models) < 2 for case in judge(models)]
    low, high = (np.where(single, np.nan, ends) for ends in (low, high))
    return list(zip(low.tolist(), high.tolist(), strict=True))


def verdicts_of_five(judge: Judge, models: Models) -> list[list[str]]:
    """Return the verdicts on each case by many sets of five runs; none if no more ran."""
    verdicts: list[list[str]] = [[] for _ in judge(models)]
    counts = [len(runs) for model in models.values() for runs in model.by_sparsity.values()]
    for drawn in _resampled(models, "subsets") if max(counts, default=0) > SUBSET else ():
        for case, found in zip(judge(drawn), verdicts, strict=True):
            found.append(case.verdict)
    return verdicts


def _fewest(case: Case, models: Models) -> int:
    return min(
        len(runs)
        for name in case.models
        for sparsity, runs in models[name].by_sparsity.items()
        if case.sparsity in (sparsity, "all")
    )


def _resampled(models: Models, purpose: str) -> Iterator[Models]:
    """Yield the models with runs drawn anew: all with replacement, or subsets of five without."""
    draws = {}
    for name, model in models.items():
        for sparsity, runs in model.by_sparsity.items():
            random = np.random.default_rng(derive_seed(name, sparsity, 0, purpose))
            if purpose == "bootstrap":
                chosen = random.integers(len(runs), size=(RESAMPLES, len(runs)))
            else:
                chosen = random.random((RESAMPLES, len(runs))).argsort(axis=1)[:, :SUBSET]
            draws[name, sparsity] = chosen.tolist()
    for k in range(RESAMPLES):
        yield {
            name: dataclasses.replace(
                model,
                by_sparsity={
                    sparsity: [runs[place] for place in draws[name, sparsity][k]]
                    for sparsity, runs in model.by_sparsity.items()
                },
            )
            for name, model in models.items()
        }
