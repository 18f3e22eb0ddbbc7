"""A copy of the project in a temporary folder, and Snakemake run inside it."""

import ast
import compileall
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .listed import ListedJob, list_jobs_in

PROJECT = Path(__file__).parents[2]
PARTS = (
    ".gitignore",
    "Snakefile",
    "config.yaml",
    "pyproject.toml",
    "workflow",
    "profiles",
    "src",
    "envs",
)
SMOKE = "workflow/variants/smoke.yaml"
# Shown by their messages, without their names: targets, which make no file of their own, and the
# manifest.
TARGET_RULES = (
    *("all", "datasets", "figures", "tables", "comparison", "theory"),
    *("ablations", "replication", "beyond"),
)
MANIFEST = ("manifest", "")
# What other processes write and remove while a workspace is copied.
FLEETING = ("running", "locks", "*.pyc.*")

ONLY_IN_TABLES = ("ncl-linear", "cl-linear", "ncl-warm-start-0.02", "ncl-warm-start-0.002")

Job = tuple[str, str]  # rule and name: ("train", "cl-basic/sparsity-0.1/seed-1")


@dataclass(frozen=True)
class PlannedJob:
    """One job of a dry run."""

    job: Job
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    beside: tuple[str, ...]  # log and benchmark
    command: str

    @property
    def files(self) -> tuple[str, ...]:
        """All that it writes."""
        return (*self.outputs, *self.beside)


@dataclass(frozen=True)
class Workspace:
    """A working copy; its programs import the copy's own package, not the installed one."""

    folder: Path

    @classmethod
    def of_project(cls, folder: Path) -> "Workspace":
        """Copy the project without results and without Snakemake's records, as a git clone."""
        folder.mkdir(parents=True)
        for part in PARTS:
            source, target = PROJECT / part, folder / part
            if source.is_symlink() or source.is_file():
                shutil.copy2(source, target, follow_symlinks=False)
            else:
                ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
                shutil.copytree(source, target, symlinks=True, ignore=ignore)
        # Once, for all copies: what Python and numba compile.
        compileall.compile_dir(folder / "src", quiet=1)
        command = [sys.executable, "-m", "tests.results.portable_hashes"]
        env = os.environ | {"PYTHONPATH": str(folder / "src")}
        subprocess.run(command, cwd=PROJECT, env=env, check=True, capture_output=True)
        workspace = cls(folder)
        workspace.git("init", "--quiet")
        workspace.commit()
        return workspace

    def copy(self, folder: Path) -> "Workspace":
        """Copy everything, Snakemake's records too."""
        ignore = shutil.ignore_patterns(*FLEETING)
        shutil.copytree(self.folder, folder, symlinks=True, ignore=ignore)
        return Workspace(folder)

    def git(self, *arguments: str) -> str:
        """Run git in this folder; return what it printed."""
        author = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "gc.auto=0")
        command = ["git", *author, *arguments]
        return subprocess.run(
            command, cwd=self.folder, check=True, capture_output=True, text=True
        ).stdout

    def commit(self) -> None:
        """Commit all that git does not ignore."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "All")

    def run(
        self, program: str, *arguments: str, before: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess:
        """Run an installed program in this folder; ``before`` is a command that starts it."""
        return subprocess.run(
            [*before, self.program(program), *arguments],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
        )

    def program(self, name: str) -> Path:
        """Return the path of an installed program."""
        return Path(sysconfig.get_path("scripts")) / name

    def environment(self) -> dict[str, str]:
        """Return the environment for programs that are to run in this folder."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("SNAKEMAKE_")}
        return inherited | {"PYTHONPATH": str(self.folder / "src"), "OMP_NUM_THREADS": "1"}

    def snakemake(
        self, *targets: str, configs: tuple = (SMOKE,), before: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess:
        """Run Snakemake on two cores with these config files laid over config.yaml."""
        configfile = ("--configfile", *configs) if configs else ()
        return self.run("snakemake", "--cores", "2", *targets, *configfile, before=before)

    def dry_run(self, *targets: str, configs: tuple = (SMOKE,)) -> list[PlannedJob]:
        """List the jobs that Snakemake would run now."""
        process = self.snakemake("--dry-run", "--printshellcmds", *targets, configs=configs)
        assert process.returncode == 0, shown(process)
        return parse_dry_run(process.stdout)

    def plan(self, *targets: str, configs: tuple = (SMOKE,)) -> set[Job]:
        """Return the jobs that Snakemake would run now; the manifest follows each of `all`'s."""
        jobs = {planned.job for planned in self.dry_run(*(targets or ("all",)), configs=configs)}
        if not targets or "all" in targets:
            assert (MANIFEST in jobs) == bool(jobs), jobs
        return jobs - {MANIFEST}

    def plan_with(self, *changes: dict[str, Any]) -> set[Job]:
        """Return the jobs that Snakemake would run if the config were changed so."""
        files = [self.write_config(f"change_{i}.yaml", c) for i, c in enumerate(changes)]
        return self.plan(configs=(SMOKE, *files))

    def list_jobs(self, *configs: str) -> list[ListedJob]:
        """List all jobs of config.yaml with these config files laid over it, by this package."""
        files = ("config.yaml", *(configs or (SMOKE,)))
        return list_jobs_in(self.folder, self.environment(), *files)

    def write_config(self, name: str, content: dict[str, Any]) -> str:
        """Write a config file to lay over the others."""
        (self.folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
        return name

    def replace(self, file: str, old: str, new: str) -> None:
        """Replace a text that occurs in a file once."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def change_function(self, file: str, function: str) -> None:
        """Change the code of a top-level function: one more statement at its start."""
        path = self.folder / "src" / "ssl_landscape" / file
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        body = next(
            node.body
            for node in ast.parse("".join(lines)).body
            if isinstance(node, ast.FunctionDef) and node.name == function
        )
        first = body[1] if isinstance(body[0], ast.Expr) else body[0]  # after the docstring
        lines.insert(first.lineno - 1, " " * first.col_offset + "changed = True\n")
        path.write_text("".join(lines), encoding="utf-8")

    def sources(self) -> list[Path]:
        """List the modules of the package."""
        return sorted((self.folder / "src").rglob("*.py"))


def interruptible() -> None:
    """Let a child be interrupted (a preexec_fn).

    Where the tests run in the background, the shell has SIGINT ignored for all that they start.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def parse_dry_run(text: str) -> list[PlannedJob]:
    """Read the jobs from the output of ``snakemake --dry-run --printshellcmds``.

    Checked against the job counts that the same output gives, so that a change of its format
    fails here instead of hiding jobs.
    """
    if "Nothing to be done" in text:
        return []
    jobs = []
    for block in re.split(r"^(?=(?:local)?rule \w+:$)", text, flags=re.MULTILINE)[1:]:
        rule = re.match(r"(?:local)?rule (\w+):", block)[1]
        fields = dict(re.findall(r"^    (\w+): (.*)$", block, flags=re.MULTILINE))
        wildcards = dict(re.findall(r"(\w+)=([^,]+)", fields.get("wildcards", "")))
        command = re.search(r"^Shell command: (.*)$", block, flags=re.MULTILINE)
        jobs.append(
            PlannedJob(
                (rule, _name(rule, wildcards)),
                _files(fields, "input"),
                _files(fields, "output"),
                _files(fields, "log", "benchmark"),
                command[1] if command else "",
            )
        )
    rules = [planned.job[0] for planned in jobs]
    table = re.search(r"^Job stats:\n.*\n[- ]+\n((?:\w+ +\d+\n)+)", text, flags=re.MULTILINE)[1]
    counts = {name: int(count) for name, count in map(str.split, table.splitlines())}
    by_message = {n: c for n, c in counts.items() if n != "total" and is_shown_by_message(n)}
    assert counts.pop("total") == len(rules) + sum(by_message.values())
    assert counts == {rule: rules.count(rule) for rule in rules} | by_message
    manifests = counts.get("manifest", 0)
    return jobs + [PlannedJob(MANIFEST, (), (), (), "")] * manifests


def is_shown_by_message(rule: str) -> bool:
    """Return whether a dry run shows a rule by its message alone."""
    return rule in (*TARGET_RULES, "manifest") or bool(re.fullmatch(r"(figure|table)_\d+", rule))


def _files(fields: dict[str, str], *keys: str) -> tuple[str, ...]:
    return tuple(file for key in keys if key in fields for file in fields[key].split(", "))


def _name(rule: str, wildcards: dict[str, str]) -> str:
    """Name a job as the list of jobs does."""
    if rule == "dataset":
        return "{dataset}/seed-{seed}".format(**wildcards)
    if rule == "train":
        return "{model}/sparsity-{sparsity}/seed-{seed}".format(**wildcards)
    return next(iter(wildcards.values()), "")


def shown(process: subprocess.CompletedProcess) -> str:
    """Return all that a program wrote; Snakemake's errors in a dry run go to stdout."""
    return process.stdout + process.stderr


def datasets(*names: str, seeds: tuple = (1, 2)) -> set[Job]:
    """Return the jobs of these datasets."""
    return {("dataset", f"{name}/seed-{seed}") for name in names for seed in seeds}


def runs(*models: str, sparsities: tuple = ("0.1", "0.3"), seeds: tuple = (1, 2)) -> set[Job]:
    """Return the training jobs of these models; one-hot latents have one sparsity."""
    return {
        ("train", f"{model}/sparsity-{sparsity}/seed-{seed}")
        for model in models
        for sparsity in (("0.1",) if model.endswith("-one-hot") else sparsities)
        for seed in seeds
    }


def metrics(*models: str) -> set[Job]:
    """Return the jobs that aggregate these models."""
    return {("metrics", model) for model in models}


def figures(*numbers: int) -> set[Job]:
    """Return the jobs of these figures."""
    return {("figure", f"figure_{number:02}") for number in numbers}


def tables(*numbers: int) -> set[Job]:
    """Return the jobs of these tables."""
    return {("table", f"table_{number}") for number in numbers}


def theorems(*statements: str) -> set[Job]:
    """Return the jobs of these theorems or lemmas, and of the verdicts that rest on them."""
    return {("theorem", name) for name in statements} | {("theory_verdicts", "")}


def comparison(*rules: str) -> set[Job]:
    """Return the jobs of these rules of the comparison with the paper."""
    return {(rule, "") for rule in rules}


def with_texts(jobs: set[Job]) -> set[Job]:
    """Add the jobs that write the report's texts, which follow from these jobs."""
    rules = {rule for rule, _ in jobs}
    jobs = jobs | ({("finals", "")} if "metrics" in rules else set())
    pages = {f"tables/{name}" for rule, name in jobs if rule == "table"}
    pages |= {f"comparison/{rule}" for rule in rules & {"cells", "claims", "discrepancies"}}
    pages |= {"theory/verdicts"} if "theory_verdicts" in rules else set()
    texts = {("page", page) for page in pages}
    shown_metrics = {n for rule, n in jobs if rule == "metrics"} - {*ONLY_IN_TABLES}
    if shown_metrics or rules & {"cells", "theorem"}:
        texts.add(("captions", ""))
    if rules & {"cells", "claims", "theorem"}:
        texts.add(("front_page", ""))
    return jobs | texts


def count(jobs: Iterable[Job]) -> dict[str, int]:
    """Count the jobs of each rule."""
    rules = [rule for rule, _ in jobs]
    return {rule: rules.count(rule) for rule in sorted(set(rules))}
