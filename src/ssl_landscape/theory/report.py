"""A statement's files, and the page of all verdicts."""

import importlib
import json
import logging
from pathlib import Path
from typing import Any

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.io.files import write_json, write_text
from ssl_landscape.io.plot_style import plot_style, save_pictures
from ssl_landscape.theory.verdict import markdown


def write_statement(spec: dict[str, Any], outputs: list[Path]) -> None:
    """Compute a statement, judge it, and write its figure and its JSON.

    Args:
        spec: statement, seed and settings.
        outputs: files to write; the suffix (.pdf, .png, .svg, .json) decides what.
    """
    name = spec["statement"]
    measured = _module(name).measure(spec["settings"], spec["seed"])
    verdict = _module(f"verdicts.{name}").judge(measured.quantities)
    logging.info("%s: %s", verdict.title, verdict.status)
    pictures = [path for path in outputs if path.suffix != ".json"]
    with plot_style({"legend.fontsize": 7}):
        save_pictures(_module(f"pictures.{name}").draw(measured), pictures)
    content = {"statement": name} | spec
    content |= {"quantities": measured.quantities, "verdict": verdict.as_dict()}
    for path in outputs:
        if path.suffix == ".json":
            write_json(path, content)


def write_verdicts(measured: list[Path], output: Path) -> None:
    """Write one page with the verdicts of these JSON files, in their order."""
    write_text(output, markdown([_read(path) for path in measured]))


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; let Snakemake make it") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error}); {AGAIN}") from None
    if not isinstance(content, dict) or not {"statement", "verdict"} <= content.keys():
        raise UserError(f"{path}: holds no verdict; {AGAIN}")
    return content


def _module(name: str) -> Any:
    return importlib.import_module(f"ssl_landscape.theory.{name}")
