"""The audit: all checks over all results, as a table, as JSON and as Markdown."""

from pathlib import Path
from typing import Any

from ssl_landscape.io.files import write_json, write_text
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.checks import CHECKS, PROBLEM
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import Inventory


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
    findings.sort(key=lambda f: (f.weight != PROBLEM, f.kind, f.subject))
    problems = {f.subject for f in findings if f.weight == PROBLEM}
    files = [file for job in graph.jobs for file in job.files]
    present = [file for file in files if file in found.files]
    unbuilt = [job.rule for job in graph.jobs if found.files.isdisjoint(job.files)]
    return {
        "passed": not problems,
        "results": graph.results,
        "counts": {
            "files": len(files),
            "present": len(present),
            "sound": len([file for file in present if file not in problems]),
            "records": len(found.records),
            "published": len(found.published.files),
        },
        "not built": {rule: unbuilt.count(rule) for rule in dict.fromkeys(unbuilt)},
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
    if report["findings"]:
        lines += ["", "| | Finding | File | |", "| --- | --- | --- | --- |"]
    groups: dict[tuple[str, str, str], list[str]] = {}
    for one in report["findings"]:
        group = one["weight"], one["kind"], one["detail"]
        groups.setdefault(group, []).append(one["subject"])
    for (weight, kind, detail), subjects in groups.items():
        more = f" and {len(subjects) - 1} more" if len(subjects) > 1 else ""
        text = detail.replace("|", r"\|")
        lines.append(f"| {weight} | {kind} | {subjects[0]}{more} | {text} |")
    return "\n".join(lines) + "\n"
