"""Snakemake, run by a command: to plan, or to note files as its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

from ssl_landscape.errors import UserError


def config_options(configs: list[Path]) -> list[str]:
    """Return the options with which Snakemake reads these config files.

    Raises:
        UserError: the first is not config.yaml, over which the Snakefile lays all others.
    """
    if configs[0].resolve() != Path("config.yaml").resolve():
        raise UserError(
            f"--config: {configs[0]} comes first, but Snakemake always begins with config.yaml; "
            f"give --config config.yaml {configs[0]}"
        )
    return ["--configfile", *map(str, configs[1:])] if configs[1:] else []


def run_snakemake(arguments: list[str], configs: list[Path], what: str, folder: Path) -> str:
    """Run Snakemake in a folder; return all that it wrote.

    Raises:
        UserError: it fails; ``what`` is the verb that says what it cannot do.
    """
    command = [sys.executable, "-m", "snakemake", *arguments, *config_options(configs)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SNAKEMAKE_")}
    environment["PYTHONIOENCODING"] = "utf-8"  # not the terminal's
    process = subprocess.run(
        command, cwd=folder, capture_output=True, encoding="utf-8", env=environment
    )
    output = process.stdout + process.stderr
    if process.returncode != 0:
        error = re.search(r"^.*(?:Exception|Error)(?:.*\n){1,4}", output, re.MULTILINE)
        raise UserError(f"Snakemake cannot {what} it: " + " ".join((error or [output])[0].split()))
    return output
