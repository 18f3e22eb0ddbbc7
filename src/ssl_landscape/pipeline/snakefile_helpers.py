"""What the Snakefile and its rules ask of the package."""

import functools
import os
import re
import sys
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ssl_landscape.config import read_yaml
from ssl_landscape.errors import UserError
from ssl_landscape.io.write_errors import explaining_writes
from ssl_landscape.pipeline.jobs import ABLATIONS, ALL, Job, list_jobs, make_job, upstream
from ssl_landscape.pipeline.plan import Plan, canonical
from ssl_landscape.pipeline.stale_locks import watch


def load_plan(config: dict[str, Any], files: list[str]) -> Plan:
    """Validate the config that Snakemake merged from ``files``.

    Raises:
        WorkflowError: names the first bad key; Snakemake prints it without a traceback.
    """
    from snakemake.exceptions import WorkflowError

    try:
        for file in files:
            read_yaml(Path(file))  # refuses duplicated keys, which Snakemake's reader swallows
        return Plan(config)
    except UserError as error:
        raise WorkflowError(str(error)) from None


def refuse_unreadable(file: str) -> None:
    """Read a config file before Snakemake does, which would run one that calls itself a template.

    What --configfile names, Snakemake has read before it reads the Snakefile.

    Raises:
        WorkflowError: the file is not plain YAML.
    """
    from snakemake.exceptions import WorkflowError

    try:
        read_yaml(Path(file))
    except UserError as error:
        raise WorkflowError(str(error)) from None


def note_running(workflow: Any, plan: Plan) -> None:
    """Note that this Snakemake runs, once it executes jobs; not those inside of SLURM's jobs."""
    if workflow.is_main_process:
        watch(workflow, plan)


class Missing(str):
    """A param that names those of a job's inputs that are gone: nothing, as a rule.

    Snakemake looks for a missing file only where a job that needs it runs. What it compares with
    the last run is the ``repr`` of each param: an input that is gone makes this job stale, and so
    the file is made again, also for the sake of a single figure.
    """

    inputs: tuple[str, ...]

    def __new__(cls, inputs: tuple[str, ...]) -> "Missing":
        """Remember the job's inputs."""
        self = super().__new__(cls, "")
        self.inputs = inputs
        return self

    def __repr__(self) -> str:
        """Look which of them are gone now."""
        return f"gone: {', '.join(file for file in self.inputs if not Path(file).exists())}"


def job_params(plan: Plan, rule: str, name: str) -> dict[str, Any]:
    """Return the params of a rule: name, results, spec, code and missing inputs of its jobs.

    Args:
        plan: the plan.
        rule: the rule.
        name: the name of its jobs, with wildcards in braces.
    """

    @functools.cache
    def find(own: str) -> Job:
        return make_job(plan, ALL, rule, own)

    def of(wildcards: Any) -> Job:
        return find(name.format(**dict(wildcards.items())))

    return {
        "rule": rule,
        "name": lambda wildcards: of(wildcards).name,
        "results": lambda wildcards: plan.results.as_posix(),
        "spec": lambda wildcards: canonical(of(wildcards).spec),
        "code": lambda wildcards: of(wildcards).code,
        "missing": lambda wildcards: Missing(of(wildcards).inputs),
    }


def built(plan: Plan, *rules: str, name: str | None = None) -> Callable[[Any], list[str]]:
    """Return an input function: all files of the jobs of these rules, and of those before them.

    A target lists them all: Snakemake makes a missing file again only where something asks for it.

    Args:
        plan: the plan.
        rules: rules, or ``all`` or ``ablations``.
        name: of one job; None: all jobs.
    """

    def wanted(job: Job) -> bool:
        if rules[0] in (ALL, ABLATIONS):
            return job.target == rules[0]
        return job.target == ALL and job.rule in rules and name in (None, job.name)

    def files(wildcards: Any) -> list[str]:
        return [file for job in upstream(list_jobs(plan), wanted) for file in job.files]

    return files


def require_writable(results: Path) -> None:
    """Refuse to start jobs that could not write.

    Raises:
        WorkflowError: names the folder, the reason and the remedy.
    """
    from snakemake.exceptions import WorkflowError

    probe = results / f".probe.{uuid.uuid4().hex}"
    try:
        with explaining_writes([results / "results"]):
            results.mkdir(parents=True, exist_ok=True)
            probe.write_text("ssl-landscape\n")
            probe.unlink()
    except UserError as error:
        raise WorkflowError(str(error)) from None


def one_of(names: Iterable[str]) -> str:
    """Return the regular expression of a wildcard that is one of these names."""
    return "|".join(re.escape(name) for name in names)


def use_installed_program() -> None:
    """Let jobs find the ``ssl-landscape`` beside this Python, on a cluster's node too."""
    folder = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([folder, os.environ.get("PATH", "")])


def gpus_per_run(device: str) -> int:
    """Say how many GPUs a training job asks for: 1 where it will train on CUDA, else 0.

    Looks for NVIDIA's driver, since importing torch would slow down every parse of the Snakefile;
    inside a SLURM job, it counts only whether SLURM gave one to the job.
    """
    if device == "auto":
        given = _gpu_given() if _in_slurm_job() else Path("/dev/nvidiactl").exists()
        return int(given)
    return int(device == "cuda")


def device_per_run(device: str) -> str:
    """Return the device of a training job; inside a SLURM job without a GPU, ``auto`` is the CPU.

    A node may show a job GPUs that belong to others.
    """
    if device == "auto" and _in_slurm_job() and not _gpu_given():
        return "cpu"
    return device


def growing(amount: int) -> Callable[[Any, int], int]:
    """Return what a job asks of a resource: ``amount``, and as much again at each retry."""
    return lambda wildcards, attempt: amount * attempt


def _in_slurm_job() -> bool:
    return "SLURM_JOB_ID" in os.environ


def _gpu_given() -> bool:
    return os.environ.get("CUDA_VISIBLE_DEVICES", "") not in ("", "-1", "NoDevFiles")
