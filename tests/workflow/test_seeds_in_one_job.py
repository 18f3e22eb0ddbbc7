"""`seeds_in_one_job`: the files of one job per run; a failure loses one run only."""

import json
import shutil

from .workspace import SMOKE

RUNS = "runs/ncl-basic/sparsity-0.1"
CURVES = [f"results/smoke/{RUNS}/seed-{seed}/curve.parquet" for seed in (1, 2)]
DATA = "datasets/sparse-0.1/seed-2/samples.parquet"


def test_the_files_are_the_same_and_a_failure_loses_one_run(finished):
    results = finished.folder / "results" / "smoke"
    alone = {path: path.read_bytes() for path in sorted((results / RUNS).glob("seed-*/[cw]*"))}
    assert len(alone) == 4
    shutil.rmtree(results / RUNS)
    finished.write_config("in-a-row.yaml", {"seeds_in_one_job": True})

    def train():
        return finished.snakemake(*CURVES, configs=(SMOKE, "in-a-row.yaml"))

    samples = (results / DATA).read_bytes()
    (results / DATA).write_bytes(samples[:-9])
    failed = train()
    assert failed.returncode != 0
    assert "1 failed; 1 kept for the next attempt" in failed.stdout + failed.stderr
    assert not any(path.exists() for path in alone)  # a failed job's files are deleted
    kept = json.loads((results / "logs/finished" / RUNS[5:] / "seed-1/run.json").read_text())

    (results / DATA).write_bytes(samples)
    assert train().returncode == 0
    assert {path: path.read_bytes() for path in alone} == alone
    records = [json.loads((results / RUNS / f"seed-{k}/run.json").read_text()) for k in (1, 2)]
    assert records[0] == kept  # it was not trained again
    assert records[1]["start"] > records[0]["end"]
    assert not list((results / "logs/finished").rglob("seed-*"))
