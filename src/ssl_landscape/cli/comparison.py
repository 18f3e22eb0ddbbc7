"""The command line of fidelity: ``ssl-landscape fidelity cells``, ``claims`` and so on."""

import argparse
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError

REASONS = Path("workflow/fidelity/reasons.yaml")


def add_steps(steps: Any, add_step: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``fidelity`` and its parts to the program's steps.

    Args:
        steps: the program's subparsers.
        add_step: adds a step with --config and --spec to subparsers.
    """
    parser = steps.add_parser("fidelity", help="compare the results with the paper")
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")

    cells = add_step(parts, "cells", _cells, "compare every published cell with ours")
    cells.add_argument("--final", type=Path, nargs="*", help="input: the models' final metrics")
    cells.add_argument("--output", type=Path, nargs="+", help="output: .csv, .md")

    claims = add_step(parts, "claims", _claims, "judge the paper's claims on our runs")
    claims.add_argument("--results", type=Path, help="input: the folder with runs/")
    claims.add_argument("--output", type=Path, nargs="+", help="output: .csv, .md")

    figure = add_step(parts, "figure", _figure, "draw ours against published")
    figure.add_argument("--cells", type=Path, help="input: cells.csv")
    figure.add_argument("--output", type=Path, nargs="+", help="output: .pdf, .png, .svg")

    listed = add_step(parts, "discrepancies", _discrepancies, "list what does not match, and why")
    listed.add_argument("--cells", type=Path, help="input: cells.csv")
    listed.add_argument("--claims", type=Path, help="input: claims.csv")
    listed.add_argument("--reasons", type=Path, default=REASONS, help=f"input (default: {REASONS})")
    listed.add_argument("--output", type=Path, help="output: .md")


def _cells(options: argparse.Namespace) -> None:
    from ssl_landscape.comparison.cells_report import write_cells

    spec, results = _resolve(options, "cells_spec", ("final", "output"))
    finals = options.final
    if finals is None:
        finals = [results / "metrics" / f"{model}.final.csv" for model in spec["models"]]
    by_model = dict(zip(spec["models"], finals, strict=True))
    outputs = _by_kind(options, results, "cells", ("csv", "md"))
    with _recorded(options, spec, finals, outputs):
        write_cells(spec["tables"], by_model, outputs)


def _claims(options: argparse.Namespace) -> None:
    from ssl_landscape.comparison.claims import judge_claims

    spec, results = _resolve(options, "claims_spec", ("results", "output"))
    outputs = _by_kind(options, results, "claims", ("csv", "md"))
    folder = options.results or results
    curves = [
        folder / f"runs/{model}/sparsity-{sparsity}/seed-{seed}/curve.parquet"
        for model, entry in spec["models"].items()
        for sparsity, seeds in entry["runs"].items()
        for seed in seeds
    ]
    with _recorded(options, spec, curves, outputs):
        judge_claims(spec, folder, outputs)


def _figure(options: argparse.Namespace) -> None:
    from ssl_landscape.comparison.figure import draw_fidelity

    spec, results = _resolve(options, "figure_spec", ("cells", "output"))
    outputs = _by_kind(options, results, "fidelity", ("pdf", "png", "svg"))
    cells = options.cells or results / "fidelity" / "cells.csv"
    with _recorded(options, spec, [cells], outputs):
        draw_fidelity(cells, list(outputs.values()))


def _discrepancies(options: argparse.Namespace) -> None:
    from ssl_landscape.comparison.discrepancies import write_discrepancies

    spec, results = _resolve(options, "discrepancies_spec", ("cells", "claims", "output"))
    folder = results / "fidelity"
    cells, claims = options.cells or folder / "cells.csv", options.claims or folder / "claims.csv"
    output = options.output or folder / "discrepancies.md"
    with _recorded(options, spec, [cells, claims, options.reasons], {"md": output}):
        write_discrepancies(spec, cells, claims, options.reasons, output)


def _recorded(
    options: argparse.Namespace, spec: dict, inputs: list[Path], outputs: dict[str, Path]
) -> AbstractContextManager:
    from ssl_landscape.provenance.record import recorded

    return recorded(options, f"fidelity_{options.part}", spec, inputs, list(outputs.values()))


def _resolve(options: argparse.Namespace, spec: str, files: tuple[str, ...]) -> tuple[dict, Path]:
    """Return the spec and the folder of the results; with --spec every file has to be named."""
    if options.spec:
        missing = [f"--{name}" for name in files if getattr(options, name) is None]
        if missing:
            raise UserError(f"needs {', '.join(missing)} (with --spec, every file has to be named)")
        return json.loads(options.spec), Path()
    from ssl_landscape.comparison.plan import FidelityPlan
    from ssl_landscape.config import load_config
    from ssl_landscape.pipeline.plan import Plan

    plan = Plan(load_config(*options.config))
    return getattr(FidelityPlan(plan), spec)(), plan.results


def _by_kind(
    options: argparse.Namespace, results: Path, name: str, kinds: tuple[str, ...]
) -> dict[str, Path]:
    folder = results / "fidelity"
    outputs = options.output or [folder / f"{name}.{kind}" for kind in kinds]
    return {path.suffix[1:]: path for path in outputs}
