"""All seeds of a model at once, as on a GPU: the files, the facts, and what one failure costs."""

import json
import shutil

import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import load_file

from ssl_landscape.cli.main import main
from ssl_landscape.experiment.data import write_dataset
from ssl_landscape.pipeline import train_at_once
from ssl_landscape.pipeline.code_roots import code_of

from ..helpers import small_spec
from .test_train_job import DATA

SEEDS = (1, 2, 3)
SPEC = small_spec(model="ncl-short", sparsity="0.1", epochs=120)


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Datasets, on a machine whose GPU is the CPU."""
    monkeypatch.chdir(tmp_path)
    for seed in SEEDS:
        folder = tmp_path / "results" / "datasets" / "sparse-0.1" / f"seed-{seed}"
        folder.mkdir(parents=True)
        files = [folder / "samples.parquet", folder / "dictionary.parquet"]
        write_dataset(DATA | {"seed": seed}, [], files)
    monkeypatch.setattr(train_at_once, "is_gpu", lambda device: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "a GPU")
    return tmp_path / "results"


def train(seeds="1-3", spec=SPEC):
    name = f"{spec['model']}/sparsity-0.1/seed-1"
    options = ["--results", "results", "--spec", json.dumps(spec), "--seeds", seeds]
    return main(["job", "train", name, *options, "--device", "cpu"])


def files_of(results, seed):
    folder = results / "runs" / "ncl-short" / "sparsity-0.1" / f"seed-{seed}"
    record = json.loads((folder / "run.json").read_text())
    curve = pq.read_table(folder / "curve.parquet").to_pandas()
    return record, curve, load_file(folder / "weights.safetensors")


def test_the_runs_are_those_of_one_by_one(results, monkeypatch):
    assert train() == 0
    at_once = [files_of(results, seed) for seed in SEEDS]
    shutil.rmtree(results / "runs")
    monkeypatch.setattr(train_at_once, "is_gpu", lambda device: False)
    assert train() == 0
    for seed, (record, curve, weights) in zip(SEEDS, at_once, strict=True):
        own, own_curve, own_weights = files_of(results, seed)
        assert record["at_once"]["runs"] == 3
        assert "experiment.many_runs" in record["at_once"]["modules"]
        assert record["device"] == "a GPU"
        assert record["code"] == own["code"] == code_of("train", SPEC)
        assert record["spec"] == own["spec"] == SPEC | {"seed": seed}
        assert record["final"] == pytest.approx(own["final"], rel=1e-4)
        assert record["final"]["min_max_cosine"] == pytest.approx(curve["min_max_cosine"].iloc[-1])
        assert "at_once" not in own
        assert list(curve) == list(own_curve)
        assert (curve - own_curve).abs().max().max() < 1e-4
        assert weights.keys() == own_weights.keys()


def test_a_run_that_cannot_be_trained_leaves_the_others(results, capsys):
    broken = results / "datasets" / "sparse-0.1" / "seed-2" / "samples.parquet"
    broken.write_bytes(broken.read_bytes()[:-9])
    assert train() == 2
    said = capsys.readouterr().err
    assert "1 failed; 2 kept for the next attempt" in said
    finished = results / "logs" / "finished" / "ncl-short" / "sparsity-0.1"
    assert sorted(path.name for path in finished.iterdir()) == ["seed-1", "seed-3"]


def test_one_that_diverges_leaves_the_others(results, monkeypatch, capsys):
    train_together = train_at_once.train_together

    def second_diverges(specs, samples, *others):
        samples[1][0, 0] = float("inf")
        return train_together(specs, samples, *others)

    monkeypatch.setattr(train_at_once, "train_together", second_diverges)
    assert train() == 2
    said = capsys.readouterr().err
    assert "seed 2" in said
    assert "1 failed; 2 kept for the next attempt" in said


def test_a_single_run_and_those_of_the_cpu_are_trained_one_by_one(results, monkeypatch):
    assert train(seeds="2") == 0
    assert "at_once" not in files_of(results, 2)[0]
    monkeypatch.undo()
    assert train_at_once.train_at_once([SPEC, SPEC], [[], []], "cpu") == []
