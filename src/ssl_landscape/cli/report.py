"""The steps ``ssl-landscape report figures``, ``theory``, ``fidelity``, ``page`` and ``front``."""

import argparse
import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError


def add_steps(steps: Any, add_step: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``report`` and its parts to the program's steps.

    Args:
        steps: the program's subparsers.
        add_step: adds a step with --config and --spec to subparsers.
    """
    parser = steps.add_parser("report", help="write the texts of Snakemake's report")
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")

    figures = add_step(parts, "figures", _figures, "write the figures' captions")
    figures.add_argument("--metrics", type=Path, nargs="*", help="input: the models' metrics")
    figures.add_argument("--output", type=Path, nargs="*", help="output: a .rst each")

    theory = add_step(parts, "theory", _theory, "write the captions of the theory's pictures")
    theory.add_argument("--measured", type=Path, nargs="+", help="input: the statements' .json")
    theory.add_argument("--output", type=Path, nargs="+", help="output: a .rst each")

    fidelity = add_step(parts, "fidelity", _fidelity, "write the caption of fidelity's picture")
    fidelity.add_argument("--cells", type=Path, help="input: cells.csv")
    fidelity.add_argument("--output", type=Path, help="output: .rst")

    page = add_step(parts, "page", _page, "make a Markdown page readable in the report")
    page.add_argument("--page", help="its path in the results, for example fidelity/claims")
    page.add_argument("--markdown", type=Path, help="input: .md")
    page.add_argument("--numbers", type=Path, nargs="+", help="input: what its numbers are from")
    page.add_argument("--output", type=Path, nargs="+", help="output: .html, .rst")

    front = add_step(parts, "front", _front, "write the front page")
    front.add_argument("--cells", type=Path, help="input: cells.csv")
    front.add_argument("--claims", type=Path, help="input: claims.csv")
    front.add_argument("--theory", type=Path, nargs="+", help="input: the statements' .json")
    front.add_argument("--output", type=Path, help="output: .rst")


def _figures(options: argparse.Namespace) -> None:
    from ssl_landscape.report.captions import write_figure_captions

    spec, folder = _resolve(options, lambda plan: plan.figures_spec(), ("metrics", "output"))
    metrics = _or(options.metrics, [folder / f"metrics/{name}.parquet" for name in spec["models"]])
    outputs = _or(options.output, [folder / f"figures/{name}.rst" for name in spec["figures"]])
    with _recorded(options, "figure_captions", spec, metrics, outputs, folder / "report/figures"):
        write_figure_captions(spec, metrics, outputs)


def _theory(options: argparse.Namespace) -> None:
    from ssl_landscape.report.captions import write_theory_captions
    from ssl_landscape.theory import STATEMENTS

    statements = {"statements": STATEMENTS}
    spec, folder = _resolve(options, lambda plan: statements, ("measured", "output"))
    measured = _or(options.measured, [folder / f"theory/{name}.json" for name in STATEMENTS])
    outputs = _or(options.output, [folder / f"theory/{name}.rst" for name in STATEMENTS])
    with _recorded(options, "theory_captions", spec, measured, outputs, folder / "report/theory"):
        write_theory_captions(measured, outputs)


def _fidelity(options: argparse.Namespace) -> None:
    from ssl_landscape.report.captions import write_fidelity_caption
    from ssl_landscape.report.plan import PUBLISHED

    spec, folder = _resolve(options, lambda plan: PUBLISHED, ("cells", "output"))
    cells = options.cells or folder / "fidelity/cells.csv"
    output = options.output or folder / "fidelity/fidelity.rst"
    record = folder / "report/fidelity"
    with _recorded(options, "fidelity_caption", spec, [cells], [output], record):
        write_fidelity_caption(cells, output)


def _page(options: argparse.Namespace) -> None:
    from ssl_landscape.report.pages import write_page

    needed = ("markdown", "numbers", "output")
    spec, folder = _resolve(options, lambda plan: _page_spec(plan, options.page), needed)
    numbers = options.numbers
    if numbers is None:
        names = _report_plan(options).page_numbers(spec["page"])
        numbers = [folder / name.removeprefix("<results>/") for name in names]
    base = folder / spec["page"]
    outputs = options.output or [base.with_name(f"{base.name}.{kind}") for kind in ("html", "rst")]
    by_kind = {path.suffix[1:]: path for path in outputs}
    markdown = options.markdown or base.with_name(f"{base.name}.md")
    record = folder / "report" / spec["page"]
    with _recorded(options, "page", spec, [markdown, *numbers], outputs, record):
        write_page(spec, markdown, numbers, by_kind["html"], by_kind["rst"])


def _page_spec(plan: Any, page: str | None) -> dict[str, Any]:
    if page not in plan.pages:
        given = f"there is no page {page!r}" if page else "needs --page"
        raise UserError(f"{given}; allowed: {', '.join(plan.pages)}")
    return plan.page_spec(page)


def _front(options: argparse.Namespace) -> None:
    from ssl_landscape.report.front import write_front
    from ssl_landscape.theory import STATEMENTS

    needed = ("cells", "claims", "theory", "output")
    spec, folder = _resolve(options, lambda plan: plan.front_spec(), needed)
    cells = options.cells or folder / "fidelity/cells.csv"
    claims = options.claims or folder / "fidelity/claims.csv"
    theory = _or(options.theory, [folder / f"theory/{name}.json" for name in STATEMENTS])
    output, inputs = options.output or folder / "front.rst", [cells, claims, *theory]
    with _recorded(options, "front_page", spec, inputs, [output], folder / "report/front"):
        write_front(spec, cells, claims, theory, output)


def _recorded(
    options: argparse.Namespace,
    rule: str,
    spec: dict[str, Any],
    inputs: list[Path],
    outputs: list[Path],
    record: Path,
) -> contextlib.AbstractContextManager[dict[str, Any]]:
    """Record the step; beside its outputs stand the records of what it describes."""
    from ssl_landscape.provenance.record import recording

    place = options.record or record.with_name(f"{record.name}.record.json")
    return recording(rule, spec, options.code, inputs, outputs, place)


def _or(given: list[Path] | None, default: list[Path]) -> list[Path]:
    return default if given is None else given


def _resolve(
    options: argparse.Namespace, spec: Callable[[Any], dict], files: tuple[str, ...]
) -> tuple[dict[str, Any], Path]:
    """Return the spec and the folder of the results; with --spec every file has to be named."""
    if options.spec:
        missing = [f"--{name}" for name in files if getattr(options, name) is None]
        if missing:
            raise UserError(f"needs {', '.join(missing)} (with --spec, every file has to be named)")
        return json.loads(options.spec), Path()
    plan = _report_plan(options)
    return spec(plan), plan.plan.results


def _report_plan(options: argparse.Namespace) -> Any:
    from ssl_landscape.cli.options import plan_of
    from ssl_landscape.report.plan import ReportPlan

    return ReportPlan(plan_of(options))
