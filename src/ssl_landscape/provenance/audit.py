"""The audit: all checks over all results, as a table, as JSON and as Markdown."""

from pathlib import Path
from typing import Any

from ssl_landscape.io.files import write_json, write_text
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.checks import CHECKS
from ssl_landscape.provenance.checks.finding import PROBLEM, Finding
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import Evidence

MEANINGS = {
    "altered": "was changed by hand, or damaged",
    "missing": "should be here",
    "incomplete": "a run of a grid is missing",
    "unverified": "nothing tells what it should be",
    "not in manifest": "made after the manifest",
    "inconsistent": "what was made from it was made from another version",
    "settings": "made with settings that are not the config's",
    "code": "made by code that is not the current",
    "mixed code": "one model's runs, by different code",
    "dirty tree": "made from code that no commit has",
    "mixed versions": "made with other versions than the rest",
    "failed": "a job failed or was killed, and has not succeeded since",
    "excluded": "a run or seed that is left out",
    "unclaimed": "no rule makes it",
    "retried": "needed more than one attempt",
    "no commit": "made where there is no git repository",
    "mixed machines": "made on another kind of processor",
    "old record": "a record of the first format",
}


def audit(plan: Plan) -> dict[str, Any]:
    """Check all results of a plan.

    Returns:
        ``passed``; ``counts`` of files (verified, altered or missing, not present in this clone);
        ``findings``, each with kind, subject, detail and weight: a problem makes the audit fail, a
        remark does not.
    """
    graph = Graph(plan)
    found = Evidence(graph)
    findings = [finding for check in CHECKS for finding in check(graph, found)]
    order = list(MEANINGS)
    findings.sort(key=lambda f: (f.weight != PROBLEM, order.index(f.kind), f.subject))
    problems = {f.subject for f in findings if f.weight == PROBLEM}
    files = [file for job in graph.jobs for file in (*job.outputs, job.record)]
    present = [file for file in files if file in found.files]
    return {
        "passed": not problems,
        "results": graph.results,
        "counts": {
            "files": len(files),
            "present": len(present),
            "sound": len([file for file in present if file not in problems]),
            "not present in this clone": len(
                [f for f in files if f not in found.files and not found.is_expected(f)]
            ),
        },
        "checked against": _references(graph, found),
        "not present": _absent(graph, found),
        "other variants": [path.as_posix() for path in found.other_variants],
        "findings": [vars(finding) for finding in findings],
    }


def _references(graph: Graph, found: Evidence) -> dict[str, Any]:
    return {"records": len(found.records), "manifests": found.manifests}


def _absent(graph: Graph, found: Evidence) -> dict[str, int]:
    """Count by rule the jobs of which nothing is here, nor has to be."""
    counts: dict[str, int] = {}
    for job in graph.jobs:
        files = (*job.outputs, job.record)
        if not any(file in found.files or found.is_expected(file) for file in files):
            counts[job.rule] = counts.get(job.rule, 0) + 1
    return counts


def write_audit(report: dict[str, Any], folder: Path) -> None:
    """Write ``audit.json`` and ``audit.md``."""
    write_json(folder / "audit.json", report)
    write_text(folder / "audit.md", markdown(report))


def markdown(report: dict[str, Any]) -> str:
    """Return the report as Markdown; findings that differ in the file alone stand together."""
    counts = report["counts"]
    verdict = "passed" if report["passed"] else "FAILED"
    lines = [
        f"# Audit of {report['results']}: {verdict}",
        "",
        f"{counts['present']} of {counts['files']} files are here, {counts['sound']} of them "
        f"sound; {counts['not present in this clone']} are not present in this clone.",
        f"Checked against {report['checked against']['records']} records and "
        f"{', '.join(report['checked against']['manifests']) or 'no manifest'}.",
    ]
    if report["not present"]:
        absent = ", ".join(f"{n} {rule}" for rule, n in report["not present"].items())
        lines.append(f"Jobs of which nothing is present in this clone: {absent}.")
    if report["other variants"]:
        lines.append(f"Not looked at, other variants: {', '.join(report['other variants'])}.")
    if report["findings"]:
        lines += ["", "| | Finding | File | |", "| --- | --- | --- | --- |"]
    for (weight, kind, detail), subjects in _grouped(report["findings"]).items():
        more = f" and {len(subjects) - 1} more" if len(subjects) > 1 else ""
        text = detail.replace("|", r"\|")
        lines.append(f"| {weight} | {kind}: {MEANINGS[kind]} | {subjects[0]}{more} | {text} |")
    return "\n".join(lines) + "\n"


def _grouped(findings: list[dict[str, str]]) -> dict[tuple, list[str]]:
    groups: dict[tuple, list[str]] = {}
    for one in findings:
        finding = Finding(**one)
        key = finding.weight, finding.kind, _without_names(finding)
        groups.setdefault(key, []).append(finding.subject)
    return groups


def _without_names(finding: Finding) -> str:
    """Leave out of a detail what only names the file's own record."""
    return "differs from its record" if "differs from results" in finding.detail else finding.detail
