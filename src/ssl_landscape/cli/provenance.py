"""The commands ``audit``, ``publish``, ``release``, ``fetch``, ``trace``, ``why``, ``crate``."""

import argparse
import contextlib
import json
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssl_landscape.cli.options import plan_of
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.numeric_environment import fix_environment


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands to the program; ``add`` as in :mod:`ssl_landscape.cli.main`."""
    audit = add("audit", _audit, "check all results; exit status 1 if anything is wrong", "")
    audit.add_argument("--output", type=Path, help="output: folder of audit.json and audit.md")
    deep = "make pictures, theorems, metrics, pages and all datasets again, too: minutes"
    audit.add_argument("--deep", action="store_true", help=deep)
    retrain = "train this many runs again, chosen at random"
    audit.add_argument("--retrain", type=int, default=0, metavar="N", help=retrain)
    audit.add_argument("--seed", type=int, help="chooses what is drawn at random (default: new)")

    add("publish", _publish, "copy a complete, audited, clean build to results/published", "")

    summary = "pack the published results with their data, for those who will not train"
    release = add("release", _release, summary, "--output results.tar.xz")
    release.add_argument("--output", type=Path, help="output: the archive, a .tar.xz file")
    which = "what to pack beside all: ablations, replication, beyond (default: what is built here)"
    release.add_argument("--targets", nargs="+", metavar="TARGET", help=which)

    example = "https://example.org/ssl-landscape-results.tar.xz"
    fetch = add("fetch", _fetch, "unpack such an archive into place, each file checked", example)
    fetch.add_argument("source", metavar="FILE_OR_URL", help="a file, or a URL of http(s) or file")
    overwrite = "overwrite files that are built already and differ"
    fetch.add_argument("--replace", action="store_true", help=overwrite)

    example = 'results/published/tables/table_2.md --cell "CL-basic,0.1,min"'
    trace = add("trace", _trace, "show where a number, curve or file comes from", example)
    trace.add_argument("artefact", type=Path, help="a file of the results, built or published")
    trace.add_argument("--cell", help="a table's cell, for example CL-basic,0.1,min")
    trace.add_argument("--curve", help="a figure's curve, for example CL-basic,0.1")
    trace.add_argument("--json", action="store_true", help="for machines")

    crate = add("crate", _crate, "write the results as a Workflow Run RO-Crate", "--output crate")
    crate.add_argument("--output", type=Path, help="output: the crate's folder")
    crate.add_argument("--agent", help="name of the person who ran the workflow")

    example = "results/figures/figure_02.pdf --config config.yaml workflow/variants/smoke.yaml"
    why = add("why", _why, "show what would run, and for which reason", example)
    why.add_argument("targets", nargs="*", help="files or targets (default: all)")
    why.add_argument("--json", action="store_true", help="for machines")


def _audit(options: argparse.Namespace) -> int:
    fix_environment(1)  # as jobs do, which are run again
    from ssl_landscape.io.write_errors import explaining_writes
    from ssl_landscape.provenance.audit import REPORTS, audit, markdown, write_audit

    plan = plan_of(options)
    if options.retrain < 0:
        raise UserError(f"--retrain: {options.retrain} is less than 0")
    seed = secrets.randbelow(10**6) if options.seed is None else options.seed
    folder = options.output or plan.results / "provenance"
    with contextlib.suppress(OSError):  # a reader's copy
        for name in REPORTS:  # an earlier one must not pass for that of an audit that is cut short
            (folder / name).unlink(missing_ok=True)
    report = audit(plan, options.deep, options.retrain, seed)
    print(markdown(report), end="", flush=True)
    try:
        with explaining_writes([folder / "audit.json"]):
            write_audit(report, folder)
    except UserError as error:
        if options.output:
            raise
        print(f"This report was not written: {error}", file=sys.stderr)  # a reader's copy
    return 0 if report["passed"] else 1


def _publish(options: argparse.Namespace) -> None:
    fix_environment(1)
    from ssl_landscape.provenance.publish import publish

    print(publish(plan_of(options)))


def _release(options: argparse.Namespace) -> None:
    from ssl_landscape.io.write_errors import explaining_writes
    from ssl_landscape.provenance.release import ARCHIVE, write_release

    plan = plan_of(options)
    target = options.output or plan.results / "provenance" / ARCHIVE
    with explaining_writes([target]):
        print(write_release(plan, target, options.targets))


def _fetch(options: argparse.Namespace) -> None:
    from ssl_landscape.provenance.fetch import fetch

    print(fetch(plan_of(options), options.source, options.config, options.replace))


def _trace(options: argparse.Namespace) -> None:
    from ssl_landscape.provenance.trace import trace
    from ssl_landscape.provenance.trace_text import text

    _check_files(options)
    report = trace(plan_of(options), options.artefact, options.cell, options.curve, options.config)
    print(_json(report) if options.json else text(report), end="")


def _why(options: argparse.Namespace) -> None:
    from ssl_landscape.provenance.why import text, why

    _check_files(options)
    report = why(plan_of(options), options.targets, options.config)
    print(_json(report) if options.json else text(report), end="")


def _crate(options: argparse.Namespace) -> None:
    from ssl_landscape.provenance.crate import write_crate

    plan = plan_of(options)
    folder = options.output or plan.results / "provenance" / "crate"
    jobs = write_crate(plan, options.config, folder, options.agent)
    print(f"{folder}: {jobs} jobs")


def _json(report: dict[str, Any]) -> str:
    return json.dumps(report, indent=2) + "\n"  # ASCII: JSON on any terminal


def _check_files(options: argparse.Namespace) -> None:
    """Refuse what --config has taken that is a target or an artefact."""
    for path in options.config:
        if path.suffix not in (".yaml", ".yml"):
            raise UserError(
                f"--config: {path} is not a .yaml file; name files and targets before --config"
            )
