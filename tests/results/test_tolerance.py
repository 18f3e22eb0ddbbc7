"""How far results drift in other arithmetic: other processors' code, other numbers of threads.

x86-64 processors with AVX2 agree in every bit (portable_hashes.py). Here NumPy and numba use the
code of an older one, which sums in another order, as an ARM would. The tolerance is that of
docs/provenance.md; other_arithmetic.py measures whole runs.
"""

import json
import platform
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from .other_arithmetic import COSINES, OTHER

REPOSITORY = Path(__file__).parents[2]
LIMIT = 1e-4  # of losses and max-cosines up to epoch 30
KINDS = {"own": (1, {}), "two threads": (2, {}), "other": (1, OTHER)}
TRAIN = """
import json, os, sys
from pathlib import Path
from ssl_landscape.pipeline.numeric_environment import fix_environment

output, models, threads, other = sys.argv[1:]
fix_environment(int(threads))
os.environ.update(json.loads(other))

import numpy as np, torch
from ssl_landscape.config import read_yaml
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.experiment.data import generate
from ssl_landscape.experiment.fast import train

torch.set_num_threads(int(threads))
plan, arrays = Plan(read_yaml(Path("config.yaml"))), {}
for model in models.split():
    for seed in (1, 2):
        samples, _, dictionary = generate(plan.dataset_spec(plan.dataset_of(model, "0.1"), seed))
        arrays[f"{model}/{seed}/data"] = np.concatenate([samples.ravel(), dictionary.ravel()])
        spec = plan.run_spec(model, "0.1", seed) | {"epochs": 30}
        curve = train(spec, samples, dictionary, torch.device("cpu")).curve
        arrays |= {f"{model}/{seed}/{name}": values for name, values in curve.items()}
np.savez(output, **arrays)
"""
MODELS = "cl-basic ncl-basic ncl-basic-2l simplified-simsiam"
pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="has no older x86-64's code")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Kind -> its arrays."""
    folder, found = tmp_path_factory.mktemp("runs"), {}
    for kind, (threads, other) in KINDS.items():
        arguments = [folder / f"{kind}.npz", MODELS, str(threads), json.dumps(other)]
        subprocess.run([sys.executable, "-c", TRAIN, *arguments], cwd=REPOSITORY, check=True)
        found[kind] = dict(np.load(arguments[0]))
    return found


def changes(runs, kind, names):
    """Yield the greatest difference of each curve from those of a job's own arithmetic."""
    for key, values in runs[kind].items():
        if re.search(f"/({'|'.join(names)})$", key):
            yield np.nan_to_num(np.abs(values - runs["own"][key])).max()


def test_the_arithmetic_differs(runs):
    """Else the next test shows nothing."""
    assert max(changes(runs, "other", ("loss",))) > 0


@pytest.mark.parametrize("kind", ["two threads", "other"])
def test_early_epochs(runs, kind):
    found = list(changes(runs, kind, ("loss", *COSINES)))
    assert len(found) == 4 * 2 * 4
    assert max(found) <= LIMIT


def test_data_are_the_same_to_the_last_bits(runs):
    for key in (key for key in runs["own"] if key.endswith("/data")):
        np.testing.assert_allclose(runs["other"][key], runs["own"][key], rtol=0, atol=1e-6)
