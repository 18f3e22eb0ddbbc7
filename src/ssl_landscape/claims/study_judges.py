"""The judges of studies beyond the paper: those of its claims, and what only studies ask.

They are apart so that adding one leaves the verdicts on the paper's claims as fresh as they were.
"""

import dataclasses
from collections.abc import Callable

from ssl_landscape.claims.cases import Case, ModelRuns
from ssl_landscape.claims.judges import JUDGES, ends_above

MEASURES = {  # of an encoder, beside its max-cosines
    "support_recovery": "support recovery",
    "probe_r2": "R² of a linear probe",
    "fewest_neurons": "fewest neurons of a column",
}


def ends_near(model: ModelRuns, other: ModelRuns, *, margin: float) -> list[Case]:
    """Two models end at most the margin apart."""
    return [
        dataclasses.replace(
            case,
            statistic="distance of the minima at the end",
            value=abs(case.value),
            at_least=False,
            direction=None,
        )
        for case in ends_above(model, other, margin=margin)
    ]


def ranks_alike(models: list[ModelRuns], *, at_least: float) -> list[Case]:
    """Other measures of quality order the models as the minimum does: Kendall's tau-b of the means.

    It judges all its models at once. Tau is NaN where a measure is the same for all of them.
    """
    from scipy.stats import kendalltau

    names, cases = tuple(model.name for model in models), []
    for sparsity in [s for s in models[0].by_sparsity if all(s in m.by_sparsity for m in models)]:
        minima = [model.end(sparsity) for model in models]
        for measure, words in MEASURES.items():
            tau = float(kendalltau(minima, [model.end(sparsity, measure) for model in models])[0])
            value = (sparsity, f"Kendall's tau of the minimum and {words}", tau)
            cases.append(Case(names, *value, "at_least", at_least, True, f"{len(models)} models"))
    return cases


STUDY_JUDGES: dict[str, Callable[..., list[Case]]] = {
    **JUDGES,
    "ends_near": ends_near,
    "ranks_alike": ranks_alike,
}
