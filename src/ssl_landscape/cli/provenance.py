"""The command line's steps ``manifest``, ``audit``, ``trace``, ``why``, ``crate``."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError


def add_steps(steps: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    """Register the steps; ``add`` is the command line's own way to add one."""
    manifest = add(steps, "manifest", _manifest, "list all artefacts with hashes and lineage")
    manifest.add_argument("--target", choices=("all", "ablations"), default="all")
    manifest.add_argument("--output", type=Path, help="output: .json; jobs.csv goes beside it")

    audit = add(steps, "audit", _audit, "check all results; exit status 1 if anything is wrong")
    audit.add_argument("--output", type=Path, help="output: folder of audit.json and audit.md")

    trace = add(steps, "trace", _trace, "show where a number, curve or file comes from")
    trace.add_argument("artefact", type=Path, help="a file of the results")
    trace.add_argument("--cell", help="a table's cell, for example CL-basic,0.1,min")
    trace.add_argument("--curve", help="a figure's curve, for example CL-basic,0.1")
    trace.add_argument("--json", action="store_true", help="for machines")

    crate = add(steps, "crate", _crate, "write the results as a Workflow Run RO-Crate")
    crate.add_argument("--output", type=Path, help="output: the crate's folder")
    crate.add_argument("--agent", help="name of the person who ran the workflow")

    why = add(steps, "why", _why, "say what would run, and for which reason")
    why.add_argument("targets", nargs="*", help="files or targets (default: all)")
    why.add_argument("--json", action="store_true", help="for machines")


def _manifest(options: argparse.Namespace) -> None:
    from ssl_landscape.provenance.manifest import (
        history_path,
        manifest_path,
        manifest_spec,
        write_manifest,
    )
    from ssl_landscape.provenance.record import recorded

    if options.spec:
        if not options.output:
            raise UserError("needs --output (with --spec, every file has to be named)")
        spec = json.loads(options.spec)
    else:
        from ssl_landscape.provenance.graph import Graph

        graph = Graph(_plan(options))
        spec = manifest_spec(graph, options.target)
        options.output = options.output or Path(manifest_path(graph.results, options.target))
    # Its inputs are what it lists, with their hashes: 1300 files, not listed twice.
    jobs = history_path(options.output)
    with recorded(options, "manifest", spec, [], [options.output, jobs]) as facts:
        facts["artefacts"] = write_manifest(spec, options.output, jobs)


def _audit(options: argparse.Namespace) -> int:
    from ssl_landscape.provenance.audit import audit, markdown, write_audit

    plan = _plan(options)
    report = audit(plan)
    write_audit(report, options.output or plan.results / "provenance")
    print(markdown(report), end="")
    return 0 if report["passed"] else 1


def _trace(options: argparse.Namespace) -> None:
    from ssl_landscape.provenance.trace import text, trace

    plan = _plan(options)
    report = trace(plan, options.artefact, options.cell, options.curve, options.config)
    print(_json(report) if options.json else text(report), end="")


def _why(options: argparse.Namespace) -> None:
    from ssl_landscape.provenance.why import text, why

    report = why(_plan(options), options.targets, options.config)
    print(_json(report) if options.json else text(report), end="")


def _crate(options: argparse.Namespace) -> None:
    try:
        from ssl_landscape.provenance.crate import write_crate
    except ImportError:
        raise UserError("needs the package rocrate: pip install 'ssl-landscape[crate]'") from None

    plan = _plan(options)
    folder = options.output or plan.results / "provenance" / "crate"
    jobs = write_crate(plan, options.config, folder, options.agent)
    print(f"{folder}: {jobs} jobs")


def _json(report: dict[str, Any]) -> str:
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _plan(options: argparse.Namespace) -> Any:
    """Return the plan of the config files, or of a whole config given as --spec."""
    from ssl_landscape.config import load_config
    from ssl_landscape.pipeline.plan import Plan

    return Plan(json.loads(options.spec) if options.spec else load_config(*options.config))
