"""Training as a job: a process of its own, killed for good, resumes; what fails leaves no file."""

import json
import os
import subprocess
import sys
import time

import pytest
import torch

from ssl_landscape.errors import DivergedError, UserError
from ssl_landscape.experiment.data import write_dataset
from ssl_landscape.pipeline.train_job import choose_device, train_run

from ..helpers import LINEAR, small_spec

OUTPUTS = ["curve.parquet", "weights.safetensors"]
SPEC = small_spec(model="ncl-long", sparsity="0.1", epochs=2500)
DATA = {"dataset": "sparse", "sparsity": "0.1", "seed": 1, "n": 40, "p": 12, "d": 5}
DATA |= {"noise": 0.1, "latents": "independent"}
PROGRAM = """
import json, logging, pathlib, sys
from ssl_landscape.pipeline.train_job import train_run

logging.basicConfig(level=logging.INFO)
spec, inputs, outputs, seconds = json.loads(sys.argv[1])
paths = [pathlib.Path(p) for p in inputs], [pathlib.Path(p) for p in outputs]
print(json.dumps(train_run(spec, *paths, device="cpu", checkpoint_seconds=seconds)))
"""


def dataset(folder, **changes):
    files = [folder / "samples.parquet", folder / "dictionary.parquet"]
    write_dataset(DATA | changes, [], files)
    return files


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return dataset(tmp_path_factory.mktemp("data"))


def command(data, folder, seconds, spec=SPEC):
    paths = [[str(path) for path in data], [str(folder / name) for name in OUTPUTS]]
    return [sys.executable, "-c", PROGRAM, json.dumps([spec, *paths, seconds])]


def run(*args, **options):
    """Return what the job says, and its facts."""
    done = subprocess.run(command(*args, **options), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stderr, json.loads(done.stdout)


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    said, facts = run(data, folder, 60)
    assert "checkpoint" not in said  # off for runs of a minute
    assert sorted(p.name for p in folder.iterdir()) == OUTPUTS
    assert (facts["device"], facts["threads"]) == ("cpu", 1)
    assert "resumed_after_epoch" not in facts
    assert 0 < facts["final"]["min_max_cosine"] <= 1
    return folder


def kill(data, folder):
    """Start the job, and kill -9 it as soon as it has saved its state."""
    process = subprocess.Popen(command(data, folder, 0), stderr=subprocess.DEVNULL)
    state = folder / "checkpoint.safetensors"
    while not state.exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not any((folder / name).exists() for name in OUTPUTS)
    return state


def test_the_same_job_resumes_after_a_kill(data, whole, tmp_path):
    state = kill(data, tmp_path)
    said, facts = run(data, tmp_path, 60)
    assert "resumed from the checkpoint after epoch" in said
    assert 0 < facts["resumed_after_epoch"] < 2500
    for name in OUTPUTS:
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes()
    assert not state.exists()


@pytest.mark.parametrize("what", ["garbage", "truncated", "empty", "other spec", "other data"])
def test_a_state_that_is_not_its_own_is_left_alone(what, data, whole, tmp_path):
    state = kill(data, tmp_path)
    content = state.read_bytes()
    broken = {"garbage": b"garbage" * 100, "truncated": content[:-100], "empty": b""}
    state.write_bytes(broken.get(what, content))
    spec = SPEC | {"learning_rate": 0.05} if what == "other spec" else SPEC
    data = dataset(tmp_path, seed=2) if what == "other data" else data
    said, _ = run(data, tmp_path, 60, spec=spec)
    assert "checkpoint.safetensors is not used" in said
    assert "resumed" not in said
    equal = [(tmp_path / name).read_bytes() == (whole / name).read_bytes() for name in OUTPUTS]
    assert equal == [what in broken] * 2
    assert not state.exists()


def test_a_run_that_diverges_leaves_no_file(data, tmp_path):
    spec = small_spec(**LINEAR, learning_rate=1e3)
    with pytest.raises(DivergedError, match=r"model toy, sparsity 0\.3, seed 1: .*learning_rate"):
        train_run(spec, data, [tmp_path / name for name in OUTPUTS], device="cpu")
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_where_the_caller_objects(data, tmp_path):
    def object_to_it():
        raise UserError("a later process")

    with pytest.raises(UserError, match="a later process"):
        train_run(
            small_spec(epochs=2),
            data,
            [tmp_path / name for name in OUTPUTS],
            device="cpu",
            before_writing=object_to_it,
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o007, 0o660)])
def test_outputs_can_be_read_by_whom_the_umask_lets(data, tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        train_run(small_spec(epochs=2), data, [tmp_path / n for n in OUTPUTS], device="cpu")
    finally:
        os.umask(before)
    assert {oct((tmp_path / n).stat().st_mode & 0o777) for n in OUTPUTS} == {oct(mode)}


def test_devices(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto").type == choose_device("cpu").type == "cpu"
    with pytest.raises(UserError, match="choose from auto, cpu"):
        choose_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert (choose_device("auto").type, choose_device("cpu").type) == ("cuda", "cpu")
