"""The command line: each step of the pipeline, with or without Snakemake.

Only the modules of the step that runs are imported: a training job never loads matplotlib.
"""

import argparse
import functools
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from ssl_landscape.ablations import command as ablations
from ssl_landscape.benchmark import command as benchmark
from ssl_landscape.errors import UserError
from ssl_landscape.examples import all_examples, example_of
from ssl_landscape.fidelity import command as fidelity
from ssl_landscape.provenance import command as provenance
from ssl_landscape.reading import command as reading
from ssl_landscape.report import command as report
from ssl_landscape.theory import command as theory


def main(arguments: list[str] | None = None) -> int:
    """Run one step; bad input gives one message on stderr and exit status 2."""
    parser = _parser()
    if "_ARGCOMPLETE" in os.environ:  # the shell asks what could come next
        from ssl_landscape.completion import complete

        complete(parser)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # else a page for each PDF
    logging.raiseExceptions = False  # a full disk may take the log, too: no traceback about that
    try:
        return options.step(options) or 0  # audit gives 1 where it finds something
    except UserError as error:
        _complain(f"ssl-landscape {options.name}: error: {error}")
        return 2


def _complain(message: str) -> None:
    try:
        # A file's name may hold bytes that are no text: they are written as escapes.
        readable = message.encode(errors="backslashreplace").decode()
        print(readable, file=sys.stderr, flush=True)
    except OSError:  # stderr is a log on a full disk; Snakemake shows stdout
        print(message, flush=True)


def _dataset(options: argparse.Namespace) -> None:
    from ssl_landscape.datasets import write_dataset
    from ssl_landscape.provenance.record import recorded

    require(options, names=("dataset", "seed"), files=("samples", "dictionary"))
    spec = _spec(options, lambda plan: plan.dataset_spec(options.dataset, options.seed))
    folder = _results(options) / "datasets" / str(options.dataset) / f"seed-{options.seed}"
    samples = options.samples or folder / "samples.parquet"
    dictionary = options.dictionary or folder / "dictionary.parquet"
    with recorded(options, "dataset", spec, [], [samples, dictionary]):
        write_dataset(spec, samples, dictionary)


def _train(options: argparse.Namespace) -> None:
    from ssl_landscape.runs import execute_run

    files = ("samples", "dictionary", "folder", "device")
    require(options, names=("model", "sparsity", "seed"), files=files)
    run = (options.model, options.sparsity, options.seed)
    spec = _spec(options, lambda plan: plan.run_spec(*run))
    if not options.samples:
        dataset = plan_of(options).dataset_of(options.model, options.sparsity)
        folder = _results(options) / "datasets" / dataset / f"seed-{options.seed}"
        options.samples = folder / "samples.parquet"
        options.dictionary = folder / "dictionary.parquet"
    name = f"sparsity-{options.sparsity}/seed-{options.seed}"
    folder = options.folder or _results(options) / "runs" / str(options.model) / name
    device = options.device or plan_of(options).config.device
    files = options.samples, options.dictionary, folder
    seconds = options.checkpoint_every
    execute_run(spec, options.code, *files, device, options.threads, seconds)


def _metrics(options: argparse.Namespace) -> None:
    from ssl_landscape.metrics import aggregate
    from ssl_landscape.provenance.record import recorded

    require(options, names=("model",), files=("curves", "output", "final"))
    results = _results(options) / "metrics"
    spec = _spec(options, lambda plan: plan.metrics_spec(options.model))
    runs = [(str(sparsity), int(seed)) for sparsity, seed in spec["runs"]]
    curves = options.curves or [
        _results(options) / f"runs/{options.model}/sparsity-{s}/seed-{k}/curve.parquet"
        for s, k in runs
    ]
    output = options.output or results / f"{options.model}.parquet"
    final = options.final or results / f"{options.model}.final.csv"
    with recorded(options, "metrics", spec, curves, [output, final]):
        aggregate(runs, curves, output, final)


def _figure(options: argparse.Namespace) -> None:
    from ssl_landscape.figures import draw_figure
    from ssl_landscape.provenance.record import recorded

    require(options, names=("figure",), files=("metrics", "output"))
    spec = _spec(options, lambda plan: plan.figure_spec(options.figure))
    metrics = options.metrics or [
        _results(options) / "metrics" / f"{entry['model']}.parquet" for entry in spec["models"]
    ]
    folder = _results(options) / "figures"
    outputs = options.output or [
        folder / f"{options.figure}{suffix}" for suffix in (".pdf", ".png", ".svg")
    ]
    with recorded(options, "figure", spec, metrics, outputs):
        draw_figure(spec, metrics, outputs)


def _table(options: argparse.Namespace) -> None:
    from ssl_landscape.provenance.record import recorded
    from ssl_landscape.tables import render_table

    require(options, names=("table",), files=("final", "output"))
    spec = _spec(options, lambda plan: plan.table_spec(options.table))
    models = list(dict.fromkeys(row["model"] for row in spec["rows"]))
    finals = options.final or [_results(options) / f"metrics/{model}.final.csv" for model in models]
    folder = _results(options) / "tables"
    outputs = options.output or [
        folder / f"{options.table}.{kind}" for kind in ("csv", "md", "tex")
    ]
    by_kind = {path.suffix[1:]: path for path in outputs}
    with recorded(options, "table", spec, finals, outputs):
        render_table(spec, dict(zip(models, finals, strict=True)), by_kind)


def _check(options: argparse.Namespace) -> None:
    plan = plan_of(options)
    jobs = f"{len(plan.datasets)} datasets, {len(plan.runs)} training runs"
    print(f"valid: {jobs}, {len(plan.config.figures)} figures, {len(plan.config.tables)} tables")


def _schema(options: argparse.Namespace) -> None:
    from ssl_landscape.config.schema import json_schema
    from ssl_landscape.files import write_json

    write_json(options.output, json_schema())


def require(options: argparse.Namespace, names: tuple[str, ...], files: tuple[str, ...]) -> None:
    """Ask for the names that the config is searched for, or with --spec for every file."""
    wanted = files if options.spec else names
    missing = [f"--{name}" for name in wanted if getattr(options, name) is None]
    if missing:
        hint = "with --spec, every file has to be named" if options.spec else "or give --spec"
        raise UserError(
            f"needs {', '.join(missing)} ({hint}); see ssl-landscape {options.name} --help"
        )


def plan_of(options: argparse.Namespace) -> Any:
    """Give the plan of the config that the options name, made once."""
    from ssl_landscape.config import Plan, load_config

    if "plan" not in options:
        options.plan = Plan(load_config(*options.config))
    return options.plan


def _results(options: argparse.Namespace) -> Path:
    # With --spec every file is named, and the config is not read.
    return Path() if options.spec else plan_of(options).results


def _spec(options: argparse.Namespace, resolve: Any) -> dict:
    return json.loads(options.spec) if options.spec else resolve(plan_of(options))


def _json(text: str) -> str:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"is not JSON: {error}") from None
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ssl-landscape",
        description="The steps of the pipeline, one by one.",
        epilog=all_examples(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    steps = parser.add_subparsers(dest="name", required=True, metavar="STEP")

    dataset = _step(steps, "dataset", _dataset, "generate a dataset")
    dataset.add_argument("--dataset", help="family and sparsity, for example sparse-0.1")
    dataset.add_argument("--seed", type=int, help="the k of seed-<k>")
    dataset.add_argument("--samples", type=Path, help="output: x and z")
    dataset.add_argument("--dictionary", type=Path, help="output: M")

    train = _step(steps, "train", _train, "train one (model, sparsity, seed)")
    train.add_argument("--model", help="a model of the config")
    train.add_argument("--sparsity", help="Pr(z_i != 0), as in the config")
    train.add_argument("--seed", type=int, help="the k of seed-<k>")
    train.add_argument("--samples", type=Path, help="input: the dataset's x")
    train.add_argument("--dictionary", type=Path, help="input: the dataset's M")
    train.add_argument("--folder", type=Path, help="output: for curve, weights and record")
    train.add_argument("--device", choices=("auto", "cpu", "cuda"), help="default: the config's")
    train.add_argument("--threads", type=int, default=1, help="cores for torch (default: 1)")
    train.add_argument(
        "--checkpoint-every",
        type=float,
        default=60,
        metavar="SECONDS",
        help="save a long run's state this often, to go on from after a kill (default: 60)",
    )

    metrics = _step(steps, "metrics", _metrics, "aggregate a model's runs")
    metrics.add_argument("--model", help="a model of the config")
    metrics.add_argument("--curves", type=Path, nargs="+", help="input: the runs' curves")
    metrics.add_argument("--output", type=Path, help="output: mean, min and max an epoch")
    metrics.add_argument("--final", type=Path, help="output: each run's last epoch")

    figure = _step(steps, "figure", _figure, "draw a figure")
    figure.add_argument("--figure", help="a figure of the config, for example figure_02")
    figure.add_argument("--metrics", type=Path, nargs="+", help="input: the models' metrics")
    figure.add_argument("--output", type=Path, nargs="+", help="output: .pdf, .png, .svg")

    table = _step(steps, "table", _table, "render a table")
    table.add_argument("--table", help="a table of the config, for example table_2")
    table.add_argument("--final", type=Path, nargs="+", help="input: the models' final metrics")
    table.add_argument("--output", type=Path, nargs="+", help="output: .csv, .md, .tex")

    ablations.add_steps(functools.partial(_step, steps))
    benchmark.add_steps(functools.partial(_step, steps))
    theory.add_steps(steps, _step)
    fidelity.add_steps(steps, _step)
    provenance.add_steps(steps, _step)
    report.add_steps(steps, _step)
    reading.add_steps(steps, _step)

    _step(steps, "check", _check, "validate a config and count its jobs")
    schema = _step(steps, "schema", _schema, "write the config's JSON schema")
    schema.add_argument("--output", type=Path, default=Path("workflow/schemas/config.schema.json"))
    return parser


def _step(steps: Any, name: str, function: Any, summary: str) -> argparse.ArgumentParser:
    step = steps.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    step.epilog = example_of(step.prog)
    step.set_defaults(step=function)
    step.add_argument(
        "--config",
        type=Path,
        nargs="+",
        default=[Path("config.yaml")],
        help="config files, later ones laid over earlier ones (default: config.yaml)",
    )
    step.add_argument("--spec", type=_json, help="resolved spec as JSON, in place of the config")
    step.add_argument("--code", help="fingerprint of the code that the step was planned with")
    step.add_argument("--record", type=Path, help="output: the record (default: beside the others)")
    return step
