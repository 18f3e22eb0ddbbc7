"""The command ``bench``."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

MODELS = ("ncl-basic", "cl-basic")
SPARSITY, SEED = "0.1", 1


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command to the program; ``add(name, function, summary, example)`` adds one."""
    bench = add(
        "bench",
        _bench,
        "time training against plain PyTorch and the machine's floor",
        "ssl-landscape bench --models ncl-basic",
    )
    bench.add_argument("--models", nargs="+", default=MODELS, help="default: %(default)s")
    bench.add_argument("--rounds", type=int, default=41, help="turns per side (default: 41)")
    bench.add_argument(
        "--output", type=Path, metavar="FOLDER", help="default: <results>/benchmarks"
    )


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
        plan.model(model)  # refuses an unknown one
    folder = options.output or plan.results / "benchmarks"
    run_bench(bench_spec(plan, options.models)["cases"], options.rounds, folder)
