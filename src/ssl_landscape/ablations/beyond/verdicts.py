"""The studies' verdicts: each answer judged on its own runs, by the rules of the paper's claims."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from ssl_landscape.ablations.beyond.runs import judged_runs, read_study
from ssl_landscape.claims.cases import Case, ModelRuns
from ssl_landscape.claims.judges import JUDGES
from ssl_landscape.claims.study_judges import STUDY_JUDGES
from ssl_landscape.comparison.claims import COLUMNS, cases_of, judge
from ssl_landscape.comparison.claims_report import report
from ssl_landscape.io.files import write_text

INTRODUCTION = """# Questions beyond the paper, answered by these runs

Each answer is put to the test in cases: a statistic of the runs at one Pr(sparse), and the bound
that it has to reach. Answers, models and bounds, each with its reason, stand in `config.yaml`,
section `beyond`; they were written before the runs. How cases are judged, and what *decided* means,
is said in [claims.md](../comparison/claims.md).
"""


def write_study_verdicts(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Judge the answer to every study and write a CSV (one line per case) and a Markdown page.

    Args:
        spec: ``studies``, each with statement, parts, sparsities, seeds and variations.
        inputs: as for :func:`ssl_landscape.ablations.beyond.runs.read_study`, of all studies.
        outputs: the ``.csv`` and ``.md`` to write.
    """
    frames = []
    for study in spec["studies"]:
        claim = {key: study[key] for key in ("number", "name", "statement", "parts")}
        runs = judged_runs(study, read_study(study, inputs))
        claim["artefacts"] = [f"beyond/{study['name']}.md"]
        frames.append(judge([claim], runs, {}, cases_of_study))
    frame = pd.concat(frames) if frames else pd.DataFrame(columns=list(COLUMNS))
    write_text(outputs[0], frame.to_csv(index=False, lineterminator="\n"))
    write_text(outputs[1], report(frame, INTRODUCTION))


def cases_of_study(part: dict, runs: dict[str, ModelRuns]) -> list[Case]:
    """Judge a part of a study, whose models all have runs or none (the paper's)."""
    if part["judge"] in JUDGES:
        return cases_of(part, runs)
    if not runs:
        return []
    judge, claimed = STUDY_JUDGES[part["judge"]], part["sparsities"]
    bounds = {name: threshold["value"] for name, threshold in part["thresholds"].items()}
    roles = {role: [runs[model] for model in models] for role, models in part["models"].items()}
    if part["judge"] == "ranks_alike":  # its models all at once
        cases = judge(**roles, **bounds)
    else:
        calls = (dict(zip(roles, one, strict=True)) for one in zip(*roles.values(), strict=True))
        cases = [case for call in calls for case in judge(**call, **bounds)]
    return [replace(case, claimed=not claimed or case.sparsity in claimed) for case in cases]
