"""``ssl-landscape why``: what would run for a target, and for which reason.

Snakemake decides; where it says that parameters have changed, in one long line, the records tell
which setting or which module that is.
"""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import Job, hash_spec
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.differences import changed_modules, changed_settings, some
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import Inventory
from ssl_landscape.provenance.own_snakemake import run_snakemake

FOLLOWS = "Input files updated by another job"
PARAMS = "Params have changed since last execution"


def why(plan: Plan, targets: list[str], configs: list[Path]) -> dict[str, Any]:
    """Return what would run for targets and why.

    Returns:
        ``jobs``: each with rule, name, its own reasons, and whether it (also) follows from others.

    Raises:
        UserError: Snakemake does not know a target, or cannot plan.
    """
    graph = Graph(plan)
    found = Inventory(graph)
    jobs: list[dict[str, Any]] = []
    for rule, output, reason in parse(_dry_run(targets, configs)):
        job = graph.producer.get(output)
        follows = FOLLOWS in reason or rule == "manifest"
        own, name = _reasons(reason, job, found), job.name if job else ""
        jobs.append({"rule": rule, "name": name, "reasons": own, "follows": follows})
    order = {(job.rule, job.name): position for position, job in enumerate(graph.jobs)}
    jobs.sort(key=lambda one: order.get((one["rule"], one["name"]), len(order)))
    return {"targets": targets, "jobs": jobs}


def _dry_run(targets: list[str], configs: list[Path]) -> str:
    options = ["--dry-run", "--quiet", "host", "--nolock", *targets]
    with _writable_folder() as folder:
        return run_snakemake(options, configs, "plan", folder)


@contextlib.contextmanager
def _writable_folder() -> Iterator[Path]:
    """Yield this folder; for who may only read it, one of links to all that it holds.

    Snakemake, even to plan, writes into ``.snakemake``.
    """
    if os.access(".", os.W_OK):
        yield Path()
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ".snakemake").mkdir()
        linked = [path for path in Path().iterdir() if path.name != ".snakemake"]
        linked += [*Path(".snakemake").glob("metadata"), *Path(".snakemake").glob("incomplete")]
        for path in linked:
            (folder / path).symlink_to(path.resolve())
        yield folder


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
    table = text.partition("Job stats:\n")[2].partition("\n\n")[0]
    counts = {rule: int(n) for rule, n in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}
    shown = [rule for rule, _, _ in jobs]
    if not counts or any(shown.count(rule) != counts.get(rule) for rule in shown):
        raise UserError("Snakemake's plan cannot be read; see snakemake --dry-run --quiet host")
    hidden = 0 if "manifest" in shown else counts.get("manifest", 0)
    return jobs + [("manifest", "", "")] * hidden


def _reasons(reason: str, job: Job | None, found: Inventory) -> list[str]:
    """Return why a job would run, beside what follows from other jobs."""
    # The params' values may hold a semicolon, too.
    reason = re.sub(rf"({PARAMS}).*?(?=; Software environment|$)", r"\1", reason)
    own = [one for one in reason.split("; ") if one and not one.startswith(FOLLOWS)]
    details = _details(job, found) if job and PARAMS in own else ""
    return [details if details and one == PARAMS else one for one in own]


def _details(job: Job, found: Inventory) -> str:
    """Name the settings, modules or missing inputs for which a job's parameters have changed."""
    record, parts = found.facts(job), []
    if record and hash_spec(record["spec"]) != job.spec_hash:
        parts.append(f"setting {changed_settings(record, job)}")
    if record and record["code"] != job.code:
        parts.append(f"code {changed_modules(record, job)}")
    if gone := [file for file in job.inputs if not Path(file).exists()]:
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
    titles = {group: _title(group[0], names) for group, names in groups.items()}
    lines = [f"{what}: {len(jobs)} job(s) would run", ""]
    lines += [f"{title}: {reason}" for (_, reason), title in titles.items() if reason]
    after = [f"  {title}" for (_, reason), title in titles.items() if not reason]
    return "\n".join([*lines, *(["", "and what is made from these:"] if after else []), *after, ""])


def _title(rule: str, names: list[str]) -> str:
    """Name jobs of a rule; all runs of a model and all seeds of a dataset share a name."""
    listed = ", ".join(dict.fromkeys(name.split("/")[0] for name in names if name))
    count = f" ({len(names)} jobs)" if len(names) > 1 else ""
    return f"{rule} {listed}".strip() + count
