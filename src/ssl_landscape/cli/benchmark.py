"""The command ``bench``."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssl_landscape.cli.options import plan_of

if TYPE_CHECKING:
    from ssl_landscape.pipeline.plan import Plan

MODELS = ("ncl-basic", "cl-basic")
SPARSITY, SEED = "0.1", 1


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command to the program; ``add`` as in :mod:`ssl_landscape.cli.main`."""
    summary = "time training against plain PyTorch and the machine's floor"
    bench = add("bench", _bench, summary, "ssl-landscape bench --models ncl-basic")
    bench.add_argument("--models", nargs="+", default=MODELS, help="default: %(default)s")
    bench.add_argument("--rounds", type=int, default=41, help="turns per side (default: 41)")
    bench.add_argument(
        "--output", type=Path, metavar="FOLDER", help="default: <results>/benchmarks"
    )


def bench_cases(
    plan: "Plan", models: Sequence[str] = MODELS
) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Return what is timed: label, spec of a run, and of its dataset, for each model."""
    cases = []
    for model in models:
        dataset = plan.dataset_of(model, SPARSITY)
        run, data = plan.run_spec(model, SPARSITY, SEED), plan.dataset_spec(dataset, SEED)
        cases.append((plan.config.models[model].label, run, data))
    return cases


def _bench(options: argparse.Namespace) -> None:
    from ssl_landscape.benchmark.report import run_bench

    plan = plan_of(options)
    folder = options.output or plan.results / "benchmarks"
    run_bench(bench_cases(plan, options.models), options.rounds, folder)
