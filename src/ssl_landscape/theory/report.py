"""The files of a statement, and the page of all verdicts."""

import importlib
import json
import logging
from pathlib import Path
from typing import Any

from ssl_landscape.io.files import write_json, write_text
from ssl_landscape.io.plot_style import plot_style, save_pictures
from ssl_landscape.theory.measurement import streams
from ssl_landscape.theory.verdict import markdown, read_statement


def write_statement(spec: dict[str, Any], inputs: list[Path], outputs: list[Path]) -> None:
    """Compute a statement, judge it, and write its figure and its JSON.

    ``spec`` has statement, seed and settings; outputs are .pdf, .png, .svg and .json.
    """
    spec = json.loads(json.dumps(spec, sort_keys=True))  # equal specs, equal bytes
    name = spec["statement"]
    quantities, curves = _module(name).measure(spec["settings"], streams(name, spec["seed"]))
    verdict = _module(f"verdicts.{name}").judge(quantities)
    logging.info("%s: %s", verdict["title"], verdict["status"])
    *pictures, json_path = outputs
    with plot_style({"legend.fontsize": 7}):
        save_pictures(_module(f"pictures.{name}").draw(quantities, curves), pictures)
    results = {"quantities": quantities, "verdict": verdict}
    write_json(json_path, {"statement": name} | spec | results)


def write_verdicts(spec: dict[str, Any], inputs: list[Path], outputs: list[Path]) -> None:
    """Write one page with the verdicts of the statements' JSON files, in their order."""
    write_text(outputs[0], markdown([read_statement(path) for path in inputs]))


def _module(name: str) -> Any:
    return importlib.import_module(f"ssl_landscape.theory.{name}")
