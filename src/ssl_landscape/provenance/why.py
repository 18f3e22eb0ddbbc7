"""``ssl-landscape why``: what would run for a target, and for which reason.

Snakemake decides; its reasons name parameters as one long line. The records tell which setting or
which module that is.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import Job, hash_spec
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.checks.settings import changed_modules, differences
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import Evidence

FOLLOWS = "Input files updated by another job"
# Snakemake's reasons, and ours where no record tells more.
REASONS = {
    "Missing output files": "missing: {}",
    "Incomplete output files": "left incomplete: {}",
    "Updated input files": "changed since: {}",
    "Set of input files has changed": "reads other files than before",
    "Code has changed": "the command of its rule has changed",
    "Params have changed": "its settings or code have changed",
    "Software environment": "the definition of its environment has changed",
    "Forced execution": "forced",
}


@dataclass(frozen=True)
class Planned:
    """A job that Snakemake would run."""

    rule: str
    output: str
    reason: str


def why(plan: Plan, targets: list[str], configs: list[Path]) -> dict[str, Any]:
    """Say what would run for targets and why.

    Returns:
        ``jobs``: each with rule, name, its own reasons, and whether it (also) follows from others.

    Raises:
        UserError: Snakemake does not know a target, or cannot plan.
    """
    graph = Graph(plan)
    found = Evidence(graph)
    planned, manifests = parse(_dry_run(targets, configs))
    jobs = []
    for one in planned:
        job = graph.producer.get(one.output)
        jobs.append(
            {
                "rule": one.rule,
                "name": job.name if job else "",
                "reasons": reasons(one, job, found),
                "follows": FOLLOWS in one.reason,
            }
        )
    manifest = {"rule": "manifest", "name": "", "reasons": [], "follows": True}
    order = {(job.rule, job.name): position for position, job in enumerate(graph.jobs)}
    jobs.sort(key=lambda one: order.get((one["rule"], one["name"]), len(order)))
    return {"targets": targets, "jobs": jobs + [manifest] * manifests}


def _dry_run(targets: list[str], configs: list[Path]) -> str:
    configfile = ["--configfile", *map(str, configs[1:])] if configs[1:] else []
    command = ["-m", "snakemake", "--dry-run", "--quiet", "host", "--nolock", *targets, *configfile]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SNAKEMAKE_")}
    process = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, env=environment
    )
    if process.returncode != 0:
        lines = [line.strip() for line in (process.stdout + process.stderr).splitlines()]
        first = next(
            (n for n, line in enumerate(lines) if "Exception" in line or "Error" in line), 0
        )
        raise UserError("Snakemake cannot plan it: " + " ".join(lines[first : first + 4]))
    return process.stdout + process.stderr


def parse(text: str) -> tuple[list[Planned], int]:
    """Read jobs and reasons from a dry run.

    Returns:
        The jobs, and how many manifests would be made (shown by their message alone).

    Raises:
        UserError: these are not as many as Snakemake counts, so that the format is another one.
    """
    if "Nothing to be done" in text:
        return [], 0
    jobs = []
    for block in re.split(r"^(?=(?:local)?rule \w+:$)", text, flags=re.MULTILINE)[1:]:
        rule = re.match(r"(?:local)?rule (\w+):", block)[1]
        fields = dict(re.findall(r"^    (\w+): (.*)$", block, flags=re.MULTILINE))
        jobs.append(
            Planned(rule, fields.get("output", "").split(", ")[0], fields.get("reason", ""))
        )
    table = re.search(r"^Job stats:\n.*\n[- ]+\n((?:\w+ +\d+\n)+)", text, flags=re.MULTILINE)
    counts = dict(re.findall(r"^(\w+) +(\d+)$", table[1], flags=re.MULTILINE)) if table else {}
    shown = {job.rule for job in jobs}
    if not counts or sum(int(counts[rule]) for rule in shown) != len(jobs):
        raise UserError("Snakemake's plan cannot be read; see snakemake --dry-run --quiet host")
    return jobs, int(counts.get("manifest", 0))


def reasons(planned: Planned, job: Job | None, found: Evidence) -> list[str]:
    """Say why a job would run, beside what follows from other jobs."""
    said = []
    for start, ours in REASONS.items():
        if match := re.search(rf"{start}[^:;]*(?:: ([^;]*))?", planned.reason):
            said.append(
                _details(job, found) if start.startswith("Params") else ours.format(match[1])
            )
    return said


def _details(job: Job | None, found: Evidence) -> str:
    """Name the settings or modules that differ from those of the job's record."""
    record = found.records.get(job.record) if job else None
    if record is None:
        return REASONS["Params have changed"]
    parts = []
    if hash_spec(record["spec"]) != job.spec_hash:
        parts.append(f"setting {differences(record['spec'], job.spec)}")
    if record["code"] != job.code:
        parts.append(f"code {changed_modules(record, job)}")
    return "; ".join(parts) or REASONS["Params have changed"]


def text(report: dict[str, Any]) -> str:
    """Write the report for a reader: causes first, then what follows from them."""
    jobs = report["jobs"]
    what = " ".join(report["targets"]) or "all"
    if not jobs:
        return f"{what}: nothing would run\n"
    groups: dict[tuple[str, str], list[str]] = {}
    after: dict[str, list[str]] = {}
    for one in jobs:
        if one["reasons"]:
            groups.setdefault((one["rule"], "; ".join(one["reasons"])), []).append(one["name"])
        else:
            after.setdefault(one["rule"], []).append(one["name"])
    lines = [f"{what}: {len(jobs)} job(s) would run", ""]
    lines += [f"{_title(rule, names)}: {reason}" for (rule, reason), names in groups.items()]
    if after:
        lines += ["", "and what is made from these:"]
    lines += [f"  {_title(rule, names)}" for rule, names in after.items()]
    return "\n".join(lines) + "\n"


def _title(rule: str, names: list[str]) -> str:
    """Name jobs of a rule; all runs of a model and all seeds of a dataset stand as one."""
    listed = ", ".join(dict.fromkeys(name.split("/")[0] for name in names if name))
    count = f" ({len(names)} jobs)" if len(names) > 1 else ""
    return f"{rule} {listed}".strip() + count
