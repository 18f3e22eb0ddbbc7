"""The steps ``ssl-landscape status``, ``show`` and ``compare``: they read, and change no result."""

import argparse
import webbrowser
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any


def add_steps(steps: Any, add_step: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the steps to the program.

    Args:
        steps: the program's subparsers.
        add_step: adds a step with --config and --spec to subparsers.
    """
    add_step(steps, "status", _status, "say what is done, running, failed, and how long is left")

    show = add_step(steps, "show", _show, "show a run, a model, a figure or a table")
    show.add_argument("what", metavar="NAME", help="ncl-basic/0.1/1, ncl-basic, figure_02, table_2")
    show.add_argument("--curve", type=Path, metavar="FILE", help="write a run's curve: .csv, .png")
    show.add_argument("--open", action="store_true", help="open the figure, or the curve written")

    compare = add_step(steps, "compare", _compare, "compare two configs or two results folders")
    compare.add_argument("first", type=Path, metavar="A", help="a config, or a folder of results")
    compare.add_argument("second", type=Path, metavar="B", help="another one of the same kind")
    compare.add_argument(
        "--tolerance",
        type=float,
        default=0.01,
        help="smallest change of a cell's mean that is listed (default: 0.01)",
    )


def _status(options: argparse.Namespace) -> None:
    from ssl_landscape.cli.options import plan_of
    from ssl_landscape.inspect.status import status

    print(status(plan_of(options), Path(), datetime.now()), end="")


def _show(options: argparse.Namespace) -> None:
    from ssl_landscape.cli.options import plan_of
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
