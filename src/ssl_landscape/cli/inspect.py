"""The commands ``status``, ``show``, ``compare`` and ``timings``, which change no result."""

import argparse
import os
import webbrowser
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ssl_landscape.cli.options import plan_of
from ssl_landscape.errors import UserError


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands to the program; ``add(name, function, summary, example)`` adds one."""
    add(
        "status",
        _status,
        "show what is made, running and failed, and how long is left",
        "ssl-landscape status\n  watch -n 10 ssl-landscape status",
    )
    show = add(
        "show",
        _show,
        "show a run, a model, a figure or a table",
        "ssl-landscape show figure_02 --open\n"
        "  ssl-landscape show ncl-basic/0.1/1 --curve ncl-basic.png",
    )
    show.add_argument("what", metavar="NAME", help="ncl-basic/0.1/1, ncl-basic, figure_02, table_2")
    show.add_argument(
        "--curve", type=Path, metavar="FILE", help="write a run's curve: .csv, .png, .pdf, .svg"
    )
    show.add_argument("--open", action="store_true", help="open the figure, or the curve written")

    compare = add(
        "compare",
        _compare,
        "compare two configs, or two results folders",
        "ssl-landscape compare results/published results\n"
        "  ssl-landscape compare results results/as_written\n"
        "  ssl-landscape compare config.yaml workflow/variants/as_written.yaml",
    )
    compare.add_argument("first", type=Path, metavar="A", help="a config, or a results folder")
    compare.add_argument("second", type=Path, metavar="B", help="another one of the same kind")
    compare.add_argument(
        "--tolerance",
        type=float,
        default=0.01,
        help="smallest change of a cell's mean that counts as moved (default: 0.01)",
    )

    timings = add(
        "timings",
        _timings,
        "show where the time of a build went",
        "ssl-landscape timings --cores 8",
    )
    timings.add_argument(
        "--cores", type=int, default=os.cpu_count(), help="of the build (default: %(default)s)"
    )


def _status(options: argparse.Namespace) -> None:
    from ssl_landscape.inspect.status import status

    print(status(plan_of(options), datetime.now(UTC), options.config), end="")


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


def _timings(options: argparse.Namespace) -> None:
    from ssl_landscape.inspect.timings import describe, read_timings

    if options.cores < 1:
        raise UserError(f"--cores {options.cores}: must be at least 1")
    print(describe(read_timings(plan_of(options)), options.cores))
