"""Which claims survive which reading: each judged by its own rules on an ablation's few runs."""

from pathlib import Path

import pandas as pd

from ssl_landscape.claims.cases import CONFIRMED, NOT_JUDGED, ModelRuns, combine
from ssl_landscape.comparison.claims import cases_of
from ssl_landscape.comparison.ends import FINALS, model_runs
from ssl_landscape.experiment.seeds import expand
from ssl_landscape.io.files import write_text
from ssl_landscape.io.markdown import markdown_table
from ssl_landscape.pipeline.tables import read_finals

INTRODUCTION = """# Which claims survive which reading

Every claim of [claims.md](../comparison/claims.md) is judged once more under each reading of the
ablations, by the same rules and bounds, on the runs that the ablation has: two or three seeds, not
at every Pr(sparse), and often not all models of the claim. In brackets are the cases confirmed, of
those that could be judged. So few runs decide little; what counts is where a verdict turns between
readings. A claim that is not in a table was not run under its readings.
"""
COLUMNS = ["ablation", "reading", "label", "in_use", "number", "claim", "verdict", "confirmed"]
COLUMNS += ["cases", "models"]


def judge_readings(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Judge the claims under every reading and write a CSV (a line each) and a Markdown page.

    Args:
        spec: claims, as :func:`ssl_landscape.comparison.claims.judge_claims` takes them; ablations
            (name, question, seeds, sparsities, readings); laws; sizes (p, d, m) of every variation.
        inputs: ``<name>.final.csv`` of every variation, found by name.
        outputs: the ``.csv`` and ``.md`` to write.
    """
    files = {path.name: path for path in inputs}
    lines = []
    for ablation in spec["ablations"]:
        for reading in ablation["readings"]:
            runs = {
                model: _runs(model, files[f"{name}.final.csv"], ablation, spec["sizes"][name])
                for model, name in reading["models"].items()
            }
            shared = {key: reading[key] for key in ("reading", "label", "in_use")}
            shared["ablation"] = ablation["ablation"]
            lines += [shared | line for line in _judge(spec["claims"], runs)]
    frame = pd.DataFrame(lines, columns=COLUMNS)
    write_text(outputs[0], frame.to_csv(index=False, lineterminator="\n"))
    write_text(outputs[1], _report(spec["ablations"], frame, spec["laws"]))


def _runs(model: str, source: Path, ablation: dict, sizes: dict[str, int]) -> ModelRuns:
    runs = read_finals(source, *FINALS)
    seeds, sparsities = expand(ablation["seeds"]), ablation["sparsities"]
    chosen = runs[runs["seed"].isin(seeds) & runs["sparsity"].isin(sparsities)]
    return model_runs(model, chosen, sizes)


def _judge(claims: list[dict], runs: dict[str, ModelRuns]) -> list[dict]:
    """Return a line for each claim that has a case on these models."""
    lines = []
    for claim in claims:
        cases = [case for part in claim["parts"] for case in cases_of(part, runs)]
        judged = [case for case in cases if case.verdict != NOT_JUDGED]
        if judged:
            line = {"number": claim["number"], "claim": claim["name"], "cases": len(judged)}
            line["verdict"] = combine(case.verdict for case in judged)
            line["confirmed"] = sum(case.verdict == CONFIRMED for case in judged)
            line["models"] = " ".join(dict.fromkeys(m for case in judged for m in case.models))
            lines.append(line)
    return lines


def _report(ablations: list[dict], frame: pd.DataFrame, laws: str) -> str:
    parts = [f"{INTRODUCTION}\n{laws}\n"]
    for ablation in ablations:
        own = frame[frame["ablation"] == ablation["ablation"]]
        if own.empty:
            continue
        numbers = list(own.groupby("number")["models"].first().items())
        header = [f"Claim {n} ({', '.join(models.split())})" for n, models in numbers]
        rows = []
        for reading in ablation["readings"]:
            cells = own[own["reading"] == reading["reading"]].set_index("number")
            in_use = "yes" if reading["in_use"] else ""
            rows.append([reading["label"], in_use, *(_cell(cells, n) for n, _ in numbers)])
        runs = f"Seeds {ablation['seeds']}, Pr(sparse) {', '.join(ablation['sparsities'])}."
        parts.append(f"## {ablation['question']}\n\n{runs}\n")
        parts.append(markdown_table(["Reading", "In use", *header], rows) + "\n")
    return "\n".join(parts)


def _cell(cells: pd.DataFrame, claim: int) -> str:
    if claim not in cells.index:
        return "not run"
    line = cells.loc[claim]
    return f"{line['verdict']} ({line['confirmed']} of {line['cases']})"
