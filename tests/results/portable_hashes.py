"""Hashes of short runs of every model: the same on every x86-64 processor with AVX2.

``python -m tests.results.portable_hashes`` prints this machine's as rows of ``portable_hashes.csv``
(cpu, result, sha256). Who has another processor adds them; the test compares all rows. Others can
be emulated, and are given their name:
``qemu-x86_64 -cpu Haswell .venv/bin/python -m tests.results.portable_hashes "Haswell, emulated"``.
"""

import csv
import hashlib
import platform
import re
import sys
from pathlib import Path

from ssl_landscape.pipeline.numeric_environment import fix_environment

TABLE = Path(__file__).with_name("portable_hashes.csv")
CONFIG = Path(__file__).parents[2] / "config.yaml"
EPOCHS = 20


def hashes() -> dict[str, str]:
    """Train each model of the config shortly: name -> hash of its dataset, or curve and weights."""
    import torch

    from ssl_landscape.config import load_config
    from ssl_landscape.experiment.data import generate
    from ssl_landscape.experiment.fast import train
    from ssl_landscape.pipeline.plan import Plan

    torch.set_num_threads(1)
    plan = Plan(load_config(CONFIG))
    found: dict[str, str] = {}
    runs = {model: sparsity for model, sparsity, _ in reversed(plan.runs)}  # the first sparsity
    for model, sparsity in runs.items():
        dataset = plan.dataset_of(model, sparsity)
        samples, _, dictionary = generate(plan.dataset_spec(dataset, 1))
        spec = plan.run_spec(model, sparsity, 1) | {"epochs": EPOCHS}
        result = train(spec, samples, dictionary, torch.device("cpu"))
        arrays = [*result.curve.values(), *(w.numpy() for w in result.weights.values())]
        found[f"dataset {dataset}"] = _hash([samples, dictionary])
        found[f"run {model}"] = _hash(arrays)
    return dict(sorted(found.items()))


def cpu() -> str:
    """Return the processor's name, and whether it has AVX-512."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    name = re.search(r"model name\s*: (.*)", text)
    family, model = (re.search(rf"{key}\s*: (\d+)", text) for key in ("cpu family", "\nmodel\t"))
    numbers = f"family {family[1]}, model {model[1]}" if family and model else "unknown"
    wide = "AVX-512" if "avx512f" in text else "AVX2"
    return f"{name[1] if name else platform.processor()} ({numbers}, {wide})"


def _hash(arrays: list) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(array.tobytes())
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    fix_environment(1)
    rows = csv.writer(sys.stdout, lineterminator="\n")
    name = sys.argv[1] if sys.argv[1:] else cpu()
    rows.writerows([name, result, found] for result, found in hashes().items())
