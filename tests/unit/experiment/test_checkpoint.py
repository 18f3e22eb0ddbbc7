"""Long runs: what was saved goes on bit for bit, and only in the run that it is of."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from ssl_landscape.experiment.checkpoint import Checkpoint
from ssl_landscape.experiment.curve import CHUNK
from ssl_landscape.experiment.data import write_dataset
from ssl_landscape.experiment.fast import train

from ..helpers import small_data, small_spec
from .test_training import MODELS

CPU = torch.device("cpu")
OUTPUTS = ["curve.parquet", "weights.safetensors"]
EPOCHS = 3 * CHUNK + 20
CONTRAST = {"loss": {"name": "contrastive", "temperature": 0.5}, "update": "shared"}  # autograd


class Killed(Exception):
    pass


class KilledAfter(Checkpoint):
    """Saves at every chance, and ends the process, so to speak, after the k-th."""

    def __init__(self, path, count):
        super().__init__(path, "this run", 0)
        self.left = count

    def save(self, tensors):
        super().save(tensors)
        self.left -= 1
        if not self.left:
            raise Killed


def same(one, other):
    for name, values in one.curve.items():
        assert values.dtype == other.curve[name].dtype
        assert values.tobytes() == other.curve[name].tobytes(), name
    for name, tensor in one.weights.items():
        assert torch.equal(tensor, other.weights[name]), name


@pytest.mark.parametrize(
    ("model", "changes"),
    [(m, MODELS[m]) for m in ("ncl-basic", "cl-basic", "ncl-momentum-predictor", "ncl-two-layers")]
    + [("ncl-dependent", MODELS["ncl-dependent"]), ("by-autograd", CONTRAST | {"momentum": 0.5})],
)
@pytest.mark.parametrize("count", [1, 3])
def test_a_killed_run_goes_on_bit_for_bit(model, changes, count, tmp_path):
    spec = small_spec(model=model, **changes | {"epochs": EPOCHS})
    whole = train(spec, *small_data(), CPU)
    path = tmp_path / "checkpoint.safetensors"
    with pytest.raises(Killed):
        train(spec, *small_data(), CPU, checkpoint=KilledAfter(path, count))
    seen = []
    second = Checkpoint(path, "this run", 1e9)
    after = train(spec, *small_data(), CPU, lambda epoch, *_: seen.append(epoch), second)
    assert second.resumed_at == count * CHUNK
    assert min(seen[1:]) > count * CHUNK  # seen[0] is the state before training
    same(whole, after)


SPEC = small_spec(model="ncl-long", sparsity="0.1", epochs=2500)
DATA = {"dataset": "sparse", "sparsity": "0.1", "seed": 1, "n": 40, "p": 12, "d": 5}
DATA |= {"noise": 0.1, "latents": "independent"}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    files = folder / "samples.parquet", folder / "dictionary.parquet"
    write_dataset(DATA, [], files)
    return files


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    assert "checkpoint" not in TestJob().run(data, folder, 60)  # off for runs of a minute
    assert sorted(p.name for p in folder.iterdir()) == [OUTPUTS[0], "run.json", OUTPUTS[1]]
    return folder


class TestJob:
    """``ssl-landscape train`` as a process of its own, killed for good."""

    def command(self, data, folder, every, spec=SPEC):
        samples, dictionary = data
        options = {"spec": json.dumps(spec), "samples": samples, "dictionary": dictionary}
        options |= {"folder": folder, "device": "cpu", "checkpoint-every": every}
        words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
        return [Path(sys.executable).with_name("ssl-landscape"), "train", *words]

    def run(self, *args, **options):
        done = subprocess.run(
            self.command(*args, **options), capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    def killed(self, data, folder):
        """Start the job, and kill -9 it as soon as it has saved its state."""
        process = subprocess.Popen(self.command(data, folder, 0), stderr=subprocess.DEVNULL)
        state = folder / "checkpoint.safetensors"
        while not state.exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
        process.wait()
        assert not any((folder / name).exists() for name in OUTPUTS)
        return state

    def test_the_same_command_goes_on_after_a_kill(self, data, whole, tmp_path):
        state = self.killed(data, tmp_path)
        assert "resumed from the checkpoint after epoch" in self.run(data, tmp_path, 60)
        for name in OUTPUTS:
            assert (tmp_path / name).read_bytes() == (whole / name).read_bytes()
        assert not state.exists()
        record = json.loads((tmp_path / "run.json").read_text())
        assert 0 < record["resumed_after_epoch"] < 2500
        assert "resumed_after_epoch" not in json.loads((whole / "run.json").read_text())

    @pytest.mark.parametrize("what", ["garbage", "truncated", "empty", "other spec", "other data"])
    def test_a_state_that_is_not_its_own_is_left_alone(self, what, data, whole, tmp_path):
        state = self.killed(data, tmp_path)
        content = state.read_bytes()
        broken = {"garbage": b"garbage" * 100, "truncated": content[:-100], "empty": b""}
        state.write_bytes(broken.get(what, content))
        spec = SPEC
        if what == "other spec":
            spec = spec | {"learning_rate": 0.05}
        if what == "other data":
            data = tmp_path / "samples.parquet", tmp_path / "dictionary.parquet"
            write_dataset(DATA | {"seed": 2}, [], data)
        said = self.run(data, tmp_path, 60, spec=spec)
        assert "checkpoint.safetensors is not used" in said
        assert "resumed" not in said
        assert "Traceback" not in said
        equal = [(tmp_path / name).read_bytes() == (whole / name).read_bytes() for name in OUTPUTS]
        assert equal == [what in broken] * 2
        assert not state.exists()
