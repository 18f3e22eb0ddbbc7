"""The judges of the paper's claims: each is one function, chosen by name in ``config.yaml``.

A judge's positional arguments are the roles that a claim's part fills with models, its keyword-only
arguments the thresholds; one with a default may be left out. It returns one case per sparsity
that its models share. All judge the minimum max-cosine (Eq. 12), "the most indicative of success"
(section 5), at the end as the median of a run's last epochs, unless they say otherwise. Nothing
heavy is imported: the config is checked with this.
"""

import dataclasses
import inspect
from collections.abc import Callable
from math import nan
from statistics import fmean

from ssl_landscape.claims.cases import MINIMUM, WEIGHTS, Case, ModelRuns, Run
from ssl_landscape.experiment.max_cosine import METRIC_NAMES


def ends_high(model: ModelRuns, *, at_least: float) -> list[Case]:
    """The dictionary is recovered: the mean at the end is high."""
    return _ends(model, "at_least", at_least, at_least=True)


def ends_low(model: ModelRuns, *, at_most: float) -> list[Case]:
    """The dictionary is not recovered: the mean at the end is low."""
    return _ends(model, "at_most", at_most, at_least=False)


def ends_above(higher: ModelRuns, lower: ModelRuns, *, margin: float) -> list[Case]:
    """One model ends above another: by the margin; partly where by less."""
    cases = []
    statistic = "minimum at the end, the first less the second"
    for sparsity in [s for s in higher.by_sparsity if s in lower.by_sparsity]:
        high, low = higher.end(sparsity), lower.end(sparsity)
        value = ((higher.name, lower.name), sparsity, statistic, high - low)
        detail = f"{high:.3f} against {low:.3f}"
        cases.append(Case(*value, "margin", margin, True, detail, direction=0.0))
    return cases


def ends_no_higher(model: ModelRuns, than: ModelRuns, *, margin: float) -> list[Case]:
    """One model does not end above another by more than the margin."""
    cases = ends_above(model, than, margin=margin)
    return [dataclasses.replace(case, at_least=False, direction=None) for case in cases]


def falls(model: ModelRuns, *, fall: float) -> list[Case]:
    """The minimum falls from the start to the end, by this much; partly where by less."""
    return _changes(model, "fall", -fall, at_least=False)


def rises(model: ModelRuns, *, rise: float, average_end: float | None = None) -> list[Case]:
    """The minimum rises by this much at each sparsity, and on average over them to this height."""
    cases = _changes(model, "rise", rise, at_least=True)
    if average_end is None or not cases:
        return cases
    start = fmean(model.start(sparsity) for sparsity in model.by_sparsity)
    end = fmean(model.end(sparsity) for sparsity in model.by_sparsity)
    value = ((model.name,), "all", "minimum at the end, average over Pr(sparse)", end)
    detail = f"from {start:.3f} before training"
    return [*cases, Case(*value, "average_end", average_end, True, detail, direction=start)]


def collapses(model: ModelRuns, *, above_chance: float, weights_left: float) -> list[Case]:
    """All three cosines are near chance or below, and W is driven to 0.

    Chance is what ``experiment.chance`` computes for m random directions. ``weights_left`` bounds
    the Frobenius norm of W at the end over that at the start, of the online or target encoder,
    whichever keeps more; partly where it shrinks by less.
    """
    cases = []
    for sparsity in model.by_sparsity:
        for metric, name in METRIC_NAMES.items():
            end, chance = model.end(sparsity, metric), model.chance[metric]
            value = ((model.name,), sparsity, f"{name} at the end, less chance", end - chance)
            detail = f"{end:.3f}, chance {chance:.3f}"
            cases.append(Case(*value, "above_chance", above_chance, False, detail))
        left = model.mean(sparsity, _weights_left)
        value = ((model.name,), sparsity, "norm of W at the end over that at the start", left)
        cases.append(Case(*value, "weights_left", weights_left, False, f"{left:.1e}", 1.0))
    return cases


JUDGES: dict[str, Callable[..., list[Case]]] = {
    judge.__name__: judge
    for judge in (ends_high, ends_low, ends_above, ends_no_higher, falls, rises, collapses)
}


def arguments_of(judge: Callable[..., list[Case]]) -> tuple[list[str], dict[str, bool]]:
    """Return a judge's roles, and its thresholds: name -> whether it may be left out."""
    every = inspect.signature(judge).parameters.values()
    roles = [p.name for p in every if p.kind is not p.KEYWORD_ONLY]
    return roles, {p.name: p.default is not p.empty for p in every if p.kind is p.KEYWORD_ONLY}


def _ends(model: ModelRuns, threshold: str, bound: float, at_least: bool) -> list[Case]:
    cases = []
    for sparsity, runs in model.by_sparsity.items():
        ends = [run.end[MINIMUM] for run in runs]
        detail = f"runs from {min(ends):.3f} to {max(ends):.3f}"
        value = (sparsity, "minimum at the end", model.end(sparsity))
        cases.append(Case((model.name,), *value, threshold, bound, at_least, detail))
    return cases


def _changes(model: ModelRuns, threshold: str, bound: float, at_least: bool) -> list[Case]:
    cases = []
    for sparsity, runs in model.by_sparsity.items():
        rising = sum(_change(run) > 0 for run in runs)
        start, end = model.start(sparsity), model.end(sparsity)
        detail = f"{start:.3f} to {end:.3f}; {rising} of {len(runs)} runs rise"
        statistic = "change of the minimum from start to end"
        value = (sparsity, statistic, model.mean(sparsity, _change))
        agreeing = (rising if at_least else len(runs) - rising) / len(runs)
        case = Case((model.name,), *value, threshold, bound, at_least, detail, 0.0, agreeing)
        cases.append(case)
    return cases


def _change(run: Run) -> float:
    return run.end[MINIMUM] - run.start[MINIMUM]


def _weights_left(run: Run) -> float:
    ratios = [run.end[name] / run.start[name] for name in WEIGHTS]
    known = [ratio for ratio in ratios if ratio == ratio]  # one network has no target's weights
    return max(known, default=nan)
