"""How far results drift on other processors and with other thread counts, which sum differently.

PyTorch and its libraries are told to use the instructions of older processors; each kind trains the
same runs in a process of its own. The tolerances are docs/provenance.md's. At full length:
pytest -m slow tests/unit/experiment/test_tolerance.py
"""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

from ..helpers import REPOSITORY

PROCESSORS = {
    "AVX512": {},
    "AVX2": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_CBWR": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX",
    },
    "DEFAULT": {
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_CBWR": "COMPATIBLE",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX",
    },
}
COSINES = ("max_max_cosine", "median_max_cosine", "min_max_cosine")
EARLY = {"loss": 1e-4, "cosine": 1e-4}  # up to epoch 30
END, ON_THE_WAY = 0.01, 0.05  # of max-cosines: after 8000 epochs, and at any of them
TRAIN = """
import sys
import numpy as np, torch
from pathlib import Path
from ssl_landscape.config import read_yaml
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.experiment.data import generate
from ssl_landscape.experiment.fast import train

output, models, seeds, threads, epochs = sys.argv[1:]
plan = Plan(read_yaml(Path("config.yaml")))
arrays = {"processor": torch.backends.cpu.get_cpu_capability()}
for model in models.split():
    for seed in map(int, seeds.split()):
        samples, _, dictionary = generate(plan.dataset_spec(plan.dataset_of(model, "0.1"), seed))
        arrays[f"{model}/{seed}/data"] = np.concatenate([samples.ravel(), dictionary.ravel()])
        spec = plan.run_spec(model, "0.1", seed) | {"epochs": int(epochs)}
        for number in map(int, threads.split()):
            torch.set_num_threads(number)
            curve = train(spec, samples, dictionary, torch.device("cpu")).curve
            for name, values in curve.items():
                arrays[f"{model}/{seed}/{number}/{name}"] = values
np.savez(output, **arrays)
"""
MODELS = "cl-basic ncl-basic ncl-basic-2l simplified-simsiam"


def trained(folder, models, seeds, threads, epochs):
    """Train on each kind of processor, the first with these threads; kind -> its arrays."""
    found = {}
    for kind, variables in PROCESSORS.items():
        output = folder / f"{kind}.npz"
        subprocess.run(
            [sys.executable, "-c", TRAIN, output, models, seeds, threads, epochs],
            cwd=REPOSITORY,
            env=os.environ | variables | {"OMP_WAIT_POLICY": "passive"},
            check=True,
        )
        found[kind] = dict(np.load(output))
        threads = "1"
    return found


def differences(runs, quantities):
    """Give the greatest difference of each run from the first kind's with one thread, by epoch."""
    reference = next(iter(runs.values()))
    for kind, arrays in runs.items():
        for key in arrays:
            if not (found := re.fullmatch(r"(.+/\d+)/(\d+)/(\w+)", key)):
                continue
            run, threads, name = found.groups()
            if name in quantities:
                change = np.abs(arrays[key] - reference[f"{run}/1/{name}"])
                yield f"{run} {kind} {threads} {name}", np.nan_to_num(change)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs"), MODELS, "1 2", "1 2 3", "30")


def test_the_processors_differ(runs):
    """Else the next test shows nothing."""
    for kind in ("AVX2", "DEFAULT"):
        assert str(runs[kind]["processor"]) == kind
    assert any(change.any() for _, change in differences(runs, ("loss",)))


def test_early_epochs(runs):
    for what, limit in (("loss", EARLY["loss"]), (COSINES, EARLY["cosine"])):
        changes = dict(differences(runs, (what,) if what == "loss" else what))
        assert len(changes) == 4 * 2 * (3 + 1 + 1) * (1 if what == "loss" else 3)
        worst = max(changes, key=lambda key: changes[key].max())
        print(f"{what}: {changes[worst].max():.1e} in {worst}")
        assert changes[worst].max() <= limit, worst


def test_data_are_the_same_to_the_last_bits(runs):
    for kind in ("AVX2", "DEFAULT"):
        for key in (key for key in runs[kind] if key.endswith("/data")):
            np.testing.assert_allclose(runs[kind][key], runs["AVX512"][key], rtol=0, atol=1e-6)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_end_of_training(tmp_path):
    runs = trained(tmp_path, "cl-basic ncl-basic", "1 2", "1", "8000")
    found = list(differences(runs, COSINES))
    for what, limit, changes in (
        ("end", END, {key: change[-1] for key, change in found}),
        ("on the way", ON_THE_WAY, {key: change.max() for key, change in found}),
    ):
        worst = max(changes, key=changes.get)
        print(f"{what}: {changes[worst]:.1e} in {worst}")
        assert changes[worst] <= limit, worst
