"""Whether git's history knows the commits that results name, and has there the code that they name.

Where there is no repository at the project's root, nothing is said.
"""

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.provenance.environment import without_git
from ssl_landscape.provenance.finding import PROBLEM, REMARK, Finding
from ssl_landscape.provenance.inventory import Inventory

CODES = """if True:
    import json, sys
    from ssl_landscape.pipeline.code_roots import code_of
    def code(rule, spec):
        try:
            return code_of(rule, spec)
        except (KeyError, TypeError, OSError):
            return None
    print(json.dumps([code(*job) for job in json.load(sys.stdin)]))"""


def check_history(found: Inventory, deep: bool) -> Iterator[Finding]:
    """Find commits that the repository does not have; if ``deep``, ones whose code is other code.

    A tree that was dirty, and is said to be clean, had other code than its commit. Where git does
    not read the repository, such as another user's, that alone is said.
    """
    if not Path(".git").exists():
        return
    jobs: dict[str, dict[str, tuple[Job, str]]] = {}  # commit -> record -> job, its code
    for source in (found.published, found):
        for job in found.graph.jobs:
            facts = source.facts(job)
            git = facts.get("git")
            if git and not git["dirty"]:
                jobs.setdefault(str(git["commit"]), {})[job.record] = job, facts["code"]
    try:
        # One that is no hash is not looked up: git would take a branch's name, too.
        listed = _git("cat-file", "--batch-check", text="\n".join(jobs)).decode().splitlines()
        shallow = _git("rev-parse", "--is-shallow-repository").strip() == b"true"
    except (OSError, subprocess.CalledProcessError) as error:  # no git, or another user's .git
        said = getattr(error, "stderr", b"").decode(errors="replace") or str(error)
        yield Finding("commits not looked up", ".git", " ".join(said.split()), REMARK)
        return
    known = {line.split()[0] for line in listed if line.split()[1:2] == ["commit"]}
    for commit, claims in jobs.items():
        if commit not in known:
            detail = f"made by commit {commit[:10]}, which this repository does not have"
            weight = REMARK if shallow else PROBLEM
            yield from (Finding("no such commit", record, detail, weight) for record in claims)
        elif deep:
            codes = _codes_at(commit, [job for job, _ in claims.values()])
            for (record, (_, code)), then in zip(claims.items(), codes, strict=True):
                if code != then:
                    detail = f"commit {commit[:10]} has other code; the tree was not clean"
                    yield Finding("no such code", record, detail)


def _codes_at(commit: str, jobs: list[Job]) -> list[str | None]:
    """Return the code of each job as a commit has it; None where it has none."""
    with TemporaryDirectory() as folder:
        try:
            archive = _git("archive", commit, "src/ssl_landscape")
        except subprocess.CalledProcessError:  # it has no such folder
            return [None] * len(jobs)
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        process = subprocess.run(
            [sys.executable, "-c", CODES],
            input=json.dumps([[job.rule, job.spec] for job in jobs]),
            env=os.environ | {"PYTHONPATH": str(Path(folder, "src"))},
            capture_output=True,
            text=True,
        )
    return json.loads(process.stdout) if process.returncode == 0 else [None] * len(jobs)


def _git(*arguments: str, text: str = "") -> bytes:
    command, asked, own = ["git", *arguments], text.encode(errors="replace"), without_git()
    process = subprocess.run(command, input=asked, env=own, capture_output=True, check=True)
    return process.stdout
