"""The command line: ``ssl-landscape COMMAND``.

Only the modules of the command that runs are imported: a training job never loads matplotlib.
"""

import argparse
import io
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from ssl_landscape.cli import inspect, job, provenance
from ssl_landscape.cli.options import json_value
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.checkout import require_own_code_around

COMPLETION = 'completion, in bash and zsh:\n  eval "$(register-python-argcomplete ssl-landscape)"'


def main(arguments: list[str] | None = None) -> int:
    """Run one command; bad input gives one message on stderr and exit status 2."""
    _print_what_the_terminal_can()
    parser = _parser()
    if "_ARGCOMPLETE" in os.environ:  # the shell asks what could come next
        import argcomplete

        argcomplete.autocomplete(parser)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # else a page for each PDF
    logging.raiseExceptions = False  # a full disk may take the log, too: no traceback about that
    try:
        require_own_code_around(Path.cwd())
        return options.command(options) or 0  # audit returns 1 where it finds something
    except (UserError, ModuleNotFoundError) as error:
        message = f"ssl-landscape {options.name_of_command}: error: {error}"
        if isinstance(error, ModuleNotFoundError):
            message += "; the project's environment is not active: type . .venv/bin/activate"
        try:
            print(message, file=sys.stderr, flush=True)
        except OSError:  # stderr is a log on a full disk; Snakemake shows stdout
            print(message, flush=True)
        return 2


def _print_what_the_terminal_can() -> None:
    """Let no character end a command: σ on a terminal without it, or a name that is not text."""
    for stream, errors in ((sys.stdout, "replace"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):  # not so in a notebook
            stream.reconfigure(errors=errors)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ssl-landscape",
        description="Run, read and check the pipeline's jobs.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="name_of_command", required=True, metavar="COMMAND")
    examples: list[str] = []

    def add(
        name: str, function: Callable[..., int | None], summary: str, example: str
    ) -> argparse.ArgumentParser:
        """Add a command; the example begins after its name."""
        example = f"ssl-landscape {name} {example}".replace(" \n", "\n").strip()
        command = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            epilog=f"example:\n  {example}",
        )
        command.set_defaults(command=function)
        files = "config files, later ones laid over earlier ones (default: config.yaml)"
        default = [Path("config.yaml")]
        command.add_argument("--config", type=Path, nargs="+", default=default, help=files)
        # The rules' way.
        command.add_argument("--config-json", type=json_value, help=argparse.SUPPRESS)
        examples.append(example.split("\n")[0])
        return command

    for module in (job, inspect, provenance):
        module.add_commands(add)
    parser.epilog = "\n  ".join(["examples:", *examples]) + f"\n\n{COMPLETION}"
    return parser
