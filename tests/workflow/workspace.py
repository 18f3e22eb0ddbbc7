"""A copy of the project in a temporary folder, and Snakemake run inside it."""

import ast
import os
import re
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parents[2]
PARTS = ("Snakefile", "config.yaml", "pyproject.toml", "workflow", "profiles", "src", "envs")
SMOKE = "workflow/variants/smoke.yaml"
# They make no file of their own.
TARGET_RULES = {"all", "datasets", "figures", "tables", "fidelity", "theory", "ablations"}
MANIFEST = ("manifest",)  # shown by its message, too

ONLY_IN_TABLES = ("ncl-linear", "cl-linear", "ncl-warm-start-0.02", "ncl-warm-start-0.002")

Job = tuple[str, ...]  # rule, then the values of its wildcards: ("train", "cl-basic", "0.1", "1")


@dataclass(frozen=True)
class PlannedJob:
    """One job of a dry run."""

    job: Job
    files: tuple[str, ...]  # outputs, log and benchmark


@dataclass(frozen=True)
class Workspace:
    """A working copy; its programs import the copy's own package, not the installed one."""

    folder: Path

    @classmethod
    def of_project(cls, folder: Path) -> "Workspace":
        """Copy the project without results and without Snakemake's records."""
        folder.mkdir()
        for part in PARTS:
            source, target = PROJECT / part, folder / part
            if source.is_symlink() or source.is_file():
                shutil.copy2(source, target, follow_symlinks=False)
            else:
                ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
                shutil.copytree(source, target, symlinks=True, ignore=ignore)
        return cls(folder)

    def copy(self, folder: Path) -> "Workspace":
        """Copy everything, Snakemake's records too."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Workspace(folder)

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
        """Give the path of an installed program."""
        return Path(sysconfig.get_path("scripts")) / name

    def environment(self) -> dict[str, str]:
        """Give the environment for programs that are to run in this folder."""
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
        process = self.snakemake("--dry-run", *targets, configs=configs)
        assert process.returncode == 0, shown(process)
        return parse_dry_run(process.stdout)

    def plan(self, *targets: str, configs: tuple = (SMOKE,)) -> set[Job]:
        """Name the jobs that Snakemake would run now; the manifest follows each of `all`'s."""
        jobs = {planned.job for planned in self.dry_run(*(targets or ("all",)), configs=configs)}
        if not targets or "all" in targets:
            assert (MANIFEST in jobs) == bool(jobs), jobs
        return jobs - {MANIFEST}

    def plan_with(self, change: dict[str, Any]) -> set[Job]:
        """Name the jobs that Snakemake would run if the config were changed so."""
        return self.plan(configs=(SMOKE, self.write_config("change.yaml", change)))

    def write_config(self, name: str, content: dict[str, Any]) -> str:
        """Write a config file to lay over the others."""
        (self.folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
        return name

    def replace(self, file: str, old: str, new: str) -> None:
        """Replace a text that stands in a file once."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def change_function(self, file: str, function: str) -> None:
        """Change the code of a top-level function: a statement more at its start."""
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


def parse_dry_run(text: str) -> list[PlannedJob]:
    """Read the jobs from the output of ``snakemake --dry-run``.

    Checked against the job counts that the same output gives, so that a change of its format
    fails here instead of hiding jobs.
    """
    if "Nothing to be done" in text:
        return []
    rules, jobs = [], []
    for block in re.split(r"^(?=(?:local)?rule \w+:$)", text, flags=re.MULTILINE)[1:]:
        rule = re.match(r"(?:local)?rule (\w+):", block)[1]
        fields = dict(re.findall(r"^    (\w+): (.*)$", block, flags=re.MULTILINE))
        wildcards = re.findall(r"\w+=([^,]+)", fields.get("wildcards", ""))
        names = [fields[key] for key in ("output", "log", "benchmark") if key in fields]
        rules.append(rule)
        jobs.append(PlannedJob((rule, *wildcards), tuple(", ".join(names).split(", "))))
    table = re.search(r"^Job stats:\n.*\n[- ]+\n((?:\w+ +\d+\n)+)", text, flags=re.MULTILINE)[1]
    counts = {name: int(count) for name, count in map(str.split, table.splitlines())}
    # Shown by their message, without their name.
    targets = {*TARGET_RULES, *MANIFEST} & counts.keys()
    assert counts.pop("total") == len(rules) + sum(counts[name] for name in targets)
    assert counts == {rule: rules.count(rule) for rule in rules} | {t: counts[t] for t in targets}
    return jobs + [PlannedJob(MANIFEST, ())] * counts.get("manifest", 0)


def shown(process: subprocess.CompletedProcess) -> str:
    """Give all that a program wrote; Snakemake's errors in a dry run go to stdout."""
    return process.stdout + process.stderr


def datasets(*names: str, seeds: tuple = (1, 2)) -> set[Job]:
    """Name the jobs of these datasets."""
    return {("dataset", name, str(seed)) for name in names for seed in seeds}


def runs(*models: str, sparsities: tuple = ("0.1", "0.3"), seeds: tuple = (1, 2)) -> set[Job]:
    """Name the training jobs of these models; one-hot latents have one sparsity."""
    return {
        ("train", model, sparsity, str(seed))
        for model in models
        for sparsity in (("0.1",) if model.endswith("-one-hot") else sparsities)
        for seed in seeds
    }


def metrics(*models: str) -> set[Job]:
    """Name the jobs that aggregate these models."""
    return {("metrics", model) for model in models}


def figures(*numbers: int) -> set[Job]:
    """Name the jobs of these figures."""
    return {("figure", f"figure_{number:02}") for number in numbers}


def tables(*numbers: int) -> set[Job]:
    """Name the jobs of these tables."""
    return {("table", f"table_{number}") for number in numbers}


def theorems(*statements: str) -> set[Job]:
    """Name the jobs of these theorems or lemmas, and of the verdicts that rest on them."""
    return {("theorem", name) for name in statements} | {("theory_verdicts",)}


def fidelity(*parts: str) -> set[Job]:
    """Name the jobs of these parts of fidelity."""
    return {(f"fidelity_{part}",) for part in parts}


def with_texts(jobs: set[Job]) -> set[Job]:
    """Add the jobs that write the report's texts, which follow from these jobs."""
    rules = {job[0] for job in jobs}
    pages = {f"tables/{job[1]}" for job in jobs if job[0] == "table"}
    pages |= {f"fidelity/{part}" for part in ("cells", "claims") if f"fidelity_{part}" in rules}
    pages |= {"fidelity/discrepancies"} if "fidelity_discrepancies" in rules else set()
    pages |= {"theory/verdicts"} if "theory_verdicts" in rules else set()
    texts = {("page", page) for page in pages}
    if any(job[0] == "metrics" and job[1] not in ONLY_IN_TABLES for job in jobs):
        texts.add(("figure_captions",))
    texts |= {("fidelity_caption",)} if "fidelity_cells" in rules else set()
    texts |= {("theory_captions",)} if "theorem" in rules else set()
    texts |= (
        {("front_page",)} if rules & {"fidelity_cells", "fidelity_claims", "theorem"} else set()
    )
    return jobs | texts


def count(jobs: set[Job]) -> dict[str, int]:
    """Count the jobs of each rule."""
    rules = [job[0] for job in jobs]
    return {rule: rules.count(rule) for rule in sorted(set(rules))}
