"""``discrepancies.md``: every cell and claim that does not match, with the reason if known."""

import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ssl_landscape.claims.cases import CONFIRMED, NOT_JUDGED
from ssl_landscape.comparison.cells import read_cells
from ssl_landscape.comparison.cells_report import cell_name, published
from ssl_landscape.comparison.reasons import Reason, read_reasons
from ssl_landscape.io.files import write_text
from ssl_landscape.io.markdown import markdown_table, mean_and_std, number
from ssl_landscape.io.tabular import read_csv

PUBLISHED = Path("results/published/comparison")
INTRODUCTION = """# Where these results differ from the paper

A cell of Tables 1 to 3 is listed if its mean is further from the published one than max(0.05,
published std + our sample std), but at most 0.10; a claim, if its verdict is not "confirmed". Cells
and verdicts are computed ([cells.md](cells.md), [claims.md](claims.md)); the reasons are written by
hand in `workflow/comparison/reasons.yaml`, each with the files that show it.
"""
VARIANT = """
These are the results of the variant `{}`. The reasons were written for the results without a
variant and may not hold here.
"""


@dataclass
class Explained:
    """The mismatches that a reason explains: lines of cells.csv, and of claims."""

    cells: list[pd.Series]
    claims: list[pd.Series]

    def __len__(self) -> int:
        return len(self.cells) + len(self.claims)


def write_discrepancies(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Sort the mismatches by their reasons and write ``discrepancies.md``.

    Args:
        spec: variant (a name or None).
        inputs: ``cells.csv``, ``claims.csv`` and the YAML file with the reasons.
        outputs: the ``.md`` to write.
    """
    cells, claims = read_cells(inputs[0]), read_verdicts(inputs[1])
    reasons = read_reasons(inputs[2], cells, claims["number"].tolist())
    # Evidence is named from the repository's root, where jobs run; a report without a variant is
    # read in its published folder.
    home = outputs[0].parent if spec["variant"] else PUBLISHED
    variant = VARIANT.format(spec["variant"]) if spec["variant"] else ""
    write_text(outputs[0], INTRODUCTION + variant + "\n" + _report(cells, claims, reasons, home))


def read_verdicts(source: Path) -> pd.DataFrame:
    """Read number, statement and verdicts of each claim from ``claims.csv``, one line per claim."""
    columns = ["number", "statement", "claim_verdict", "claim_decided"]
    frame = read_csv(source, columns[:1], columns[1:], may_be_empty=True)
    return frame[columns].drop_duplicates()


def sort_mismatches(
    cells: pd.DataFrame, claims: pd.DataFrame, reasons: list[Reason]
) -> tuple[list[Explained], Explained]:
    """Return each reason's mismatches, in the order of the reasons, and those without a reason."""
    explained, rest = [Explained([], []) for _ in reasons], Explained([], [])
    pairs = list(zip(reasons, explained, strict=True))
    for _, cell in cells[cells["within"].eq(False)].iterrows():
        for entry in [e for reason, e in pairs if reason.explains(cell)] or [rest]:
            entry.cells.append(cell)
    for _, claim in claims[_failed(claims)].iterrows():
        for entry in [e for reason, e in pairs if claim["number"] in reason.claims] or [rest]:
            entry.claims.append(claim)
    return explained, rest


def _failed(claims: pd.DataFrame) -> pd.Series:
    return ~claims["claim_verdict"].isin([CONFIRMED, NOT_JUDGED])


def _report(cells: pd.DataFrame, claims: pd.DataFrame, reasons: list[Reason], home: Path) -> str:
    explained, rest = sort_mismatches(cells, claims, reasons)
    run = cells[cells["runs"] > 0]
    failed, idle = _failed(claims).sum(), (claims["claim_verdict"] == NOT_JUDGED).sum()
    lines = [
        f"- Cells outside their tolerance: {run['within'].eq(False).sum()} of {len(run)}"
        + (f" ({len(cells) - len(run)} were not run)" if len(run) < len(cells) else ""),
        f"- Claims not confirmed, or partly: {failed} of {len(claims)}"
        + (f" ({idle} could not be judged)" if idle else ""),
        f"- Mismatches without a reason: {len(rest)}",
        "",
    ]
    pairs = list(zip(reasons, explained, strict=True))
    for i, (reason, entry) in enumerate((pair for pair in pairs if len(pair[1])), 1):
        links = [f"[{path}]({os.path.relpath(path, home)})" for path in reason.evidence]
        evidence = f"Evidence: {', '.join(links) or 'none yet'}."
        lines += [f"## {i}. Reason", "", reason.reason, "", evidence, "", *_listed(entry)]
    if len(rest):
        lines += [f"## No reason known yet: {len(rest)}", "", *_listed(rest)]
    if gone := [reason for reason, entry in pairs if not len(entry)]:
        lines += ["## Reasons no longer needed", "", "All that they name matches now.", ""]
        lines += [f"- {_names(reason)}: {reason.reason}" for reason in gone] + [""]
    return "\n".join(lines)


def _listed(entry: Explained) -> list[str]:
    lines = [f"- Claim {c['number']}, {c['claim_verdict']}: {c['statement']}" for c in entry.claims]
    lines += [""] if entry.claims else []
    if entry.cells:
        header = ["Table", "Cell", "Published", "Ours", "Difference", "Tolerance"]
        lines += [markdown_table(header, [_row(cell) for cell in entry.cells]), ""]
    return lines


def _row(cell: pd.Series) -> list[str]:
    ours = mean_and_std(cell["mean"], cell["sample_std"])
    numbers = [number(cell["difference"], sign=True), number(cell["tolerance"])]
    return [str(cell["table"]), cell_name(cell), published(cell), ours, *numbers]


def _names(reason: Reason) -> str:
    names = []
    for group in reason.cells:
        keys = [f"{key} {' or '.join(value)}" for key, value in group if value != ["*"]]
        names.append(f"cells with {', '.join(keys)}" if keys else "all cells")
    return "; ".join([*names, *(f"claim {n}" for n in reason.claims)])
