"""``discrepancies.md``: every cell and claim that does not match, with the reason if known."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ssl_landscape.claims.cases import CONFIRMED, NOT_JUDGED
from ssl_landscape.comparison.cells import read_cells
from ssl_landscape.comparison.cells_report import cell_name
from ssl_landscape.comparison.reasons import Reason, read_reasons
from ssl_landscape.io.files import write_text
from ssl_landscape.io.markdown import markdown_table, number
from ssl_landscape.io.tabular import read_csv

UNKNOWN = "no reason known yet"
INTRODUCTION = """# Where these results differ from the paper

A cell of Tables 1 to 3 is listed if its mean lies outside max(0.05, published std + our sample
std) of the published mean; a claim, if its verdict is not "confirmed". Cells and verdicts are
computed ([cells.md](cells.md), [claims.md](claims.md)); the reasons are written by hand in
`workflow/fidelity/reasons.yaml`, each with the files that show it.
"""
VARIANT = """
These are the results of the variant `{}`. The reasons were written for the results without a
variant and may not hold here.
"""


@dataclass
class Explained:
    """A reason, and the mismatches that it explains: lines of cells.csv, and of claims."""

    reason: Reason | None
    cells: list[pd.Series] = field(default_factory=list)
    claims: list[pd.Series] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.cells) + len(self.claims)


def write_discrepancies(spec: dict, cells: Path, claims: Path, reasons: Path, output: Path) -> None:
    """Sort the mismatches by their reasons and write ``discrepancies.md``.

    Args:
        spec: variant (a name or None).
        cells: ``cells.csv``.
        claims: ``claims.csv``.
        reasons: the YAML file.
        output: file to write.

    Raises:
        UserError: an input cannot be read, or a reason names what is not there.
    """
    all_cells, all_claims = read_cells(cells), read_verdicts(claims)
    known = read_reasons(reasons, all_cells, all_claims["number"].tolist())
    explained, rest = sort_mismatches(all_cells, all_claims, known)
    # Evidence is named from the repository's root, where steps run.
    up = os.path.relpath(".", output.parent)
    text = _report(spec["variant"], all_cells, all_claims, explained, rest, up)
    write_text(output, text)


def read_verdicts(source: Path) -> pd.DataFrame:
    """Read the verdicts of ``claims.csv``: number, statement, claim_verdict, one line a claim."""
    columns = ["number", "statement", "claim_verdict"]
    frame = read_csv(source, columns[:1], columns[1:], may_be_empty=True)
    return frame[columns].drop_duplicates()


def sort_mismatches(
    cells: pd.DataFrame, claims: pd.DataFrame, reasons: list[Reason]
) -> tuple[list[Explained], Explained]:
    """Return each reason its mismatches, in the order of the file, and those without a reason."""
    missed = [cell for _, cell in cells.iterrows() if cell["within"] == False]  # noqa: E712
    doubtful = [claim for _, claim in claims[_failed(claims)].iterrows()]
    explained = [
        Explained(
            reason,
            [cell for cell in missed if _explains(reason, cell)],
            [claim for claim in doubtful if claim["number"] in reason.claims],
        )
        for reason in reasons
    ]
    rest = Explained(
        None,
        [cell for cell in missed if not any(_explains(reason, cell) for reason in reasons)],
        [c for c in doubtful if not any(c["number"] in reason.claims for reason in reasons)],
    )
    return explained, rest


def _failed(claims: pd.DataFrame) -> pd.Series:
    return ~claims["claim_verdict"].isin([CONFIRMED, NOT_JUDGED])


def _explains(reason: Reason, cell: pd.Series) -> bool:
    return any(group.matches(cell) for group in reason.cells)


def _report(
    variant: str | None,
    cells: pd.DataFrame,
    claims: pd.DataFrame,
    explained: list[Explained],
    rest: Explained,
    up: str,
) -> str:
    run = cells[cells["runs"] > 0]
    outside = int((run["within"] == False).sum())  # noqa: E712 (read from text)
    failed, idle = _failed(claims).sum(), (claims["claim_verdict"] == NOT_JUDGED).sum()
    needed = [entry for entry in explained if len(entry)]
    lines = [
        INTRODUCTION + (VARIANT.format(variant) if variant else ""),
        f"- Cells outside their tolerance: {outside} of {len(run)}"
        + (f" ({len(cells) - len(run)} were not run)" if len(run) < len(cells) else ""),
        f"- Claims not confirmed, or partly: {failed} of {len(claims)}"
        + (f" ({idle} could not be judged)" if idle else ""),
        f"- Mismatches without a reason: {len(rest)}",
        "",
    ]
    lines += [_section(f"## {i}. Reason", e, up) for i, e in enumerate(needed, 1)]
    if len(rest):
        lines.append(_section(f"## {UNKNOWN.capitalize()}: {len(rest)}", rest, up))
    gone = [entry.reason for entry in explained if not len(entry)]
    if gone:
        lines += ["## Reasons no longer needed", "", "All that they name matches now.", ""]
        lines += [f"- {_names(reason)}: {_prose(reason)}" for reason in gone] + [""]
    return "\n".join(lines)


def _section(title: str, entry: Explained, up: str) -> str:
    lines = [title, ""]
    if entry.reason:
        links = ", ".join(f"[{path}]({up}/{path})" for path in entry.reason.evidence)
        lines += [_prose(entry.reason), "", f"Evidence: {links or 'none yet'}.", ""]
    lines += [
        f"- Claim {claim['number']}, {claim['claim_verdict']}: {claim['statement']}"
        for claim in entry.claims
    ]
    lines += [""] if entry.claims else []
    if entry.cells:
        header = ["Table", "Cell", "Published", "Ours", "Difference", "Tolerance"]
        lines += [markdown_table(header, [_row(cell) for cell in entry.cells]), ""]
    return "\n".join(lines)


def _row(cell: pd.Series) -> list[str]:
    std = number(cell["sample_std"])
    return [
        str(cell["table"]),
        cell_name(cell),
        f"{cell['published_mean']:g} ± {cell['published_std']:g}",
        number(cell["mean"]) + (f" ± {std}" if std else ""),
        number(cell["difference"], sign=True),
        number(cell["tolerance"]),
    ]


def _prose(reason: Reason) -> str:
    return " ".join(reason.reason.split())


def _names(reason: Reason) -> str:
    groups = [
        ", ".join(f"{key} {' or '.join(value)}" for key, value in group if value != ["*"])
        for group in reason.cells
    ]
    cells = [f"cells with {group}" if group else "all cells" for group in groups]
    return "; ".join([*cells, *(f"claim {n}" for n in reason.claims)])
