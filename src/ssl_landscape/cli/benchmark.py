"""The command ``bench``."""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssl_landscape.cli.options import plan_of
from ssl_landscape.errors import UserError

MODELS = ("ncl-basic", "cl-basic")
SPARSITY, SEED = "0.1", 1
FILES = ("steps.csv", "scaling.csv", "benchmark.pdf", "benchmark.png", "benchmark.svg")


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
    plan = plan_of(options)
    for model in options.models:
        plan.model(model)  # refuses an unknown one
    folder = options.output or plan.results / "benchmarks"
    check_folder(folder)  # before 45 seconds of work

    from ssl_landscape.benchmark.measure import measure_scaling, measure_steps
    from ssl_landscape.benchmark.report import describe, write_report

    spec = bench_spec(plan, options.models)
    steps = measure_steps(spec["cases"], options.rounds)
    print(describe(steps), flush=True)
    scaling = measure_scaling(spec["cases"], max(3, options.rounds // 8))
    steps_csv, scaling_csv, *pictures = (folder / name for name in FILES)
    outputs = {"steps": [steps_csv], "scaling": [scaling_csv], "pictures": pictures}
    write_report(steps, scaling, outputs)


def check_folder(folder: Path) -> None:
    """Make a folder for the output, and try to write there.

    Raises:
        UserError: it is a file, or not writable.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"--output {folder}: is a file; name a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(f"--output {folder}: cannot write there ({error.strerror})") from None
