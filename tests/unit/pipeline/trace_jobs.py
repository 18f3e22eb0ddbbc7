"""Run jobs, and say which functions of the package ran in each (a script).

Reads ``[[rule, spec, command], ...]`` from stdin, and writes ``[[ran, outside], ...]``: definitions
that ran, and those of them that the job's fingerprint does not cover. Without a command of the
command line, the reference trains the spec.
"""

import importlib
import json
import os
import pkgutil
import sys
from pathlib import Path

os.environ["NUMBA_DISABLE_JIT"] = "1"  # no tracer sees compiled functions

import numpy as np
import torch
from matplotlib.figure import Figure

import ssl_landscape
from ssl_landscape.cli.main import main
from ssl_landscape.experiment.training import train
from ssl_landscape.pipeline import code_roots, fingerprint

PACKAGE = Path(ssl_landscape.__file__).parent


def import_all():
    """Import the whole package; return its functions with a cache."""
    names = [m.name for m in pkgutil.walk_packages(ssl_landscape.__path__, "ssl_landscape.")]
    modules = [importlib.import_module(name) for name in names]
    found = {id(v): v for m in modules for v in vars(m).values() if hasattr(v, "cache_clear")}
    slow = (fingerprint.__name__, code_roots.__name__)
    return [function for function in found.values() if function.__module__ not in slow]


def definition(code):
    """Return ``module:name`` of the top-level definition that a code object is part of."""
    file = Path(code.co_filename).relative_to(PACKAGE).with_suffix("")
    path = ".".join(file.parts).removesuffix(".__init__")
    for name, statements in fingerprint._module(path).definitions.items():
        for node in statements:
            first = min(n.lineno for n in (node, *getattr(node, "decorator_list", [])))
            if first <= code.co_firstlineno <= node.end_lineno:
                return f"{path}:{name}"
    return f"{path}:line {code.co_firstlineno}"


def trace(work):
    """Return the package's code objects that run in ``work``."""
    codes = set()
    sys.settrace(lambda frame, event, argument: codes.add(frame.f_code))  # calls, no lines
    try:
        failed = work()
    finally:
        sys.settrace(None)
    assert not failed
    own = f"{PACKAGE}{os.sep}"
    return {c for c in codes if c.co_filename.startswith(own) and c.co_name != "<module>"}


def draw_only(figure, stream, **options):
    """Save no picture: formats and fonts take most of the time, and none of the package's code."""
    figure.draw_without_rendering()


def run_reference(spec):
    samples = np.random.default_rng(1).standard_normal((24, 12)).astype(np.float32)
    dictionary = np.linalg.qr(samples[:12])[0][:, :10].copy()
    train(spec, samples, dictionary, torch.device("cpu"))


def run(rule, spec, command, cached):
    """Return the definitions that ran in a job, and those outside its fingerprint."""
    roots = code_roots.roots(rule, spec)
    inside = {f"{path}:{name}" for path, name in fingerprint._reached(*roots)}
    code_roots.modules_of(rule, spec)  # cached: slow when traced
    for function in cached:
        function.cache_clear()
    codes = trace(lambda: main(command) if command else run_reference(spec))
    ran = sorted(set(map(definition, codes)))
    return ran, [name for name in ran if name not in inside]


if __name__ == "__main__":
    Figure.savefig = draw_only
    cached = import_all()
    print(json.dumps([run(*job, cached) for job in json.load(sys.stdin)]))
