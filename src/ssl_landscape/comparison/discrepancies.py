"""``discrepancies.md``: every cell and claim that does not match, with the reason if known."""

import os
from dataclasses import dataclass, field
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
UNKNOWN = "no reason known yet"
INTRODUCTION = """# Where these results differ from the paper

A cell of Tables 1 to 3 is listed if its mean lies outside max(0.05, published std + our sample
std) of the published mean; a claim, if its verdict is not "confirmed". Cells and verdicts are
computed ([cells.md](cells.md), [claims.md](claims.md)); the reasons are written by hand in
`workflow/comparison/reasons.yaml`, each with the files that show it.
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


def write_discrepancies(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Sort the mismatches by their reasons and write ``discrepancies.md``.

    Args:
        spec: variant (a name or None).
        inputs: ``cells.csv``, ``claims.csv`` and the YAML file with the reasons.
        outputs: the ``.md`` to write.

    Raises:
        UserError: an input cannot be read, or a reason names what does not exist.
    """
    cells, claims = read_cells(inputs[0]), read_verdicts(inputs[1])
    reasons = read_reasons(inputs[2], cells, claims["number"].tolist())
    # Evidence is named from the repository's root, where jobs run; a published report is read in
    # its published folder.
    home = outputs[0].parent if spec["variant"] else PUBLISHED
    write_text(outputs[0], _report(spec["variant"], cells, claims, reasons, home))


def read_verdicts(source: Path) -> pd.DataFrame:
    """Read the verdicts of ``claims.csv``: number, statement, claim_verdict, one line per claim."""
    columns = ["number", "statement", "claim_verdict"]
    frame = read_csv(source, columns[:1], columns[1:], may_be_empty=True)
    return frame[columns].drop_duplicates()


def sort_mismatches(
    cells: pd.DataFrame, claims: pd.DataFrame, reasons: list[Reason]
) -> tuple[list[Explained], Explained]:
    """Return each reason its mismatches, in the order of the file, and those without a reason."""
    missed = [cell for _, cell in cells[cells["within"].eq(False)].iterrows()]
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
    reasons: list[Reason],
    home: Path,
) -> str:
    explained, rest = sort_mismatches(cells, claims, reasons)
    run = cells[cells["runs"] > 0]
    outside = int(run["within"].eq(False).sum())
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
    lines += [_section(f"## {i}. Reason", e, home) for i, e in enumerate(needed, 1)]
    if len(rest):
        lines.append(_section(f"## {UNKNOWN.capitalize()}: {len(rest)}", rest, home))
    gone = [entry.reason for entry in explained if not len(entry)]
    if gone:
        lines += ["## Reasons no longer needed", "", "All that they name matches now.", ""]
        lines += [f"- {_names(reason)}: {_prose(reason)}" for reason in gone] + [""]
    return "\n".join(lines)


def _section(title: str, entry: Explained, home: Path) -> str:
    lines = [title, ""]
    if entry.reason:
        evidence = entry.reason.evidence
        links = ", ".join(f"[{path}]({os.path.relpath(path, home)})" for path in evidence)
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
    return [
        str(cell["table"]),
        cell_name(cell),
        published(cell),
        mean_and_std(cell["mean"], cell["sample_std"]),
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
