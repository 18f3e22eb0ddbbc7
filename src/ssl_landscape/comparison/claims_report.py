"""``claims.md``: the verdicts for a reader."""

import pandas as pd

from ssl_landscape.claims.cases import (
    CONFIRMED,
    NOT_CONFIRMED,
    NOT_JUDGED,
    PARTLY,
    UNDECIDED,
    combine,
)
from ssl_landscape.io.markdown import markdown_table, number

HEADER = (
    "Models", "Pr(sparse)", "Statistic", "Value", "Interval", "Bound", "Verdict", "Decided",
    "Paper", "Behind it",
)  # fmt: skip
VERDICTS = (CONFIRMED, PARTLY, NOT_CONFIRMED, UNDECIDED, NOT_JUDGED)
INTRODUCTION = """# The paper's claims, judged on these runs

Each claim is taken apart into cases: a statistic of the runs at one Pr(sparse), and the bound that
it has to reach. A case is **confirmed** if it reaches the bound, **partly** if it goes the claimed
way (falls, rises, ends higher) but not as far, else **not confirmed**; **not judged** if the claim
does not speak of its Pr(sparse). A fall or rise that most
runs do not show is not confirmed, whatever their mean. A claim is confirmed if all its cases are,
not confirmed if none is even partly, else partly. The bounds come from the claim's
own words and the paper's printed numbers, never from these runs; each has its reason below. They
and the models stand in `config.yaml`, section `claims`. "The paper's own numbers" are its tables'
means under the same rules, where it printed them: a check of the bounds. The minimum is the minimum
max-cosine over the dictionary columns (Eq. 12), as a mean over the runs. Pr(sparse) is the paper's
label: with d = 10 and exact counts, every z has one -1 and one +1 both at 0.1 and at 0.2, and two
-1 and one +1 at 0.3. **At the end**, for every
claim alike, it is the median over a run's last 500 epochs of 8000 (the last sixteenth): some curves
jump to the end, and their last epoch is one arbitrary value. Where a mean over the runs differs by
more than 0.02 at the last epoch, as which the tables take it, that is named, too. All else at the
end is the last epoch. Every value is in `claims.csv`.

**Decided** is the verdict that so few runs can bear. The interval of a value is its 95% percentile
bootstrap over the runs (1000 resamples; each model at each Pr(sparse) is drawn by itself, both ends
of a run together). A case is **undecided** if its interval holds a bound between two verdicts, or
if a model has a single run there; else its verdict stands. A claim is undecided if its undecided
cases could still change its verdict. With five runs or fewer these intervals are too narrow, so
that rather too many cases count as decided.
"""
OF_FIVE = """
**Five runs differ** is the share of 1000 random sets of five runs (of each model at each
Pr(sparse), without replacement) whose own verdict on the claim is not that of all runs.
"""


def report(frame: pd.DataFrame, introduction: str = INTRODUCTION) -> str:
    """Return the report on the lines of ``claims.csv``; its folder is beside ``figures``."""
    if frame.empty:
        return f"{introduction}\nThe config has no claims.\n"
    claims = list(frame.groupby("number", sort=True))
    header = ["", "Claim", "Verdict", "Cases confirmed", "Decided", "Cases undecided"]
    several = bool(frame["claim_misleading_share"].notna().any())
    header += ["Five runs differ"] * several + ["The paper's own numbers"]
    summary = [_summary(cases, several) for _, cases in claims]
    parts = [introduction + OF_FIVE * several, markdown_table(header, summary), _counts(frame)]
    return "\n".join([*parts, *(_section(cases) for _, cases in claims)])


def _summary(cases: pd.DataFrame, several: bool) -> list[str]:
    first = cases.iloc[0]
    share = first["claim_misleading_share"]
    return [
        str(first["number"]),
        first["statement"],
        f"**{first['claim_verdict']}**",
        f"{(cases['verdict'] == CONFIRMED).sum()} of {(cases['verdict'] != NOT_JUDGED).sum()}",
        f"**{first['claim_decided']}**",
        str((cases["decided"] == UNDECIDED).sum() or ""),
        *["" if pd.isna(share) else f"{share:.1%}"] * several,
        _published(cases),
    ]


def _counts(frame: pd.DataFrame) -> str:
    first, lines = frame.drop_duplicates("number"), []
    for column, what in (("claim_verdict", "By their means"), ("claim_decided", "Decided")):
        found = first[column].value_counts()
        counts = ", ".join(f"{found[v]} {v}" for v in VERDICTS if v in found)
        lines.append(f"{what}, of {len(first)} claims: {counts}.")
    return "\n" + " ".join(lines) + "\n"


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
        f"Verdict: **{first['claim_verdict']}**; decided: **{first['claim_decided']}**. By "
        f"Pr(sparse): {verdicts}.",
        markdown_table(HEADER, [_row(case) for _, case in cases.iterrows()]),
        "\n".join(_reasons(cases)),
        _links(cases),
    ]
    return "\n\n".join(parts) + "\n"


def _row(case: pd.Series) -> list[str]:
    if pd.isna(case["bound"]):
        return ["", "", case["statistic"], "", "", "", case["verdict"], case["decided"], "", ""]
    models = ", ".join(case["models"].split())
    bound = f"{case['relation']} {case['bound']:g}"
    printed = number(case["published_value"])
    interval = " to ".join(filter(None, (number(case["lower"]), number(case["upper"]))))
    verdicts = [case["verdict"], case["decided"], printed, case["detail"]]
    start = [models, case["sparsity"], case["statistic"]]
    return [*start, number(case["value"]), interval, bound, *verdicts]


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
