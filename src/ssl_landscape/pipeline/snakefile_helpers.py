"""What the Snakefile and its rules ask of the package."""

import contextlib
import functools
import os
import re
import shlex
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ssl_landscape.config import read_yaml
from ssl_landscape.errors import UserError
from ssl_landscape.io.write_errors import explaining_writes
from ssl_landscape.pipeline import checkout
from ssl_landscape.pipeline.jobs import ALL, TARGETS, Job, list_jobs, make_job, upstream
from ssl_landscape.pipeline.plan import Plan, canonical


@contextlib.contextmanager
def as_workflow_error() -> Iterator[None]:
    """Turn a user's error into a WorkflowError, which Snakemake prints without a traceback."""
    from snakemake.exceptions import WorkflowError

    try:
        yield
    except UserError as error:
        raise WorkflowError(str(error)) from None


@as_workflow_error()
def require_own_code(folder: Any) -> None:
    """Refuse to run the rules of this folder, or in a checkout, with another checkout's code."""
    checkout.require_own_code(Path(folder))
    checkout.require_own_code_around(Path.cwd())


@as_workflow_error()
def require_own_folder(workflow: Any) -> None:
    """Refuse to run in another folder, as a module, or with settings that lost their types."""
    folder = shlex.quote(workflow.current_basedir.get_path_or_uri(secret_free=True))
    if not workflow.modifier.is_main_snakefile():
        raise UserError(f"this workflow is no module; run it by itself: cd {folder} && snakemake")
    if not Path(workflow.basedir).samefile(Path.cwd()):
        remedy = "for results elsewhere, set a variant in the config, or link results/ there"
        raise UserError(f"run it in its own folder: cd {folder} && snakemake; {remedy}")
    for key, value in workflow.config_settings.config.items():
        if not isinstance(value, str | int | float | None):
            example = f"--configfile my.yaml, with the lines of {key} in that file"
            raise UserError(
                f"--config {key}=...: Snakemake makes text of its values; type {example}"
            )


@as_workflow_error()
def read_config(*files: str) -> None:
    """Refuse config files that are not plain YAML, or have a key twice, which Snakemake accepts."""
    for file in files:
        read_yaml(Path(file))


@as_workflow_error()
def load_plan(config: dict[str, Any], files: list[str]) -> Plan:
    """Validate the config that Snakemake merged from ``files``; jobs are told of the files."""
    read_config(*files)
    os.environ[checkout.CONFIGS] = os.pathsep.join(str(Path(file).resolve()) for file in files)
    return Plan(config)


class Missing(str):
    """A param that is always the same, and equal to nothing while one of a job's inputs is gone.

    Snakemake looks for a missing file only where a job that needs it runs. It compares the ``repr``
    of each param with that of the last run: an input that is gone makes this job stale, and so the
    file is made again, also for the sake of a single figure.
    """

    inputs: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return itself: Snakemake keeps what it compares for as long as it runs."""
        return self

    def __eq__(self, other: object) -> bool:
        """Return whether all inputs are there, and the texts are equal."""
        return self._all_there() and str.__eq__(self, other)

    def __hash__(self) -> int:
        """Return the text's hash, or another one while an input is gone."""
        return str.__hash__(self) if self._all_there() else 0

    def _all_there(self) -> bool:
        return all(Path(file).exists() for file in self.inputs)


def job_params(plan: Plan, rule: str, name: str, seeds: Sequence[int] = ()) -> dict[str, Any]:
    """Return the params of a rule; ``name`` is that of its jobs, with wildcards in braces.

    A rule that trains several ``seeds`` has the params of the first one.
    """

    @functools.cache
    def find(own: str) -> Job:
        return make_job(plan, ALL, rule, own)

    def of(wildcards: Any, number: int = 0) -> Job:
        seed = {"seed": seeds[number]} if seeds else {}
        return find(name.format(**dict(wildcards.items()), **seed))

    def missing(wildcards: Any) -> Missing:
        param = Missing("all inputs are there")
        jobs = [of(wildcards, number) for number in range(len(seeds) or 1)]
        param.inputs = tuple(file for job in jobs for file in job.inputs)
        return param

    return {
        "rule": rule,
        "name": lambda wildcards: of(wildcards).name,
        "results": lambda wildcards: plan.results.as_posix(),
        "spec": lambda wildcards: canonical(of(wildcards).spec),
        "code": lambda wildcards: of(wildcards).code,
        "missing": missing,
    }


def built(plan: Plan, *rules: str, name: str | None = None) -> Callable[[Any], list[str]]:
    """Return an input function: all files of the jobs of these rules, and of those before them.

    A target lists them all: Snakemake makes a missing file again only where something asks for it.
    A target's name may stand for the rules; ``name`` is that of one job.
    """

    def wanted(job: Job) -> bool:
        if rules[0] in TARGETS:
            return job.target == rules[0]
        return job.target == ALL and job.rule in rules and name in (None, job.name)

    return lambda wildcards: [
        file for job in upstream(list_jobs(plan), wanted) for file in job.files
    ]


@as_workflow_error()
def require_writable(results: Path) -> None:
    """Refuse to start jobs that could not write."""
    probe = results / f".probe.{uuid.uuid4().hex}"
    with explaining_writes([results / "results"]):
        results.mkdir(parents=True, exist_ok=True)
        probe.write_text("ssl-landscape\n")
        probe.unlink()


@as_workflow_error()
def require_writable_folder() -> None:
    """Refuse to start where Snakemake cannot keep its own files, before its traceback."""
    own = Path(".snakemake")
    if not os.access(own if own.exists() else Path(), os.W_OK):
        raise UserError(
            f"{Path.cwd()}: you cannot write here, as Snakemake has to; work in a copy elsewhere. "
            "To read what is here: ssl-landscape status, show, why, trace, audit"
        )


def check_before_report() -> None:
    """Let ``--report`` say in one line what is not built, before Snakemake warns of each file."""
    if not any(word.startswith("--report") for word in sys.argv):
        return
    from snakemake import report
    from snakemake.exceptions import WorkflowError
    from snakemake.io import is_flagged

    make = report.auto_report

    async def make_if_built(dag: Any, *settings: Any) -> None:
        files = [Path(f) for job in dag.jobs for f in job.output if is_flagged(f, "report")]
        if missing := [file for file in files if not file.exists()]:
            raise WorkflowError(
                f"{len(missing)} of {len(files)} files of the report are not built, first "
                f"{missing[0]}; run the same command with --cores 8 in place of --report, then this"
            )
        await make(dag, *settings)

    report.auto_report = make_if_built


def one_of(names: Iterable[str]) -> str:
    """Return the regular expression of a wildcard that is one of these names."""
    return "|".join(map(re.escape, names))


def use_installed_program() -> None:
    """Let jobs find the ``ssl-landscape`` beside this Python, on a cluster's node too."""
    folder = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([folder, os.environ.get("PATH", "")])


def gpus_per_run(device: str) -> int:
    """Return how many GPUs a training job asks for: 1 where it will train on CUDA, else 0."""
    given = _given_by_slurm()
    # The driver tells: to import torch would slow down every parse of the Snakefile.
    there = Path("/dev/nvidiactl").exists() if given is None else given
    return int(device == "cuda" or (device == "auto" and there))


def device_per_run(device: str) -> str:
    """Return the device of a training job; inside a SLURM job without a GPU, ``auto`` is the CPU.

    A node may show a job GPUs that belong to others.
    """
    return "cpu" if device == "auto" and _given_by_slurm() is False else device


def _given_by_slurm() -> bool | None:
    """Return whether SLURM gave this job a GPU; None outside of SLURM's jobs."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES", "") not in ("", "-1", "NoDevFiles")
    return given if "SLURM_JOB_ID" in os.environ else None


def growing(amount: int) -> Callable[[Any, int], int]:
    """Return what a job asks of a resource: ``amount``, and as much again at each retry."""
    return lambda wildcards, attempt: amount * attempt
