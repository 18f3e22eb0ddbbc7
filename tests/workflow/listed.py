"""All jobs of a config, by the list of jobs of this package or (as a script) a workspace's."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class ListedJob(NamedTuple):
    """One job: what makes it stale, and its files."""

    target: str
    rule: str
    name: str
    spec: str  # as its command has it
    code: str
    inputs: tuple[str, ...]
    files: tuple[str, ...]  # its record last


def list_jobs(*configs: Path) -> list[ListedJob]:
    """List all jobs of these config files, each laid over those before it."""
    from ssl_landscape.config import load_config
    from ssl_landscape.pipeline import jobs
    from ssl_landscape.pipeline.plan import Plan, canonical

    return [
        ListedJob(
            job.target, job.rule, job.name, canonical(job.spec), job.code, job.inputs, job.files
        )
        for job in jobs.list_jobs(Plan(load_config(*configs)))
    ]


def list_jobs_in(folder: Path, environment: dict[str, str], *configs: str) -> list[ListedJob]:
    """List all jobs as the package of a workspace does."""
    process = subprocess.run(
        [sys.executable, __file__, *configs],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    return [
        ListedJob(*texts, tuple(inputs), tuple(files))
        for *texts, inputs, files in json.loads(process.stdout)
    ]


def stale(before: Iterable[ListedJob], after: Iterable[ListedJob]) -> set[tuple[str, str]]:
    """Return rule and name of the jobs of ``all`` that a change makes stale.

    Those whose own spec, code or inputs differ, and all that rests on them, as Snakemake has it.
    """
    known = {job[1:3]: job[3:6] for job in before if job.target == "all"}
    found: set[tuple[str, str]] = set()
    files: set[str] = set()
    for job in after:  # each after those that it needs
        fresh = known.get(job[1:3]) == job[3:6] and files.isdisjoint(job.inputs)
        if job.target == "all" and not fresh:
            found.add(job[1:3])
            files.update(job.files)
    return found


if __name__ == "__main__":
    print(json.dumps(list_jobs(*map(Path, sys.argv[1:]))))
