"""The judges of the paper's claims: each is one function, chosen by name in ``config.yaml``.

A judge's positional arguments are the roles that a claim's part fills with models, its keyword-only
arguments the thresholds; one with a default may be left out. It returns one case a sparsity that
its models share. All judge the minimum max-cosine (Eq. 12), "the most indicative of success"
(section 5), unless they say otherwise. Nothing heavy is imported: the config is checked with this.
"""

import inspect
from collections.abc import Callable
from math import nan
from statistics import fmean

from ssl_landscape.claims.cases import MINIMUM, WEIGHTS, Case, ModelRuns, Run

COSINES = {"max_max_cosine": "maximum", "median_max_cosine": "median", "min_max_cosine": "minimum"}


def ends_high(model: ModelRuns, *, at_least: float) -> list[Case]:
    """The dictionary is recovered: the mean at the last epoch is high."""
    return [
        Case(
            (model.name,),
            sparsity,
            "minimum at the end",
            model.end(sparsity),
            "at_least",
            at_least,
            at_least=True,
            detail=_spread(model, sparsity),
        )
        for sparsity in model.by_sparsity
    ]


def ends_low(model: ModelRuns, *, at_most: float) -> list[Case]:
    """The dictionary is not recovered: the mean at the last epoch is low."""
    return [
        Case(
            (model.name,),
            sparsity,
            "minimum at the end",
            model.end(sparsity),
            "at_most",
            at_most,
            at_least=False,
            detail=_spread(model, sparsity),
        )
        for sparsity in model.by_sparsity
    ]


def ends_above(higher: ModelRuns, lower: ModelRuns, *, margin: float) -> list[Case]:
    """One model ends above another: by the margin; partly where by less."""
    return [
        Case(
            (higher.name, lower.name),
            sparsity,
            "minimum at the end, the first less the second",
            higher.end(sparsity) - lower.end(sparsity),
            "margin",
            margin,
            at_least=True,
            detail=f"{higher.end(sparsity):.3f} against {lower.end(sparsity):.3f}",
            direction=0.0,
        )
        for sparsity in higher.by_sparsity
        if sparsity in lower.by_sparsity
    ]


def falls(model: ModelRuns, *, fall: float) -> list[Case]:
    """The minimum falls from the start to the end, by this much; partly where by less."""
    return [
        Case(
            (model.name,),
            sparsity,
            "change of the minimum from start to end",
            model.mean(sparsity, _change),
            "fall",
            -fall,
            at_least=False,
            detail=_movement(model, sparsity),
            direction=0.0,
        )
        for sparsity in model.by_sparsity
    ]


def rises(model: ModelRuns, *, rise: float, average_end: float | None = None) -> list[Case]:
    """The minimum rises by this much at each sparsity, and on average over them to this height."""
    cases = [
        Case(
            (model.name,),
            sparsity,
            "change of the minimum from start to end",
            model.mean(sparsity, _change),
            "rise",
            rise,
            at_least=True,
            detail=_movement(model, sparsity),
            direction=0.0,
        )
        for sparsity in model.by_sparsity
    ]
    if average_end is None or not cases:
        return cases
    start = fmean(model.start(sparsity) for sparsity in model.by_sparsity)
    average = Case(
        (model.name,),
        "all",
        "minimum at the end, average over Pr(sparse)",
        fmean(model.end(sparsity) for sparsity in model.by_sparsity),
        "average_end",
        average_end,
        at_least=True,
        detail=f"from {start:.3f} before training",
        direction=start,
    )
    return [*cases, average]


def collapses(model: ModelRuns, *, above_chance: float, weights_left: float) -> list[Case]:
    """All three cosines are near chance or below, and W is driven to 0.

    Chance is what ``fidelity.chance`` computes for m random directions. ``weights_left`` bounds the
    Frobenius norm of W at the end over that at the start, of the online or target encoder,
    whichever keeps more; partly where it shrinks by less.
    """
    cases = []
    for sparsity in model.by_sparsity:
        for metric, name in COSINES.items():
            end, chance = model.end(sparsity, metric), model.chance[metric]
            cases.append(
                Case(
                    (model.name,),
                    sparsity,
                    f"{name} at the end, less chance",
                    end - chance,
                    "above_chance",
                    above_chance,
                    at_least=False,
                    detail=f"{end:.3f}, chance {chance:.3f}",
                )
            )
        left = model.mean(sparsity, _weights_left)
        cases.append(
            Case(
                (model.name,),
                sparsity,
                "norm of W at the end over that at the start",
                left,
                "weights_left",
                weights_left,
                at_least=False,
                detail=f"{left:.1e}",
                direction=1.0,
            )
        )
    return cases


JUDGES: dict[str, Callable[..., list[Case]]] = {
    judge.__name__: judge for judge in (ends_high, ends_low, ends_above, falls, rises, collapses)
}


def roles_of(judge: str) -> list[str]:
    """Name the roles of a judge, which a part fills with models."""
    parameters = inspect.signature(JUDGES[judge]).parameters.values()
    return [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY]


def thresholds_of(judge: str) -> dict[str, bool]:
    """Return the thresholds of a judge: name -> whether it may be left out."""
    parameters = inspect.signature(JUDGES[judge]).parameters.values()
    return {p.name: p.default is not p.empty for p in parameters if p.kind is p.KEYWORD_ONLY}


def _change(run: Run) -> float:
    return run.end[MINIMUM] - run.start[MINIMUM]


def _weights_left(run: Run) -> float:
    ratios = [run.end[name] / run.start[name] for name in WEIGHTS]
    known = [ratio for ratio in ratios if ratio == ratio]  # one network has no target's weights
    return max(known, default=nan)


def _spread(model: ModelRuns, sparsity: str) -> str:
    ends = [run.end[MINIMUM] for run in model.by_sparsity[sparsity]]
    return f"runs from {min(ends):.3f} to {max(ends):.3f}"


def _movement(model: ModelRuns, sparsity: str) -> str:
    changes = [_change(run) for run in model.by_sparsity[sparsity]]
    rising = sum(change > 0 for change in changes)
    start, end = model.start(sparsity), model.end(sparsity)
    return f"{start:.3f} to {end:.3f}; {rising} of {len(changes)} runs rise"
