"""The commands that make something: ``job``, behind every rule, and ``train`` for people."""

import argparse
import functools
import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssl_landscape.cli.options import json_value, plan_of
from ssl_landscape.errors import UserError
from ssl_landscape.experiment.seeds import expand
from ssl_landscape.pipeline.checkout import CONFIGS
from ssl_landscape.pipeline.code_roots import JOBS, entry
from ssl_landscape.pipeline.numeric_environment import fix_environment


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands to the program; ``add`` as in :mod:`ssl_landscape.cli.main`."""
    job = add("job", _job, "run one job of a rule", "figure figure_02")
    job.add_argument("rule", choices=sorted(JOBS), metavar="RULE", help="; ".join(sorted(JOBS)))
    job.add_argument("name", nargs="?", default="", metavar="NAME", help="which of its jobs")
    job.add_argument("--results", type=Path, help="the folder of the results")
    job.add_argument("--spec", type=json_value, help="the resolved spec, in place of the config")
    job.add_argument("--code", help="fingerprint of the code that the job was planned with")
    several = "train these, as 1-5 or 1,3, in a row; NAME is that of one of the runs"
    job.add_argument("--seeds", type=expand, help=several)
    _add_resources(job)

    example = "--model ncl-basic --sparsity 0.1 --seed 1"
    train = add("train", _train, "train one run, with a progress bar", example)
    train.add_argument("--model", required=True, help="a model of the config")
    train.add_argument("--sparsity", required=True, help="Pr(z_i != 0), as in the config")
    train.add_argument("--seed", required=True, type=int, help="the k of seed-<k>")
    _add_resources(train)


def _add_resources(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), help="default: the config's")
    parser.add_argument("--threads", type=int, default=1, help="cores for torch (default: 1)")
    often = "how often to save a long run's state, to resume it after a kill (default: 60)"
    parser.add_argument(
        "--checkpoint-every", type=float, default=60.0, metavar="SECONDS", help=often
    )


def _job(options: argparse.Namespace) -> None:
    fix_environment(options.threads)  # before anything loads numpy
    if options.seeds and options.rule != "train":
        raise UserError("--seeds: only runs are trained by seed; choose the rule train")
    if options.spec is None:
        from ssl_landscape.pipeline.jobs import find_job

        plan = plan_of(options)
        os.environ[CONFIGS] = os.pathsep.join(str(path.resolve()) for path in options.config)
        options.spec = find_job(plan, options.rule, options.name).spec
        options.results, options.device = plan.results, options.device or plan.config.device
    if options.seeds:
        from ssl_landscape.cli.seeds_in_a_row import train_in_a_row

        run = functools.partial(_run, results=options.results, options=options)
        device = options.device or "auto"
        train_in_a_row(options.spec, options.seeds, options.results, run, device)
    else:
        _run(options.rule, options.name, options.spec, options.results, options)


def _train(options: argparse.Namespace) -> None:
    from ssl_landscape.pipeline.layout import run_name

    options.rule, options.spec, options.code, options.seeds = "train", None, None, None
    options.name = run_name(options.model, options.sparsity, options.seed)
    plan_of(options).model(options.model)  # an unknown model is named as such
    _job(options)


def _run(
    rule: str,
    name: str,
    spec: dict[str, Any],
    results: Path,
    options: argparse.Namespace,
    work: Callable[..., dict[str, Any]] | None = None,
) -> None:
    """Run the job of a rule with this name and resolved spec, and write its record.

    ``work`` stands in for the rule's function, where that is.

    Raises:
        UserError: what is wrong with an input, or why an output cannot be written.
    """
    from ssl_landscape.io.own_matplotlib import load_matplotlib
    from ssl_landscape.pipeline.job_files import files_of
    from ssl_landscape.provenance.failed_attempts import check_is_latest
    from ssl_landscape.provenance.record import recording

    files = files_of(rule, name, spec, results.as_posix())
    inputs, outputs = [Path(f) for f in files.inputs], [Path(f) for f in files.outputs]
    record = Path(files.record)
    module, function = entry(rule).split(":")
    if any(path.suffix == ".png" for path in outputs):
        load_matplotlib()
    with recording(rule, spec, options.code, inputs, outputs, record, results) as facts:
        work = work or getattr(importlib.import_module(f"ssl_landscape.{module}"), function)
        if rule == "train":
            work = functools.partial(
                work,
                threads=options.threads,
                device=options.device or "auto",
                checkpoint_seconds=options.checkpoint_every,
                before_writing=lambda: check_is_latest(record, results),
            )
        facts |= work(spec, inputs, outputs) or {}
