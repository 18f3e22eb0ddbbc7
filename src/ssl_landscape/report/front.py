"""The report's front page: in ten lines, what was reproduced and what was not."""

from pathlib import Path
from typing import Any

import pandas as pd

from ssl_landscape.comparison.cells import read_cells
from ssl_landscape.comparison.discrepancies import read_verdicts
from ssl_landscape.report.captions import WITHIN, matches
from ssl_landscape.report.rst import bullets, escape, write_rst
from ssl_landscape.theory.verdict import read_statement

TITLE = "Contrasting the landscape of contrastive and non-contrastive learning, reproduced"
VERDICTS = {"confirmed": "Reproduced", "partly": "In part", "not confirmed": "Not reproduced"}


def write_front(spec: dict[str, Any], inputs: list[Path], outputs: list[Path]) -> None:
    """Write the front page from the computed verdicts.

    Args:
        spec: variant (a name or None), and what was made.
        inputs: cells.csv, claims.csv, and the statements' JSON files.
        outputs: one file.
    """
    cells, claims, *statements = inputs
    total, by_table = matches(read_cells(cells))
    tables = ", ".join(f"{share} in Table {number}" for number, share in by_table.items())
    lines = [
        f"Made: {', '.join(spec['made'])}.",
        *_claims(read_verdicts(claims)),
        f"**Numbers: {total} published cells are matched** ({tables}), {WITHIN}.",
        _theory([read_statement(path)["verdict"] for path in statements]),
        "Why something does not match: category 3, item 4. Each claim with its numbers and bounds: "
        "category 3, item 1. Both with more runs, once ``replication`` is built: category 6.",
    ]
    name = escape(spec["variant"])
    variant = f"**These are the results of the variant {name}, not those of the paper.**"
    head = [f"{TITLE}\n{'=' * len(TITLE)}", variant if spec["variant"] else ""]
    write_rst(outputs[0], *head, bullets(lines))


def _claims(claims: pd.DataFrame) -> list[str]:
    if claims.empty:
        return ["The config has no claims."]
    lines = []
    for verdict, heading in VERDICTS.items():
        found = claims[claims["claim_verdict"] == verdict]
        texts = " ".join(f"({c.number}) {escape(c.statement)}" for c in found.itertuples())
        share = f"{len(found)} of the paper's {len(claims)} claims"
        lines.append(f"**{heading}: {share}.** {texts}".rstrip())
    decided = claims["claim_decided"].value_counts()
    counts = ", ".join(f"{n} {verdict}" for verdict, n in sorted(decided.items()))
    lines.append(f"**With the uncertainty of so few runs:** {counts}.")
    rest = claims[~claims["claim_verdict"].isin(list(VERDICTS))]
    if len(rest):
        lines.append(f"**Not judged: {', '.join(map(str, rest['number']))}.**")
    return lines


def _theory(verdicts: list[dict[str, Any]]) -> str:
    found = ", ".join(f"{escape(v['title'])} {escape(v['status'])}" for v in verdicts)
    wrong = sum(len(verdict["disagreements"]) for verdict in verdicts)
    return f"**Theory**, computed without training: {found}; {wrong} disagreements with the print."
