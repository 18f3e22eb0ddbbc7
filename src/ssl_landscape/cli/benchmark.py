"""The steps ``ssl-landscape bench`` and ``ssl-landscape timings``."""

import argparse
from pathlib import Path
from typing import Any

MODELS = ("ncl-basic", "cl-basic")
SPARSITY, SEED = "0.1", 1


def add_steps(add: Any) -> None:
    """Add the steps to the command line.

    Args:
        add: ``f(name, function, summary)`` that gives a step's parser.
    """
    bench = add("bench", _bench, "time training against plain PyTorch and the machine's floor")
    bench.add_argument("--models", nargs="+", default=MODELS, help="default: %(default)s")
    bench.add_argument("--rounds", type=int, default=41, help="turns per side (default: 41)")
    bench.add_argument(
        "--output", type=Path, metavar="FOLDER", help="default: <results>/benchmarks"
    )
    timings = add("timings", _timings, "say where the time of a run of Snakemake went")
    timings.add_argument("--log", type=Path, help="its log (default: the newest of a run)")


def bench_spec(plan: Any, models: tuple[str, ...] = MODELS) -> dict:
    """Return what is timed: label, spec of a run, and of its dataset, for each model."""
    cases = []
    for model in (name for name in models if name in plan.models):
        dataset = plan.dataset_of(model, SPARSITY)
        run, data = plan.run_spec(model, SPARSITY, SEED), plan.dataset_spec(dataset, SEED)
        cases.append([plan.config.models[model].label, run, data])
    return {"cases": cases}


def _bench(options: argparse.Namespace) -> None:
    from ssl_landscape.benchmark.report import run_bench
    from ssl_landscape.cli.options import plan_of

    plan = plan_of(options)
    for model in options.models:
        plan.model(model)  # a wrong name is refused
    folder = options.output or plan.results / "benchmarks"
    run_bench(bench_spec(plan, options.models)["cases"], options.rounds, folder)


def _timings(options: argparse.Namespace) -> None:
    from ssl_landscape.cli.options import plan_of
    from ssl_landscape.inspect.timings import describe, newest_log, read_timings

    log = options.log or newest_log(Path(".snakemake/log"))
    print(describe(read_timings(plan_of(options).results, log)))
