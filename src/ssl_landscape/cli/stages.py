"""The pipeline's own steps on the command line: dataset, train, metrics, figure and table."""

import argparse
from pathlib import Path
from typing import Any

from ssl_landscape.cli.options import plan_of, require, results_of, spec_of


def add_steps(add: Any) -> None:
    """Add the steps to the command line.

    Args:
        add: ``f(name, function, summary)`` that gives a step's parser.
    """
    dataset = add("dataset", _dataset, "generate a dataset")
    dataset.add_argument("--dataset", help="family and sparsity, for example sparse-0.1")
    dataset.add_argument("--seed", type=int, help="the k of seed-<k>")
    dataset.add_argument("--samples", type=Path, help="output: x and z")
    dataset.add_argument("--dictionary", type=Path, help="output: M")

    train = add("train", _train, "train one (model, sparsity, seed)")
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

    metrics = add("metrics", _metrics, "aggregate a model's runs")
    metrics.add_argument("--model", help="a model of the config")
    metrics.add_argument("--curves", type=Path, nargs="+", help="input: the runs' curves")
    metrics.add_argument("--output", type=Path, help="output: mean, min and max an epoch")
    metrics.add_argument("--final", type=Path, help="output: each run's last epoch")

    figure = add("figure", _figure, "draw a figure")
    figure.add_argument("--figure", help="a figure of the config, for example figure_02")
    figure.add_argument("--metrics", type=Path, nargs="+", help="input: the models' metrics")
    figure.add_argument("--output", type=Path, nargs="+", help="output: .pdf, .png, .svg")

    table = add("table", _table, "render a table")
    table.add_argument("--table", help="a table of the config, for example table_2")
    table.add_argument("--final", type=Path, nargs="+", help="input: the models' final metrics")
    table.add_argument("--output", type=Path, nargs="+", help="output: .csv, .md, .tex")


def _dataset(options: argparse.Namespace) -> None:
    from ssl_landscape.experiment.data import write_dataset
    from ssl_landscape.provenance.record import recorded

    require(options, names=("dataset", "seed"), files=("samples", "dictionary"))
    spec = spec_of(options, lambda plan: plan.dataset_spec(options.dataset, options.seed))
    folder = results_of(options) / "datasets" / str(options.dataset) / f"seed-{options.seed}"
    samples = options.samples or folder / "samples.parquet"
    dictionary = options.dictionary or folder / "dictionary.parquet"
    with recorded(options, "dataset", spec, [], [samples, dictionary]):
        write_dataset(spec, samples, dictionary)


def _train(options: argparse.Namespace) -> None:
    from ssl_landscape.pipeline.train_job import execute_run

    files = ("samples", "dictionary", "folder", "device")
    require(options, names=("model", "sparsity", "seed"), files=files)
    run = (options.model, options.sparsity, options.seed)
    spec = spec_of(options, lambda plan: plan.run_spec(*run))
    if not options.samples:
        dataset = plan_of(options).dataset_of(options.model, options.sparsity)
        folder = results_of(options) / "datasets" / dataset / f"seed-{options.seed}"
        options.samples = folder / "samples.parquet"
        options.dictionary = folder / "dictionary.parquet"
    name = f"sparsity-{options.sparsity}/seed-{options.seed}"
    folder = options.folder or results_of(options) / "runs" / str(options.model) / name
    device = options.device or plan_of(options).config.device
    files = options.samples, options.dictionary, folder
    seconds = options.checkpoint_every
    execute_run(spec, options.code, *files, device, options.threads, seconds)


def _metrics(options: argparse.Namespace) -> None:
    from ssl_landscape.pipeline.aggregate import aggregate
    from ssl_landscape.provenance.record import recorded

    require(options, names=("model",), files=("curves", "output", "final"))
    results = results_of(options) / "metrics"
    spec = spec_of(options, lambda plan: plan.metrics_spec(options.model))
    runs = [(str(sparsity), int(seed)) for sparsity, seed in spec["runs"]]
    curves = options.curves or [
        results_of(options) / f"runs/{options.model}/sparsity-{s}/seed-{k}/curve.parquet"
        for s, k in runs
    ]
    output = options.output or results / f"{options.model}.parquet"
    final = options.final or results / f"{options.model}.final.csv"
    with recorded(options, "metrics", spec, curves, [output, final]):
        aggregate(runs, curves, output, final)


def _figure(options: argparse.Namespace) -> None:
    from ssl_landscape.pipeline.figures import draw_figure
    from ssl_landscape.provenance.record import recorded

    require(options, names=("figure",), files=("metrics", "output"))
    spec = spec_of(options, lambda plan: plan.figure_spec(options.figure))
    metrics = options.metrics or [
        results_of(options) / "metrics" / f"{entry['model']}.parquet" for entry in spec["models"]
    ]
    folder = results_of(options) / "figures"
    outputs = options.output or [
        folder / f"{options.figure}{suffix}" for suffix in (".pdf", ".png", ".svg")
    ]
    with recorded(options, "figure", spec, metrics, outputs):
        draw_figure(spec, metrics, outputs)


def _table(options: argparse.Namespace) -> None:
    from ssl_landscape.pipeline.tables import render_table
    from ssl_landscape.provenance.record import recorded

    require(options, names=("table",), files=("final", "output"))
    spec = spec_of(options, lambda plan: plan.table_spec(options.table))
    models = list(dict.fromkeys(row["model"] for row in spec["rows"]))
    finals = options.final or [
        results_of(options) / f"metrics/{model}.final.csv" for model in models
    ]
    folder = results_of(options) / "tables"
    outputs = options.output or [
        folder / f"{options.table}.{kind}" for kind in ("csv", "md", "tex")
    ]
    by_kind = {path.suffix[1:]: path for path in outputs}
    with recorded(options, "table", spec, finals, outputs):
        render_table(spec, dict(zip(models, finals, strict=True)), by_kind)
