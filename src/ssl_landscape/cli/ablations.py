"""The steps ``ssl-landscape ablation`` and ``ssl-landscape ablation-summary``."""

import argparse
import json
from pathlib import Path


def add_steps(add: object) -> None:
    """Add the steps to the command line.

    Args:
        add: ``f(name, function, summary)`` that gives a step's parser.
    """
    ablation = add("ablation", _ablation, "compare readings of the paper")
    ablation.add_argument("--ablation", help="an ablation of the config, for example latents")
    ablation.add_argument("--final", type=Path, nargs="+", help="input: the final metrics")
    ablation.add_argument("--curves", type=Path, nargs="+", help="input: the models' metrics")
    ablation.add_argument("--output", type=Path, nargs="+", help="output: .csv, .md, or a picture")
    summary = add("ablation-summary", _summary, "put all ablations on one page")
    summary.add_argument("--tables", type=Path, nargs="+", help="input: the ablations' CSV")
    summary.add_argument("--cells", type=Path, help="input: every published cell beside ours")
    summary.add_argument("--output", type=Path, help="output: .md")


def _ablation(options: argparse.Namespace) -> None:
    from ssl_landscape.cli.options import plan_of, require
    from ssl_landscape.provenance.record import recorded

    require(options, names=("ablation",), files=("final", "output"))
    plan = None if options.spec else plan_of(options)
    spec = json.loads(options.spec) if options.spec else plan.ablation_spec(options.ablation)
    names = [variation["name"] for variation in spec["variations"]]
    folder = Path() if options.spec else plan.results
    finals = options.final or [folder / f"metrics/{name}.final.csv" for name in names]
    curves = options.curves or [folder / f"metrics/{name}.parquet" for name in names]
    kinds = ("csv", "md") + (("pdf", "png", "svg") if spec["axes"] else ())
    outputs = options.output or [folder / f"ablations/{options.ablation}.{kind}" for kind in kinds]
    by_kind = {path.suffix[1:]: path for path in outputs}
    pictures = [path for path in outputs if path.suffix in (".pdf", ".png", ".svg")]
    if "csv" in by_kind:
        from ssl_landscape.ablations.table import render_ablation

        texts = [path for path in outputs if path not in pictures]
        with recorded(options, "ablation", spec, [*finals, *curves], texts):
            render_ablation(spec, finals, curves, by_kind)
    if pictures:
        from ssl_landscape.ablations.figure import draw_grid

        options.record = options.record or pictures[0].with_suffix(".figure.record.json")
        with recorded(options, "ablation_figure", spec, finals, pictures):
            draw_grid(spec, finals, pictures)


def _summary(options: argparse.Namespace) -> None:
    from ssl_landscape.ablations.summary import write_summary
    from ssl_landscape.cli.options import plan_of, require
    from ssl_landscape.provenance.record import recorded

    require(options, names=(), files=("tables", "cells", "output"))
    plan = None if options.spec else plan_of(options)
    questions = json.loads(options.spec) if options.spec else plan.ablation_questions()
    folder = Path() if options.spec else plan.results
    tables = options.tables or [folder / f"ablations/{name}.csv" for name in questions]
    output = options.output or folder / "ablations/summary.md"
    cells = options.cells or folder / "fidelity/cells.csv"
    with recorded(options, "ablation_summary", questions, [*tables, cells], [output]):
        write_summary(questions, tables, cells, output)
