"""The audit: all checks over all results, as a table, as JSON and as Markdown."""

import re
from pathlib import Path
from typing import Any

from ssl_landscape.io.files import write_json, write_text
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.checks import CHECKS
from ssl_landscape.provenance.checks.finding import PROBLEM, Finding
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import Inventory

MEANINGS = {
    "altered": "was changed by hand, or damaged",
    "other version": "its record has another format",
    "missing": "should be here",
    "incomplete": "a run of a grid is missing",
    "unverified": "nothing tells what it should be",
    "not in manifest": "made after the manifest",
    "inconsistent": "what was made from it was made from another version",
    "settings": "made with settings that are not the config's",
    "code": "made by code that is not the current",
    "dirty tree": "made from code that no commit has",
    "mixed versions": "made with other versions than the rest",
    "failed": "a job failed or was killed, and has not succeeded since",
    "excluded": "a run or seed that is left out",
    "unclaimed": "no rule makes it",
    "retried": "needed more than one attempt",
    "no commit": "made where there is no git repository",
    "mixed machines": "made on another kind of processor",
}


def audit(plan: Plan) -> dict[str, Any]:
    """Check all results of a plan, and the published copy of them if there is one.

    Returns:
        ``passed``; ``counts`` of files (present, sound, published); ``not built``, the jobs of
        which nothing is here, by rule; ``findings``, each with kind, subject, detail and weight: a
        problem makes the audit fail, a remark does not.
    """
    graph = Graph(plan)
    found = Inventory(graph)
    findings = [finding for check in CHECKS for finding in check(graph, found)]
    order = list(MEANINGS)
    findings.sort(key=lambda f: (f.weight != PROBLEM, order.index(f.kind), f.subject))
    problems = {f.subject for f in findings if f.weight == PROBLEM}
    files = [file for job in graph.jobs for file in (*job.outputs, job.record)]
    present = [file for file in files if file in found.files]
    unbuilt = [job.rule for job in graph.jobs if not found.is_made(job)]
    return {
        "passed": not problems,
        "results": graph.results,
        "counts": {
            "files": len(files),
            "present": len(present),
            "sound": len([file for file in present if file not in problems]),
            "records": len(found.records),
            "published": len(found.published.files()),
        },
        "not built": {rule: unbuilt.count(rule) for rule in dict.fromkeys(unbuilt)},
        "other variants": [path.as_posix() for path in found.other_variants],
        "findings": [vars(finding) for finding in findings],
    }


def write_audit(report: dict[str, Any], folder: Path) -> None:
    """Write ``audit.json`` and ``audit.md``."""
    write_json(folder / "audit.json", report)
    write_text(folder / "audit.md", markdown(report))


def markdown(report: dict[str, Any]) -> str:
    """Return the report as Markdown; findings that differ only in the file share a line."""
    counts = report["counts"]
    verdict = "passed" if report["passed"] else "FAILED"
    lines = [
        f"# Audit of {report['results']}: {verdict}",
        "",
        f"{counts['present']} of {counts['files']} files are built, {counts['sound']} of them "
        f"sound, checked against {counts['records']} records; {counts['published']} files are "
        "published.",
    ]
    if report["not built"]:
        unbuilt = ", ".join(f"{n} {rule}" for rule, n in report["not built"].items())
        lines.append(f"Jobs that have not run here: {unbuilt}.")
    if report["other variants"]:
        lines.append(f"Other variants, not checked: {', '.join(report['other variants'])}.")
    if report["findings"]:
        lines += ["", "| | Finding | File | |", "| --- | --- | --- | --- |"]
    for (weight, kind, detail), subjects in _grouped(report["findings"]).items():
        more = f" and {len(subjects) - 1} more" if len(subjects) > 1 else ""
        text = detail.replace("|", r"\|")
        lines.append(f"| {weight} | {kind}: {MEANINGS[kind]} | {subjects[0]}{more} | {text} |")
    return "\n".join(lines) + "\n"


def _grouped(findings: list[dict[str, str]]) -> dict[tuple[str, str, str], list[str]]:
    """Return (weight, kind, detail) -> subjects."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for one in (Finding(**finding) for finding in findings):
        detail = re.sub(r"recorded in [^;]+", "in its record", one.detail)  # a name per file
        groups.setdefault((one.weight, one.kind, detail), []).append(one.subject)
    return groups
