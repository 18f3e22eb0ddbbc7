"""The audit: all checks over all results, as a table, as JSON and as Markdown."""

from collections import Counter
from pathlib import Path
from typing import Any

from ssl_landscape.io.files import write_json, write_text
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.checks import CHECKS, findings_of
from ssl_landscape.provenance.finding import PROBLEM
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.history import check_history
from ssl_landscape.provenance.inventory import Inventory
from ssl_landscape.provenance.recompute import recompute

REPORTS = ("audit.json", "audit.md")


def audit(plan: Plan, deep: bool = False, retrain: int = 0, seed: int = 0) -> dict[str, Any]:
    """Check all results of a plan, and the published copy of them if there is one.

    Args:
        plan: the plan.
        deep: whether all that follows from other files is made again, not only what is fast.
        retrain: the number of runs to train again.
        seed: chooses these runs, and the datasets that are drawn again unless ``deep``.

    Returns:
        ``passed``; ``counts`` of files (present, sound, published); ``not built``, the jobs of
        which nothing is here, by rule; ``recomputed``, how many jobs of each rule were asked;
        ``findings``, each with kind, subject, detail and weight: a problem makes the audit fail, a
        remark does not.
    """
    graph = Graph(plan)
    found = Inventory(graph)
    recomputed: Counter[str] = Counter()
    findings = findings_of(graph, found, CHECKS)
    findings += check_history(found, deep)
    findings += recompute(found, deep, retrain, seed, recomputed)
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
        "recomputed": dict(recomputed),
        "seed": seed,
        "findings": [
            {key: _printable(value) for key, value in vars(finding).items()} for finding in findings
        ],
    }


def _printable(text: str) -> str:
    """Escape what a terminal or a file cannot show: names of files may be any bytes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def write_audit(report: dict[str, Any], folder: Path) -> None:
    """Write ``audit.json`` and ``audit.md``."""
    write_json(folder / REPORTS[0], report)
    write_text(folder / REPORTS[1], markdown(report))


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
    if report["recomputed"]:
        again = ", ".join(f"{n} {what}" for what, n in report["recomputed"].items())
        lines.append(f"Recomputed: {again} (chosen by --seed {report['seed']}).")
    if report["findings"]:
        lines += ["", "| | Finding | File | |", "| --- | --- | --- | --- |"]
    groups: dict[tuple[str, str, str], list[str]] = {}
    for one in report["findings"]:
        group = one["weight"], one["kind"], one["detail"]
        groups.setdefault(group, []).append(one["subject"])
    for (weight, kind, detail), subjects in groups.items():
        more = f" and {len(subjects) - 1} more" if len(subjects) > 1 else ""
        file, text = (part.replace("|", r"\|") for part in (subjects[0], detail))
        lines.append(f"| {weight} | {kind} | {file}{more} | {text} |")
    return "\n".join(lines) + "\n"
