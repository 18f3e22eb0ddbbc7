"""Publishing copies a complete, audited, clean build, all at once, and the same bytes each time."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.hashing import seal, sha256
from ssl_landscape.provenance.manifest import ENDINGS, manifest_job
from ssl_landscape.provenance.publish import _begun, publish

from .conftest import Build, rewrite

PUBLISHED = Path("results/published")
FILES = {
    "figures/figure_02.pdf",
    "figures/figure_02.png",
    "tables/table_2.csv",
    "tables/table_2.md",
    "tables/table_2.tex",
    "ablations/latents.csv",
    "ablations/latents.md",
    "provenance/manifest.json",
    "provenance/manifest-ablations.json",
    "provenance/manifest-replication.json",
    "provenance/manifest-beyond.json",
    "provenance/jobs.csv",
    "provenance/jobs-ablations.csv",
    "provenance/jobs-replication.csv",
    "provenance/jobs-beyond.csv",
    "published.json",
    "SHA256SUMS",
}


def files() -> dict[str, bytes]:
    found = [path for path in PUBLISHED.rglob("*") if path.is_file()]
    return {path.relative_to(PUBLISHED).as_posix(): path.read_bytes() for path in found}


def refused(build: Build) -> str:
    before = files()
    with pytest.raises(UserError) as error:
        publish(build.plan)
    assert files() == before
    return str(error.value)


def test_what_is_published(built: Build) -> None:
    assert publish(built.plan) == "results/published: 7 artefacts of 8 jobs"
    assert files().keys() == FILES
    for name in FILES - {"published.json", "SHA256SUMS"}:
        assert files()[name] == Path("results", name).read_bytes()
    content = json.loads(files()["published.json"])
    assert seal(content) == content
    assert content["files"] == {
        name: sha256(PUBLISHED / name) for name in sorted(FILES) if name.startswith("provenance/")
    }
    assert not [path for path in Path("results").iterdir() if path.name.startswith(".")]


def test_the_same_build_gives_the_same_bytes(built: Build) -> None:
    publish(built.plan)
    before = files()
    publish(built.plan)
    assert files() == before


def test_a_new_build_replaces_all(built: Build) -> None:
    publish(built.plan)
    (PUBLISHED / "figures/figure_99.png").write_text("x")
    before = files()
    built.make()
    publish(built.plan)
    after = files()
    assert after.keys() == FILES
    changed = {name for name in FILES if after[name] != before[name]}
    # Equal results, equal manifest: only what tells of times differs.
    lists = {"provenance/jobs.csv", "provenance/jobs-ablations.csv"}
    assert changed == {*lists, "published.json", "SHA256SUMS"}


def test_benchmarks_are_carried(built: Build) -> None:
    Path("results/benchmarks").mkdir()
    Path("results/benchmarks/scaling.csv").write_text("1")
    publish(built.plan)
    shutil.rmtree("results/benchmarks")
    publish(built.plan)
    assert files()["benchmarks/scaling.csv"] == b"1"
    assert "benchmarks/scaling.csv" in json.loads(files()["published.json"])["files"]


def test_a_kill_between_the_two_renames(built: Build) -> None:
    Path("results/benchmarks").mkdir()
    Path("results/benchmarks/scaling.csv").write_text("1")
    publish(built.plan)
    shutil.rmtree("results/benchmarks")
    before = files()
    PUBLISHED.rename("results/.published.old")
    publish(built.plan)
    assert files() == before


def test_an_incomplete_build_is_refused(built: Build) -> None:
    for path in Path("results/tables").iterdir():
        path.unlink()
    assert "all: 1 of 7 jobs are not built; snakemake --cores 2 all" in refused(built)
    Path("results/ablations/latents.record.json").unlink()
    assert "ablations: 1 of 1 jobs are not built; snakemake --cores 2 ablations" in refused(built)


def test_a_build_without_its_manifests_is_refused(built: Build) -> None:
    for path in Path("results/provenance").glob("manifest-ablations.*"):
        path.unlink()
    message = "manifest-ablations.json is missing; snakemake --cores 2 ablations"
    assert message in refused(built)


def test_a_build_that_fails_the_audit_is_refused(built: Build) -> None:
    publish(built.plan)
    Path("results/tables/table_2.md").write_text("x")
    assert "the audit finds 1 problem(s); see ssl-landscape audit" in refused(built)


def test_a_dirty_tree_is_refused(built: Build) -> None:
    dirty = {"commit": "0" * 40, "dirty": True}
    rewrite("results/figures/figure_02.record.json", lambda record: record.update(git=dirty))
    assert refused(built).splitlines() == [
        "not published: 1 jobs ran with uncommitted changes; commit them, rerun with --forceall"
    ]


def test_a_variant_is_refused(built: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(built.plan.config, "variant", "smoke")
    message = "variant 'smoke': only the paper's own results are published"
    assert refused(built) == message


def test_published_problems_are_no_reason_to_refuse(built: Build) -> None:
    publish(built.plan)
    (PUBLISHED / "tables/table_2.md").write_text("x")
    publish(built.plan)
    assert files()["tables/table_2.md"] == Path("results/tables/table_2.md").read_bytes()


def test_what_another_target_rests_on_has_not_begun(shipped: dict) -> None:
    graph = Graph(Plan(shipped))
    jobs = graph.needed_for(graph.of("beyond"))
    assert {"replication", "ablations"} <= {job.target for job in jobs}  # datasets that it shares
    found = SimpleNamespace(
        files={file for job in jobs for file in job.files},
        manifests=[manifest_job(graph, target) for target in ENDINGS],
    )
    assert {*_begun(graph, found)} == {"beyond"}
    built = {job.record for job in jobs}
    found.files.add(next(j.record for j in graph.of("replication") if j.record not in built))
    assert {*_begun(graph, found)} == {"beyond", "replication"}
