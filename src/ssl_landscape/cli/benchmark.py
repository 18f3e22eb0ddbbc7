"""The steps ``ssl-landscape bench`` and ``ssl-landscape timings``."""

import argparse
import json
from pathlib import Path
from typing import Any

MODELS = ("ncl-basic", "cl-basic")
SPARSITY, SEED = "0.1", 1
FILES = ("steps.csv", "scaling.csv", "benchmark.pdf", "benchmark.png", "benchmark.svg")


def add_steps(add: Any) -> None:
    """Add the steps to the command line.

    Args:
        add: ``f(name, function, summary)`` that gives a step's parser.
    """
    bench = add("bench", _bench, "time training against plain PyTorch and the machine's floor")
    bench.add_argument("--models", nargs="+", default=MODELS, help="default: %(default)s")
    bench.add_argument("--rounds", type=int, default=41, help="turns a side (default: 41)")
    bench.add_argument("--output", type=Path, nargs="+", help="output: csv, csv, pictures")
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
    from ssl_landscape.benchmark.measure import measure_scaling, measure_steps
    from ssl_landscape.benchmark.report import describe, write_report
    from ssl_landscape.cli.options import plan_of

    if options.spec:
        spec, folder = json.loads(options.spec), Path()
    else:
        plan = plan_of(options)
        for model in options.models:
            plan.model(model)  # a wrong name is refused
        spec, folder = bench_spec(plan, options.models), plan.results / "benchmarks"
    steps = measure_steps(spec["cases"], options.rounds)
    print(describe(steps), flush=True)
    scaling = measure_scaling(spec["cases"], max(3, options.rounds // 8))
    files = options.output or [folder / name for name in FILES]
    outputs = {
        "steps": [path for path in files if path.name == "steps.csv"],
        "scaling": [path for path in files if path.name == "scaling.csv"],
        "pictures": [path for path in files if path.suffix != ".csv"],
    }
    write_report(steps, scaling, outputs)


def _timings(options: argparse.Namespace) -> None:
    from ssl_landscape.cli.options import plan_of
    from ssl_landscape.inspect.timings import describe, newest_log, read_timings

    log = options.log or newest_log(Path(".snakemake/log"))
    print(describe(read_timings(plan_of(options).results, log)))
