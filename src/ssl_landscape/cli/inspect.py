"""The commands that change no result: of the config, of what is built, of how fast it is."""

import argparse
import os
import sys
import time
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssl_landscape.cli.options import plan_of
from ssl_landscape.errors import UserError
from ssl_landscape.io.own_matplotlib import load_matplotlib
from ssl_landscape.pipeline.numeric_environment import fix_environment

if TYPE_CHECKING:
    from ssl_landscape.pipeline.plan import Plan

SCHEMA = Path("workflow/schemas/config.schema.json")
SETTINGS = Path("docs/settings.md")
BENCH_MODELS = ("ncl-basic", "cl-basic")
BENCH_SPARSITY, BENCH_SEED = "0.1", 1


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands to the program; ``add`` as in :mod:`ssl_landscape.cli.main`."""
    example = "--config config.yaml workflow/variants/smoke.yaml"
    add("check", _check, "validate a config and count its jobs", example)
    schema = add("schema", _schema, "write the config's JSON schema", "")
    schema.add_argument("--output", type=Path, default=SCHEMA, help="default: %(default)s")

    settings = add("settings", _settings, "write every figure's and table's setting as a page", "")
    settings.add_argument("--output", type=Path, default=SETTINGS, help="default: %(default)s")

    summary = "show what is made, running and failed, and how long is left"
    state = add("status", _status, summary, "--watch")
    again = "show it again every 10 seconds, or as often as you say, until Ctrl-C"
    state.add_argument("--watch", type=float, nargs="?", const=10, metavar="SECONDS", help=again)

    example = "figure_02 --open\n  ssl-landscape show ncl-basic/0.1/1 --curve ncl-basic.png"
    show = add("show", _show, "show a run, a model, a figure or a table", example)
    show.add_argument("what", metavar="NAME", help="ncl-basic/0.1/1, ncl-basic, figure_02, table_2")
    where = "write a run's curve: .csv, .png, .pdf, .svg"
    show.add_argument("--curve", type=Path, metavar="FILE", help=where)
    show.add_argument("--open", action="store_true", help="open the figure, or the curve written")

    example = (
        "results/published results\n"
        "  ssl-landscape compare results results/as_written\n"
        "  ssl-landscape compare config.yaml workflow/variants/as_written.yaml"
    )
    compare = add("compare", _compare, "compare two configs, or two results folders", example)
    compare.add_argument("first", type=Path, metavar="A", help="a config, or a results folder")
    compare.add_argument("second", type=Path, metavar="B", help="another one of the same kind")
    moved = "smallest change of a cell's mean that counts as moved (default: 0.01)"
    compare.add_argument("--tolerance", type=float, default=0.01, help=moved)

    page = add("page", _page, "write the published results as one HTML file", "site --open")
    page.add_argument("folder", type=Path, metavar="FOLDER", help="output: gets index.html")
    page.add_argument("--open", action="store_true", help="open it in a browser")

    timings = add("timings", _timings, "show where the time of a build went", "--cores 8")
    cores = "of the build (default: %(default)s)"
    timings.add_argument("--cores", type=int, default=os.cpu_count(), help=cores)

    summary = "time training against plain PyTorch and the machine's floor"
    bench = add("bench", _bench, summary, "--models ncl-basic")
    bench.add_argument("--models", nargs="+", default=BENCH_MODELS, help="default: %(default)s")
    bench.add_argument("--rounds", type=int, default=41, help="turns per side (default: 41)")
    times = "measurements of all sides, of which medians are printed (default: 5)"
    bench.add_argument("--repeats", type=int, default=5, help=times)
    where = "default: <results>/benchmarks"
    bench.add_argument("--output", type=Path, metavar="FOLDER", help=where)

    gpu = add("gpu-check", _gpu_check, "compare training on a GPU with the CPU", "")
    where = "gets the report (default: <results>/benchmarks/gpu.md)"
    gpu.add_argument("--output", type=Path, metavar="FILE", help=where)


def _check(options: argparse.Namespace) -> None:
    plan = plan_of(options)
    jobs = f"{len(plan.datasets)} datasets, {len(plan.runs)} training runs"
    print(f"valid: {jobs}, {len(plan.config.figures)} figures, {len(plan.config.tables)} tables")


def _schema(options: argparse.Namespace) -> None:
    from ssl_landscape.config.schema import json_schema
    from ssl_landscape.io.files import write_json
    from ssl_landscape.io.write_errors import explaining_writes

    with explaining_writes([options.output]):
        write_json(options.output, json_schema())


def _settings(options: argparse.Namespace) -> None:
    from ssl_landscape.inspect.settings import describe_settings
    from ssl_landscape.io.files import write_text
    from ssl_landscape.io.write_errors import explaining_writes

    with explaining_writes([options.output]):
        write_text(options.output, describe_settings(plan_of(options)))


def _status(options: argparse.Namespace) -> None:
    from ssl_landscape.inspect.status import status

    if options.watch is not None and not options.watch >= 1:
        raise UserError(f"--watch {options.watch:g}: must be at least 1 second")
    clear = "\x1b[H\x1b[J" if options.watch and sys.stdout.isatty() else ""
    with suppress(KeyboardInterrupt):
        while True:
            text = status(plan_of(options), datetime.now(UTC), options.config)
            print(f"{clear}{text}", end="", flush=True)
            if not options.watch:
                return
            time.sleep(options.watch)


def _show(options: argparse.Namespace) -> None:
    from ssl_landscape.inspect.curve import picture_of, write_curve
    from ssl_landscape.inspect.show import show

    plan = plan_of(options)
    print(show(plan, options.what), end="")
    if options.curve:
        write_curve(plan, options.what, options.curve)
        print(f"Curve: {options.curve}")
    if options.open:
        picture = options.curve or picture_of(plan, options.what)
        webbrowser.open(picture.resolve().as_uri())


def _compare(options: argparse.Namespace) -> None:
    from ssl_landscape.inspect.compare import compare

    print(compare(options.first, options.second, options.config[0], options.tolerance), end="")


def _page(options: argparse.Namespace) -> None:
    load_matplotlib()  # for its colours
    from ssl_landscape.io.write_errors import explaining_writes
    from ssl_landscape.report.site import NAME, write_site

    with explaining_writes([options.folder / NAME]):
        print(write_site(plan_of(options), options.folder))
    if options.open:
        webbrowser.open((options.folder / NAME).resolve().as_uri())


def _timings(options: argparse.Namespace) -> None:
    from ssl_landscape.inspect.timings import describe, read_timings

    if options.cores < 1:
        raise UserError(f"--cores {options.cores}: must be at least 1")
    print(describe(read_timings(plan_of(options)), options.cores))


def _bench(options: argparse.Namespace) -> None:
    fix_environment(1)  # as jobs do; for plain PyTorch, the fastest code as ever
    for name in ("ATEN_CPU_CAPABILITY", "MKL_CBWR", "ONEDNN_MAX_CPU_ISA"):
        os.environ.pop(name, None)
    load_matplotlib()
    from ssl_landscape.benchmark.report import run_bench

    plan = plan_of(options)
    folder = options.output or plan.results / "benchmarks"
    run_bench(bench_cases(plan, options.models), options.rounds, options.repeats, folder)


def _gpu_check(options: argparse.Namespace) -> None:
    fix_environment(1)
    import torch

    from ssl_landscape.inspect.gpu_check import MODELS, check_gpu
    from ssl_landscape.io.files import write_text
    from ssl_landscape.io.write_errors import explaining_writes
    from ssl_landscape.provenance.environment import arithmetic, machine, versions

    def describe() -> dict[str, Any]:
        return {**machine(), **arithmetic(), "torch": versions()["torch"]}

    plan = plan_of(options)
    target = options.output or plan.results / "benchmarks" / "gpu.md"
    report = check_gpu(bench_cases(plan, MODELS), torch.device("cuda"), describe)
    with explaining_writes([target]):
        write_text(target, report)
    print(report)


def bench_cases(
    plan: "Plan", models: Sequence[str] = BENCH_MODELS
) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Return what is timed: label, spec of a run, and of its dataset, for each model."""
    cases = []
    for model in models:
        run = plan.run_spec(model, BENCH_SPARSITY, BENCH_SEED)
        data = plan.dataset_spec(plan.dataset_of(model, BENCH_SPARSITY), BENCH_SEED)
        label = plan.config.models[model].label if model in plan.config.models else model
        cases.append((label, run, data))
    return cases
