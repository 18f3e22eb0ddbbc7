"""``ssl-landscape why``: what would run for a target, and for which reason.

Snakemake decides; its reasons name parameters as one long line. The records tell which setting or
which module that is.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import Job, hash_spec
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.checks.finding import some
from ssl_landscape.provenance.checks.settings import changed_modules, differences
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import Inventory

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


def why(plan: Plan, targets: list[str], configs: list[Path]) -> dict[str, Any]:
    """Return what would run for targets and why.

    Returns:
        ``jobs``: each with rule, name, its own reasons, and whether it (also) follows from others.

    Raises:
        UserError: Snakemake does not know a target, or cannot plan.
    """
    graph = Graph(plan)
    found = Inventory(graph)
    jobs = []
    for rule, output, reason in parse(_dry_run(targets, configs)):
        job = graph.producer.get(output)
        follows = "Input files updated by another job" in reason or rule == "manifest"
        own = reasons(reason, job, found)
        name = job.name if job else ""
        jobs.append({"rule": rule, "name": name, "reasons": own, "follows": follows})
    order = {f"{job.rule} {job.name}": position for position, job in enumerate(graph.jobs)}
    jobs.sort(key=lambda one: order.get(f"{one['rule']} {one['name']}", len(order)))
    return {"targets": targets, "jobs": jobs}


def config_options(configs: list[Path]) -> list[str]:
    """Return the options with which Snakemake reads these config files.

    Raises:
        UserError: the first is not config.yaml, over which the Snakefile lays all others.
    """
    if configs[0].resolve() != Path("config.yaml").resolve():
        raise UserError(
            f"--config: {configs[0]} comes first, but Snakemake always begins with config.yaml; "
            f"give --config config.yaml {configs[0]}"
        )
    return ["--configfile", *map(str, configs[1:])] if configs[1:] else []


def _dry_run(targets: list[str], configs: list[Path]) -> str:
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "host", "--nolock"]
    command += [*targets, *config_options(configs)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SNAKEMAKE_")}
    process = subprocess.run(command, capture_output=True, text=True, env=environment)
    output = process.stdout + process.stderr
    if process.returncode != 0:
        lines = [line.strip() for line in output.splitlines()]
        named = (n for n, line in enumerate(lines) if "Exception" in line or "Error" in line)
        first = next(named, 0)
        raise UserError("Snakemake cannot plan it: " + " ".join(lines[first : first + 4]))
    return output


def parse(text: str) -> list[tuple[str, str, str]]:
    """Read (rule, first output, reason) of each job from a dry run.

    A job with a message is shown by that alone: its rule is known only from the counts.

    Raises:
        UserError: the jobs are not as many as Snakemake counts, so that the format is another one.
    """
    if "Nothing to be done" in text:
        return []
    jobs = []
    for block in re.split(r"^(?:local)?rule (?=\w+:$)", text, flags=re.MULTILINE)[1:]:
        fields = dict(re.findall(r"^    (\w+): (.*)$", block, flags=re.MULTILINE))
        output = fields.get("output", "").split(", ")[0]
        jobs.append((block.partition(":")[0], output, fields.get("reason", "")))
    table = re.search(r"^Job stats:\n.*\n[- ]+\n((?:\w+ +\d+\n)+)", text, flags=re.MULTILINE)
    counts = {k: int(n) for k, n in re.findall(r"^(\w+) +(\d+)$", table[1] if table else "", re.M)}
    shown = [rule for rule, _, _ in jobs]
    if not counts or any(shown.count(rule) != counts.get(rule) for rule in shown):
        raise UserError("Snakemake's plan cannot be read; see snakemake --dry-run --quiet host")
    hidden = 0 if "manifest" in shown else counts.get("manifest", 0)
    return jobs + [("manifest", "", "")] * hidden


def reasons(reason: str, job: Job | None, found: Inventory) -> list[str]:
    """Return why a job would run, beside what follows from other jobs."""
    said = []
    for start, ours in REASONS.items():
        if match := re.search(rf"{start}[^:;]*(?:: ([^;]*))?", reason):
            details = _details(job, found) if job and start.startswith("Params") else ""
            said.append(details or ours.format(match[1]))
    return said


def _details(job: Job, found: Inventory) -> str:
    """Name the settings, modules or missing files for which a job's parameters have changed."""
    record, parts = found.facts(job), []
    if record and hash_spec(record["spec"]) != job.spec_hash:
        parts.append(f"setting {differences(record['spec'], job.spec)}")
    if record and record["code"] != job.code:
        parts.append(f"code {changed_modules(record, job)}")
    before = [file for one in found.graph.upstream(job)[:-1] for file in one.outputs]
    if gone := [file for file in before if file not in found.files]:
        parts.append(f"intermediate files are missing: {some(gone)}")
    return "; ".join(parts)


def text(report: dict[str, Any]) -> str:
    """Return the report as text: causes first, then what follows from them."""
    jobs = report["jobs"]
    what = " ".join(report["targets"]) or "all"
    if not jobs:
        return f"{what}: nothing would run\n"
    groups: dict[tuple[str, str], list[str]] = {}
    for one in jobs:
        groups.setdefault((one["rule"], "; ".join(one["reasons"])), []).append(one["name"])
    lines = [f"{what}: {len(jobs)} job(s) would run", ""]
    lines += [f"{_title(rule, n)}: {reason}" for (rule, reason), n in groups.items() if reason]
    after = [f"  {_title(rule, n)}" for (rule, reason), n in groups.items() if not reason]
    return "\n".join([*lines, *(["", "and what is made from these:"] if after else []), *after, ""])


def _title(rule: str, names: list[str]) -> str:
    """Name jobs of a rule; all runs of a model and all seeds of a dataset share a name."""
    listed = ", ".join(dict.fromkeys(name.split("/")[0] for name in names if name))
    count = f" ({len(names)} jobs)" if len(names) > 1 else ""
    return f"{rule} {listed}".strip() + count
