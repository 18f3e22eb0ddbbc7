"""A verdict on every claim of the paper, computed from the runs: ``claims.csv``, ``claims.md``."""

import math
from pathlib import Path

import pandas as pd

from ssl_landscape.claims.cases import NOT_JUDGED, Case, ModelRuns, combine
from ssl_landscape.claims.judges import JUDGES
from ssl_landscape.comparison.claims_report import report
from ssl_landscape.comparison.ends import published_runs, read_runs
from ssl_landscape.io.files import write_text

COLUMNS = (
    "number", "claim", "statement", "claim_verdict", "judge", "models", "sparsity", "statistic",
    "value", "detail", "relation", "bound", "direction", "verdict", "published_value",
    "published_verdict", "threshold", "reason", "runs", "artefacts",
)  # fmt: skip


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
    claims: list[dict], ours: dict[str, ModelRuns], theirs: dict[str, ModelRuns]
) -> pd.DataFrame:
    """Return the lines of ``claims.csv``, one per case: of our runs, beside the paper's numbers."""
    lines = []
    for claim in claims:
        judged = [(part, case) for part in claim["parts"] for case in _cases(part, ours)]
        verdict = combine(case.verdict for _, case in judged)
        printed = {_key(case): case for part in claim["parts"] for case in _cases(part, theirs)}
        shared = {key: claim[key] for key in ("number", "statement")}
        shared |= {"claim": claim["name"], "claim_verdict": verdict}
        shared["artefacts"] = " ".join(claim["artefacts"])
        lines += [shared | _line(part, case, printed.get(_key(case))) for part, case in judged]
        if not judged:
            nothing = {"statistic": "nothing: its models share no sparsity"}
            lines.append(shared | nothing | {"sparsity": "none", "verdict": NOT_JUDGED})
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _cases(part: dict, runs: dict[str, ModelRuns]) -> list[Case]:
    """Judge a part for its first models, its second, and so on; without those that are missing."""
    bounds = {name: threshold["value"] for name, threshold in part["thresholds"].items()}
    cases = []
    for models in zip(*part["models"].values(), strict=True):
        if all(model in runs for model in models):
            filled = dict(zip(part["models"], (runs[model] for model in models), strict=True))
            cases += JUDGES[part["judge"]](**filled, **bounds)
    return cases


def _key(case: Case) -> tuple:
    return case.models, case.sparsity, case.statistic


def _line(part: dict, case: Case, printed: Case | None) -> dict:
    if printed and math.isnan(printed.value):
        printed = None
    sparsity = "*" if case.sparsity == "all" else case.sparsity
    return {
        **vars(case),
        "judge": part["judge"],
        "models": " ".join(case.models),
        "value": round(case.value, 6),
        "relation": "at least" if case.at_least else "at most",
        "direction": case.direction if case.direction is None else round(case.direction, 6),
        "verdict": case.verdict,
        "published_value": round(printed.value, 6) if printed else None,
        "published_verdict": printed.verdict if printed else None,
        "reason": part["thresholds"][case.threshold]["reason"],
        "runs": " ".join(f"runs/{m}/sparsity-{sparsity}/seed-*" for m in case.models),
    }
