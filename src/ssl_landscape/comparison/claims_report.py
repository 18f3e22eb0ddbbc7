"""``claims.md``: the verdicts for a reader."""

import pandas as pd

from ssl_landscape.claims.cases import CONFIRMED, combine
from ssl_landscape.io.markdown import markdown_table, number

HEADER = ("Models", "Pr(sparse)", "Statistic", "Value", "Bound", "Verdict", "Paper", "Behind it")
INTRODUCTION = """# The paper's claims, judged on these runs

Each claim is taken apart into cases: a statistic of the runs at one Pr(sparse), and the bound that
it has to reach. A case is **confirmed** if it reaches the bound, **partly** if it goes the claimed
way (falls, rises, ends higher) but not as far, else **not confirmed**. A fall or rise that most
runs do not show is not confirmed, whatever their mean. A claim is confirmed if all its cases are,
not confirmed if none is even partly, else partly. The bounds come from the claim's
own words and the paper's printed numbers, never from these runs; each has its reason below. They
and the models stand in `config.yaml`, section `claims`. "The paper's own numbers" are its tables'
means under the same rules, where it printed them: a check of the bounds. The minimum is the minimum
max-cosine over the dictionary columns (Eq. 12), as a mean over the runs. Every value is in
`claims.csv`.
"""


def report(frame: pd.DataFrame) -> str:
    """Return the report on the lines of ``claims.csv``; its folder is beside ``figures``."""
    if frame.empty:
        return f"{INTRODUCTION}\nThe config has no claims.\n"
    claims = list(frame.groupby("number", sort=True))
    header = ["", "Claim", "Verdict", "Cases confirmed", "The paper's own numbers"]
    summary = []
    for n, cases in claims:
        statement, verdict = cases[["statement", "claim_verdict"]].iloc[0]
        count = f"{(cases['verdict'] == CONFIRMED).sum()} of {len(cases)}"
        summary.append([n, statement, f"**{verdict}**", count, _published(cases)])
    sections = [_section(cases) for _, cases in claims]
    return "\n".join([INTRODUCTION, markdown_table(header, summary), "", *sections])


def _published(cases: pd.DataFrame) -> str:
    printed = cases["published_verdict"].dropna()
    if printed.empty:
        return "none printed"
    few = "" if len(printed) == len(cases) else f" ({len(printed)} of {len(cases)} cases)"
    return combine(printed) + few


def _section(cases: pd.DataFrame) -> str:
    first = cases.iloc[0]
    by_sparsity = cases.groupby("sparsity", sort=True)["verdict"].agg(combine)
    verdicts = ", ".join(
        f"{'on average' if s == 'all' else s} {verdict}" for s, verdict in by_sparsity.items()
    )
    parts = [
        f"## {first['number']}. {first['statement']}",
        f"Verdict: **{first['claim_verdict']}**. By Pr(sparse): {verdicts}.",
        markdown_table(HEADER, [_row(case) for _, case in cases.iterrows()]),
        "\n".join(_reasons(cases)),
        _links(cases),
    ]
    return "\n\n".join(parts) + "\n"


def _row(case: pd.Series) -> list[str]:
    if pd.isna(case["bound"]):
        return ["", "", case["statistic"], "", "", case["verdict"], "", ""]
    models = ", ".join(case["models"].split())
    bound = f"{case['relation']} {case['bound']:g}"
    printed = number(case["published_value"])
    values = [number(case["value"]), bound, case["verdict"], printed, case["detail"]]
    return [models, case["sparsity"], case["statistic"], *values]


def _reasons(cases: pd.DataFrame) -> list[str]:
    bounds = cases.dropna(subset="bound")
    kept = bounds.drop_duplicates(["relation", "bound", "threshold", "reason"])
    return [
        f"- {case['relation'].capitalize()} {case['bound']:g} (`{case['threshold']}`): "
        f"{case['reason']}"
        for _, case in kept.iterrows()
    ]


def _links(cases: pd.DataFrame) -> str:
    paths = cases["artefacts"].iloc[0].split()
    shown = ", ".join(f"[{path.split('/')[-1]}](../{path})" for path in paths)
    models = list(dict.fromkeys(m for names in cases["models"].dropna() for m in names.split()))
    patterns = ", ".join(f"`runs/{model}/sparsity-*/seed-*`" for model in models)
    return (f"Shown in {shown}. " if shown else "") + f"Runs: {patterns}."
