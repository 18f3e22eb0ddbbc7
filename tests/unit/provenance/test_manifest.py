"""The manifest lists hashes and nothing of what made the artefacts; jobs.csv lists the rest."""

import csv
import json
from pathlib import Path

import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.experiment.seeds import compact, expand
from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.pipeline.plan import canonical
from ssl_landscape.provenance.hashing import identity, seal
from ssl_landscape.provenance.manifest import (
    manifest_inputs,
    manifest_job,
    manifest_spec,
    read_manifest,
)

from .conftest import RUNS, Build, rewrite

MANIFEST, JOBS = Path("results/provenance/manifest.json"), Path("results/provenance/jobs.csv")


@pytest.mark.parametrize(
    ("seeds", "text"),
    [([1, 2, 3, 7], "1-3,7"), ([5], "5"), ([3, 1, 2], "3,1-2"), ([1, 3], "1,3")],
)
def test_seeds_as_ranges(seeds: list[int], text: str) -> None:
    assert compact(seeds) == text
    assert expand(text) == seeds


def test_what_a_manifest_lists(built: Build) -> None:
    content = json.loads(MANIFEST.read_text(encoding="utf-8"))
    assert content.keys() == {"format", "artefacts", "seal"}
    assert content["format"] == 2
    assert seal(content) == content
    files = manifest_inputs(built.graph, "all")
    assert content["artefacts"] == {file: identity(Path(file)) for file in sorted(files)}
    curve = f"results/runs/{RUNS[0]}/curve.parquet"
    assert content["artefacts"][curve].keys() == {"sha256", "bytes", "content"}
    assert content["artefacts"] == read_manifest(MANIFEST)


def test_equal_results_have_equal_manifests(built: Build) -> None:
    before, jobs = MANIFEST.read_bytes(), JOBS.read_bytes()
    for job in built.graph.jobs:  # made by other code, later
        rewrite(job.record, lambda record: record.update(code="0" * 16, start="later"))
    built.list("all")
    assert MANIFEST.read_bytes() == before
    assert JOBS.read_bytes() != jobs


def test_the_list_of_jobs(built: Build) -> None:
    with JOBS.open(encoding="utf-8", newline="") as stream:
        rows = {row["record"]: row for row in csv.DictReader(stream)}
    jobs = built.graph.of("all")
    assert rows.keys() == {job.record for job in jobs}
    for job in jobs:
        row = rows[job.record]
        assert (row["rule"], row["spec"], row["code"]) == (job.rule, job.spec_hash, job.code)
        assert row["python"]
        assert "host" not in row


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.write_text("x"), "does not match the hash recorded in results/tables/table_2"),
        (lambda p: p.unlink(), "no such file"),
        (lambda p: p.with_name("table_2.record.json").unlink(), "record.json: no such file"),
        (lambda p: p.with_name("table_2.record.json").write_text("{}"), "another version"),
        (lambda p: p.with_name("table_2.record.json").write_text("{"), "cannot be read"),
    ],
)
def test_none_is_made_of_altered_files(built: Build, change, message: str) -> None:
    before = MANIFEST.read_bytes()
    change(Path("results/tables/table_2.md"))
    with pytest.raises(UserError, match=message):
        built.list("all")
    assert MANIFEST.read_bytes() == before


def test_its_job(built: Build) -> None:
    job = manifest_job(built.graph, "ablations")
    assert job.outputs == (
        "results/provenance/manifest-ablations.json",
        "results/provenance/jobs-ablations.csv",
    )
    assert job.record == "results/provenance/manifest-ablations.record.json"
    assert job.spec["records"] == {"results/ablations/latents.record.json": ""}


def test_thousands_of_seeds_fit_into_a_command(
    built: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Job, "code", "0" * 16)
    jobs = [
        Job(
            "all",
            "train",
            "",
            {},
            (),
            (),
            f"results/runs/m{model}/sparsity-0.1/seed-{seed}/run.json",
        )
        for model in range(60)
        for seed in range(1, 2001)
    ]
    monkeypatch.setattr(built.graph, "jobs", jobs)
    spec = manifest_spec(built.graph, "all")
    assert len(canonical(spec)) < 10_000
    assert spec["records"]["results/runs/m7/sparsity-0.1/seed-*/run.json"] == "1-2000"
