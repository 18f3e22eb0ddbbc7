"""A verdict on every claim of the paper, computed from the runs: ``claims.csv``, ``claims.md``."""

import dataclasses
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import fmean
from typing import Any

import pandas as pd

from ssl_landscape.claims.cases import NOT_JUDGED, Case, ModelRuns, combine
from ssl_landscape.claims.judges import JUDGES
from ssl_landscape.comparison.claims_report import report
from ssl_landscape.comparison.ends import published_runs, read_runs
from ssl_landscape.comparison.uncertainty import intervals, verdicts_of_five
from ssl_landscape.io.files import write_text

COLUMNS = (
    "number", "claim", "statement", "claim_verdict", "claim_decided", "claim_misleading_share",
    "judge", "models", "sparsity", "statistic", "value", "lower", "upper", "detail", "relation",
    "bound", "direction", "verdict", "decided", "misleading_share", "published_value",
    "published_verdict", "threshold", "reason", "runs", "artefacts",
)  # fmt: skip
FindCases = Callable[[dict, dict[str, ModelRuns]], list[Case]]  # a part, the runs
NOISY = 0.02  # from here on, the last epoch is named beside the median of the last ones
NOTHING = {
    **{"statistic": "nothing: its models share no sparsity", "sparsity": "none"},
    **{"verdict": NOT_JUDGED, "decided": NOT_JUDGED},
}


def judge_claims(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Judge all claims and write ``claims.csv`` (one line per case) and ``claims.md``.

    Args:
        spec: claims (in the order of their numbers), models (runs, p, d, m), published tables.
        inputs: the ``curve.parquet`` of every run of the spec's models, in its order.
        outputs: the ``.csv`` and ``.md`` to write.
    """
    ours = read_runs(spec["models"], inputs)
    frame = judge(spec["claims"], ours, published_runs(spec["tables"], spec["models"]))
    write_text(outputs[0], frame.to_csv(index=False, lineterminator="\n"))
    write_text(outputs[1], report(frame))


def judge(
    claims: list[dict],
    ours: dict[str, ModelRuns],
    theirs: dict[str, ModelRuns],
    find_cases: FindCases | None = None,
) -> pd.DataFrame:
    """Return the lines of ``claims.csv``, one per case: of our runs, beside the paper's numbers.

    ``find_cases`` judges a part, as :func:`cases_of` does.
    """

    def judged_parts(claim: dict, runs: dict[str, ModelRuns]) -> list[tuple[dict, Case]]:
        find = find_cases or cases_of
        return [(part, case) for part in claim["parts"] for case in find(part, runs)]

    def judge_all(runs: dict[str, ModelRuns]) -> list[Case]:
        return [case for claim in claims for _, case in judged_parts(claim, runs)]

    ends, fives = intervals(judge_all, ours), verdicts_of_five(judge_all, ours)
    beside = iter(zip(ends, fives, strict=True))  # of each case in turn
    lines: list[dict[str, Any]] = []
    for claim in claims:
        judged = judged_parts(claim, ours)
        printed = {_key(case): case for _, case in judged_parts(claim, theirs)}
        known = [(*pair, printed.get(_key(pair[1])), *next(beside)) for pair in judged]
        own = [_line(*case) | _noisy(case[1], ours) for case in known] or [NOTHING]
        of_five = zip(*(verdicts for *_, verdicts in known), strict=True)
        shared = {key: claim[key] for key in ("number", "statement")}
        shared |= {"claim": claim["name"], "artefacts": " ".join(claim["artefacts"])}
        shared["claim_verdict"] = combine(line["verdict"] for line in own)
        shared["claim_decided"] = combine(line["decided"] for line in own)
        shared["claim_misleading_share"] = _others(map(combine, of_five), shared["claim_verdict"])
        lines += [shared | line for line in own]
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _others(verdicts: Iterable[str], own: str) -> float | None:
    """Return the share of verdicts that are not this one; None of none."""
    others = [verdict != own for verdict in verdicts]
    return round(fmean(others), 6) if others else None


def cases_of(part: dict, runs: dict[str, ModelRuns]) -> list[Case]:
    """Judge a part for its first models, its second, and so on; without those that are missing."""
    bounds = {name: threshold["value"] for name, threshold in part["thresholds"].items()}
    cases = []
    for models in zip(*part["models"].values(), strict=True):
        if all(model in runs for model in models):
            filled = dict(zip(part["models"], (runs[model] for model in models), strict=True))
            cases += JUDGES[part["judge"]](**filled, **bounds)
    claimed = part["sparsities"]
    return [
        dataclasses.replace(case, claimed=False)
        if claimed and case.sparsity not in claimed
        else case
        for case in cases
    ]


def _key(case: Case) -> tuple:
    return case.models, case.sparsity, case.statistic


def _noisy(case: Case, runs: dict[str, ModelRuns]) -> dict[str, str]:
    """Name the last epoch, too, where a model's mean differs there from that of the last epochs."""
    notes = []
    for model in (runs[name] for name in case.models):
        for sparsity in model.by_sparsity if case.sparsity == "all" else [case.sparsity]:
            last = model.mean(sparsity, lambda run: run.last)
            if abs(last - model.end(sparsity)) > NOISY:
                notes.append(f"{model.name} at {sparsity}: {last:.3f} at the last epoch")
    return {"detail": "; ".join(filter(None, [case.detail, *notes]))} if notes else {}


def _line(
    part: dict, case: Case, printed: Case | None, interval: tuple[float, float], of_five: list[str]
) -> dict[str, Any]:
    if printed and math.isnan(printed.value):
        printed = None
    sparsity = "*" if case.sparsity == "all" else case.sparsity
    return {
        **vars(case),
        "judge": part["judge"],
        "models": " ".join(case.models),
        "value": round(case.value, 6),
        "lower": round(interval[0], 6),
        "upper": round(interval[1], 6),
        "relation": "at least" if case.at_least else "at most",
        "direction": case.direction if case.direction is None else round(case.direction, 6),
        "verdict": case.verdict,
        "decided": case.verdict_within(*interval),
        "misleading_share": _others(of_five, case.verdict),
        "published_value": round(printed.value, 6) if printed else None,
        "published_verdict": printed.verdict if printed else None,
        "reason": part["thresholds"][case.threshold]["reason"],
        "runs": " ".join(f"runs/{m}/sparsity-{sparsity}/seed-*" for m in case.models),
    }
