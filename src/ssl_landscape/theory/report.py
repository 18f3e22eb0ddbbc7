"""The files of a statement, and the page of all verdicts."""

import importlib
import json
import logging
from pathlib import Path
from typing import Any

from ssl_landscape.io.files import write_json, write_text
from ssl_landscape.io.plot_style import plot_style, save_pictures
from ssl_landscape.theory.verdict import markdown, read_statement


def write_statement(spec: dict[str, Any], inputs: list[Path], outputs: list[Path]) -> None:
    """Compute a statement, judge it, and write its figure and its JSON.

    Args:
        spec: statement, seed and settings.
        inputs: none.
        outputs: .pdf, .png, .svg and .json.
    """
    spec = json.loads(json.dumps(spec, sort_keys=True))  # equal specs, equal bytes
    name = spec["statement"]
    measured = _module(name).measure(spec["settings"], spec["seed"])
    verdict = _module(f"verdicts.{name}").judge(measured.quantities)
    logging.info("%s: %s", verdict.title, verdict.status)
    *pictures, json_path = outputs
    with plot_style({"legend.fontsize": 7}):
        save_pictures(_module(f"pictures.{name}").draw(measured), pictures)
    content = {"statement": name} | spec
    content |= {"quantities": measured.quantities, "verdict": verdict.as_dict()}
    write_json(json_path, content)


def write_verdicts(spec: dict[str, Any], inputs: list[Path], outputs: list[Path]) -> None:
    """Write one page with the verdicts of the statements' JSON files, in their order."""
    write_text(outputs[0], markdown([read_statement(path) for path in inputs]))


def _module(name: str) -> Any:
    return importlib.import_module(f"ssl_landscape.theory.{name}")
