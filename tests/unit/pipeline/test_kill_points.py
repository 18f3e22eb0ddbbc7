"""A training job killed at each write: before, in the middle of, and after it."""

import functools
import json
import os
import signal
from pathlib import Path

import pytest

from ssl_landscape.experiment.data import write_dataset
from ssl_landscape.pipeline.train_job import train_run
from ssl_landscape.provenance.failed_attempts import check_is_latest
from ssl_landscape.provenance.record import recording

from ..helpers import small_spec

DATASET = {
    "dataset": "sparse",
    "sparsity": "0.3",
    "seed": 1,
    "n": 40,
    "p": 12,
    "d": 5,
    "latents": "exact_counts",
    "noise": 0.1,
}
SPEC = small_spec(epochs=5)
WRITES = ("the note", "curve.parquet", "weights.safetensors", "the packages", "run.json")
MOMENTS = ("before", "half", "after")
VOLATILE = ("start", "end", "seconds", "peak_memory_mb", "seal", "attempt", "earlier_attempts")


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A training job in a folder of its own, called with the folder of the results."""
    monkeypatch.chdir(tmp_path)
    inputs = [Path("samples.parquet"), Path("dictionary.parquet")]
    write_dataset(DATASET, [], inputs)

    def run(name):
        results = Path(name)
        folder = results / "runs/toy/sparsity-0.3/seed-1"
        outputs = [folder / "curve.parquet", folder / "weights.safetensors"]
        record = folder / "run.json"
        with recording("train", SPEC, None, inputs, outputs, record, results) as facts:
            check = functools.partial(check_is_latest, record, results)
            facts |= train_run(SPEC, inputs, outputs, device="cpu", before_writing=check)
        return folder

    return run


def killed(job, number, moment):
    """Run the job in a child that is killed (SIGKILL) at its write of this number."""
    child = os.fork()
    if child == 0:
        try:
            die_at(number, moment)
            job("results")
        finally:
            os._exit(1)  # not killed: the test fails
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die_at(number, moment):
    """Let the process kill itself at a rename; ``half``: with half of the content written."""
    rename, count = Path.replace, 0

    def replace(self, target):
        nonlocal count
        count += 1
        if count == number and moment == "half":
            os.truncate(self, self.stat().st_size // 2)
        if count == number and moment != "after":
            os.kill(os.getpid(), signal.SIGKILL)
        rename(self, target)
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    Path.replace = replace


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def lasting(text):
    return {key: value for key, value in json.loads(text).items() if key not in VOLATILE}


def same(name, content, expected):
    if name == "run.json":
        ours, theirs = (
            lasting(text.replace(b"whole/", b"results/")) for text in (content, expected)
        )
        return ours == theirs
    return content == expected


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("number", range(1, 1 + len(WRITES)), ids=WRITES)
def test_killed_at_a_write(job, number, moment):
    whole = files(job("whole"))
    assert sorted(whole) == ["curve.parquet", "run.json", "weights.safetensors"]
    assert killed(job, number, moment) == -signal.SIGKILL
    folder = Path("results/runs/toy/sparsity-0.3/seed-1")
    left = files(folder)
    # What has its real name is whole, and the record comes last.
    for name in whole.keys() & left.keys():
        assert same(name, left[name], whole[name]), name
    if "run.json" in left:
        assert left.keys() == whole.keys()
    beside = WRITES[number - 1].startswith("the ")  # written to another folder
    assert len(left.keys() - whole.keys()) == (not beside and moment != "after")
    # The same command again.
    assert job("results") == folder
    again = files(folder)
    assert again.keys() == whole.keys()
    for name in whole:
        assert same(name, again[name], whole[name]), name
    record = json.loads(again["run.json"])
    assert record["attempt"] == 1 + (number > 1 or moment == "after")
    assert not list(Path("results/logs").rglob("*.jsonl"))
    assert not list(Path("results/logs").rglob(".*"))


def test_a_job_that_outlived_its_snakemake_leaves_the_files_to_the_later_one(job, monkeypatch):
    """Its Snakemake was killed, it was not, and the settings have changed since."""
    from ssl_landscape.pipeline import train_job as runs

    train = runs.fast.train

    def slow(*arguments):
        monkeypatch.setattr(runs.fast, "train", train)
        child = os.fork()  # the later job, while this one trains
        if child == 0:
            status = 1
            try:
                job("results")
                status = 0
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        files_of_the_later.update(files(Path("results/runs/toy/sparsity-0.3/seed-1")))
        return train(*arguments)

    files_of_the_later: dict[str, bytes] = {}
    monkeypatch.setattr(runs.fast, "train", slow)
    with pytest.raises(runs.UserError, match="a later process"):
        job("results")
    assert files(Path("results/runs/toy/sparsity-0.3/seed-1")) == files_of_the_later
    assert sorted(files_of_the_later) == ["curve.parquet", "run.json", "weights.safetensors"]
