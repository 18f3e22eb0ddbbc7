"""The audit: what is built is judged by its records, what is published by its manifests."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ssl_landscape.provenance.audit import audit, markdown, write_audit
from ssl_landscape.provenance.publish import publish

from .conftest import Build, rewrite

RUN = "results/runs/cl-basic/sparsity-0.1/seed-2"
DATA = "results/datasets/sparse-0.1/seed-2"
PUBLISHED = "results/published"


def problems(build: Build) -> dict[str, set[str]]:
    """Return what is wrong: file -> kinds of findings."""
    found: dict[str, set[str]] = {}
    for finding in audit(build.plan)["findings"]:
        if finding["weight"] == "problem":
            found.setdefault(finding["subject"], set()).add(finding["kind"])
    return found


def details(build: Build) -> str:
    return " ".join(f["detail"] for f in audit(build.plan)["findings"] if f["weight"] == "problem")


def flip(path: str) -> None:
    """Flip one bit in the middle."""
    content = bytearray(Path(path).read_bytes())
    content[len(content) // 2] ^= 1
    Path(path).write_bytes(content)


class TestBuilt:
    def test_sound_results_pass(self, built: Build) -> None:
        report = audit(built.plan)
        assert report["passed"], markdown(report)
        assert report["counts"]["sound"] == report["counts"]["present"] == report["counts"]["files"]
        assert report["not built"] == {}

    def test_where_nothing_is_built_nothing_is_missing(self, build: Build) -> None:
        report = audit(build.plan)
        assert report["passed"]
        assert report["not built"] == {
            "dataset": 2,
            "train": 2,
            "metrics": 1,
            "figure": 1,
            "table": 1,
            "ablation": 1,
        }
        assert "Jobs that have not run here: 2 dataset, 2 train" in markdown(report)

    def test_one_figure_and_what_it_needs_is_sound(self, build: Build) -> None:
        build.make("dataset", "train", "metrics", "figure")
        assert problems(build) == {}

    def test_a_grid_that_has_begun_is_not_yet_incomplete(self, build: Build) -> None:
        build.make("dataset", "cl-basic/sparsity-0.1/seed-1")
        assert problems(build) == {}

    def test_a_run_that_metrics_have_read_must_be_there(self, built: Build) -> None:
        shutil.rmtree(RUN)
        assert problems(built) == {RUN: {"incomplete"}}

    def test_one_flipped_bit_anywhere_is_named_and_nothing_else(self, built: Build) -> None:
        for job in built.graph.jobs:
            for file in (*job.outputs, job.record):
                before = Path(file).read_bytes()
                flip(file)
                assert problems(built).keys() == {file}
                Path(file).write_bytes(before)
        for name in ("manifest.json", "jobs.csv", "manifest-ablations.record.json"):
            file = f"results/provenance/{name}"
            flip(file)
            assert problems(built).keys() == {file}
            built.list("all")
            built.list("ablations")

    def test_one_deleted_file_is_named_and_nothing_else(self, built: Build) -> None:
        for job in built.graph.jobs:
            for file in (*job.outputs, job.record):
                before = Path(file).read_bytes()
                Path(file).unlink()
                assert problems(built) == {file: {"missing"}}
                Path(file).write_bytes(before)

    def test_outputs_without_a_record(self, build: Build) -> None:
        for suffix in ("pdf", "png", "svg"):
            path = Path(f"results/figures/figure_02.{suffix}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
        assert problems(build) == {"results/figures/figure_02.record.json": {"missing"}}
        assert "no record tells what made figure_02.pdf" in details(build)

    def test_a_model_that_is_gone_with_what_rests_on_it(self, built: Build) -> None:
        shutil.rmtree("results/runs/cl-basic")
        for name in ("metrics", "figures"):
            shutil.rmtree(f"results/{name}")
        report = audit(built.plan)
        (finding,) = (f for f in report["findings"] if f["weight"] == "problem")
        assert (finding["kind"], finding["subject"]) == ("incomplete", "results/runs/cl-basic")
        reader = "results/tables/table_2.record.json"
        assert finding["detail"] == (
            f"all of model cl-basic is missing; {reader} tells that it was here"
        )

    def test_an_input_that_is_gone_as_a_whole(self, built: Build) -> None:
        shutil.rmtree(DATA)
        files = ("samples.parquet", "dictionary.parquet")
        assert problems(built) == {f"{DATA}/{file}": {"missing"} for file in files}

    def test_two_runs_exchanged(self, built: Build) -> None:
        other = Path(RUN).with_name("seed-1")
        Path(RUN).rename("aside")
        other.rename(RUN)
        Path("aside").rename(other)
        found = problems(built)
        assert {Path(file).parent for file in found} == {Path(RUN), other}
        assert len(found) == 6
        assert "settings" in found[f"{RUN}/run.json"]

    def test_a_rewritten_dataset_says_the_same(self, built: Build) -> None:
        table = pq.read_table(f"{DATA}/samples.parquet")
        pq.write_table(table, f"{DATA}/samples.parquet", compression="gzip")
        assert problems(built) == {f"{DATA}/samples.parquet": {"altered"}}
        assert "logical content is the same" in details(built)

    def test_records_of_another_version_are_refused(self, built: Build) -> None:
        rewrite(f"{RUN}/run.json", lambda record: record.update(format=2))
        assert problems(built) == {f"{RUN}/run.json": {"other version"}}
        assert "written by another version of the program; rerun the job" in details(built)

    def test_a_later_version_of_an_input(self, built: Build) -> None:
        built.make("metrics", changed=" changed")
        assert set(map(frozenset, problems(built).values())) == {frozenset({"inconsistent"})}
        assert "has read another version of it" in details(built)

    @pytest.mark.parametrize(
        ("change", "kinds", "word"),
        [
            (lambda r: r.update(git={"commit": "0" * 40, "dirty": True}), {"dirty tree"}, "uncom"),
            (
                lambda r: r.update(
                    git={"commit": "0" * 40, "dirty": True, "changed": ["src/a.py"]}
                ),
                {"dirty tree"},
                "uncommitted changes on 0000000000: src/a.py",
            ),
            (lambda r: r["packages"].update(numpy="1.0"), {"mixed versions"}, "numpy 1.0, else"),
            (
                lambda r: r["packages"].update(mkl="1.0") or r["packages"].pop("torch"),
                {"not in manifest"},  # nothing but that the list of jobs tells another thing of it
                "tells another thing of it",
            ),
            (  # code of another version that means the same
                lambda r: r["packages"].update({"ssl-landscape": "9"}),
                {"not in manifest"},
                "tells another thing of it",
            ),
            (
                lambda r: r.update(device="NVIDIA H100"),
                {"mixed machines"},
                "device NVIDIA H100, elsewhere cpu; both in cl-basic, figure_02, table_2",
            ),
            (lambda r: r.update(threads=0), {"mixed machines"}, "threads 0, elsewhere 1; both in"),
            (lambda r: r.update(code="0" * 16), {"code"}, "made by other code: "),
            (lambda r: r["spec"].update(learning_rate=1), {"settings"}, "learning_rate: 1 -> "),
            (lambda r: r["inputs"].popitem(), {"settings"}, "other inputs: results/datasets"),
        ],
    )
    def test_a_run_that_was_made_otherwise(
        self, built: Build, change: Callable, kinds: set[str], word: str
    ) -> None:
        rewrite(f"{RUN}/run.json", change)
        assert problems(built) == {f"{RUN}/run.json": kinds}
        assert word in details(built)

    @pytest.mark.parametrize("name", ["cpu", "cpu_capability"])
    def test_other_processors_are_a_remark(self, built: Build, name: str) -> None:
        rewrite(f"{RUN}/run.json", lambda record: record.update({name: "other"}))
        built.list("all")
        report = audit(built.plan)
        assert report["passed"]
        (finding,) = report["findings"]
        assert (finding["kind"], finding["subject"]) == ("mixed machines", f"{RUN}/run.json")
        assert finding["detail"].startswith(f"{name} other, elsewhere ")

    @pytest.mark.parametrize(
        ("key", "value", "kind"),
        [("git", None, "no commit"), ("attempt", 2, "retried"), ("cpu", "other", "mixed machines")],
    )
    def test_no_edit_hides_behind_a_remark(
        self, built: Build, key: str, value: object, kind: str
    ) -> None:
        rewrite(f"{RUN}/run.json", lambda record: record.update({key: value, "host": "other"}))
        assert problems(built) == {f"{RUN}/run.json": {"not in manifest"}}
        built.list("all")
        report = audit(built.plan)
        assert report["passed"]
        assert [finding["kind"] for finding in report["findings"]] == [kind]

    def test_a_list_older_than_a_record_is_a_remark(self, built: Build) -> None:
        """Equal results leave the list as it is; an edit that says so is seen, too."""
        built.make("figure")
        report = audit(built.plan)
        assert report["passed"]
        (finding,) = report["findings"]
        record = "results/figures/figure_02.record.json"
        assert (finding["kind"], finding["subject"]) == ("listed before", record)
        built.list("all")
        assert audit(built.plan)["findings"] == []

    def test_gpus_with_other_libraries(self, built: Build) -> None:
        for seed, (driver, cuda) in {1: ("535.1", "12.4"), 2: ("570.8", "12.6")}.items():
            gpu = {"device": "NVIDIA H100", "driver": driver, "cuda": cuda, "cudnn": "90100"}
            rewrite(f"{RUN[:-1]}{seed}/run.json", lambda record, gpu=gpu: record.update(gpu))
        assert problems(built)[f"{RUN[:-1]}1/run.json"] == {"mixed machines"}
        assert "cuda 12.4, elsewhere 12.6; both in cl-basic" in details(built)

    def test_what_no_artefact_mixes_is_no_finding(
        self, build: Build, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        jobs = [
            replace(job, inputs=()) if job.rule == "ablation" else job for job in build.graph.jobs
        ]
        monkeypatch.setattr("ssl_landscape.provenance.graph.list_jobs", lambda _: jobs)
        built = Build(build.plan)
        built.make()
        rewrite(
            "results/ablations/latents.record.json", lambda r: r["packages"].update(numpy="1.0")
        )
        assert problems(built) == {"results/ablations/latents.record.json": {"not in manifest"}}

    def test_installed_packages_are_listed_by_their_hash(self, built: Build) -> None:
        (file,) = Path("results/provenance").glob("installed-*.txt")
        name = json.loads(Path(f"{RUN}/run.json").read_text())["installed"]
        assert file.name == f"installed-{name}.txt"
        file.write_text(file.read_text() + "more-1.0\n")
        assert problems(built) == {file.as_posix(): {"altered"}}
        file.unlink()
        report = audit(built.plan)
        assert report["passed"]
        assert [f["subject"] for f in report["findings"]] == [file.as_posix()]

    def test_a_source_edited_since(self, build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
        Path("reasons.yaml").write_text("a")
        jobs = [
            replace(job, inputs=(*job.inputs, "reasons.yaml")) if job.rule == "table" else job
            for job in build.graph.jobs
        ]
        monkeypatch.setattr("ssl_landscape.provenance.graph.list_jobs", lambda _: jobs)
        build = Build(build.plan)
        build.make()
        assert problems(build) == {}
        Path("reasons.yaml").write_text("b")
        assert problems(build) == {"reasons.yaml": {"inconsistent"}}

    def test_failed_and_retried_jobs(self, built: Build) -> None:
        note = Path("results/logs/attempts/runs/cl-basic/sparsity-0.1/seed-2/run.jsonl")
        note.parent.mkdir(parents=True, exist_ok=True)
        line = {"start": "2026-01-01T00:00", "error": "MemoryError: all"}
        note.write_text(json.dumps(line) + "\n")
        rewrite("results/figures/figure_02.record.json", lambda record: record.update(attempt=2))
        built.list("all")
        assert problems(built) == {f"{RUN}/run.json": {"failed"}}
        text = markdown(audit(built.plan))
        assert "MemoryError: all" in text
        assert (
            "| remark | retried | results/figures/figure_02.record.json | succeeded at attempt 2 |"
            in text
        )

    def test_files_that_no_rule_makes(self, built: Build) -> None:
        shutil.copytree(RUN, Path(RUN).with_name("seed-9"))
        for name in ("notes.txt", "figures/figure_19.png", f"{RUN[8:]}/notes.txt"):
            Path("results", name).write_text("x")
        assert problems(built) == {
            f"{RUN[:-1]}9": {"excluded"},
            "results/notes.txt": {"unclaimed"},
            "results/figures/figure_19.png": {"unclaimed"},
            f"{RUN}/notes.txt": {"unclaimed"},
        }

    def test_what_is_no_finding(self, built: Build) -> None:
        for name in (
            "report.html",
            "report.zip",
            "benchmarks/scaling.csv",
            "logs/runs/a.log",
            "timings/a.tsv",
            f"{RUN[8:]}/checkpoint.safetensors",
            f"{RUN[8:]}/.curve.{'0' * 32}.parquet",
            f"{RUN[8:-1]}9/.curve.{'0' * 32}.parquet",
            ".snakemake_timestamp",
            "other/logs/a.log",
        ):
            Path("results", name).parent.mkdir(parents=True, exist_ok=True)
            Path("results", name).write_text("x")
        assert problems(built) == {}

    @pytest.mark.parametrize("folders", [("runs",), ("datasets",), ("runs", "datasets", "logs")])
    def test_folders_that_are_links_to_another_disk(
        self, built: Build, tmp_path: Path, folders: tuple[str, ...]
    ) -> None:
        before = audit(built.plan)["counts"]
        for name in folders:
            shutil.move(f"results/{name}", tmp_path / f"scratch/{name}")
            Path("results", name).symlink_to(tmp_path / f"scratch/{name}")
        report = audit(built.plan)
        assert report["passed"], markdown(report)
        assert report["counts"] == before
        if "runs" in folders:
            shutil.copytree(RUN, f"{RUN[:-1]}9")
            assert problems(built) == {f"{RUN[:-1]}9": {"excluded"}}

    def test_links_among_the_results(self, built: Build) -> None:
        """Links to folders above them, one with a second name for a folder, results as a link."""
        Path("results/logs/up").symlink_to("..")
        Path("results/figures/top").symlink_to("/")
        Path("results/logs/again").symlink_to("../runs")
        shutil.move("results", "scratch")
        Path("results").symlink_to("scratch")
        assert problems(built) == {}

    def test_equal_findings_share_a_line(self, built: Build, tmp_path: Path) -> None:
        for suffix in ("pdf", "png"):
            flip(f"results/figures/figure_02.{suffix}")
        report = audit(built.plan)
        text = markdown(report)
        assert "figure_02.pdf and 1 more | does not match the hash in its record |" in text
        write_audit(report, tmp_path / "out")
        assert (tmp_path / "out/audit.md").read_text(encoding="utf-8") == text
        assert json.loads((tmp_path / "out/audit.json").read_text(encoding="utf-8")) == report


class TestPublished:
    @pytest.fixture
    def clone(self, built: Build) -> Build:
        """What git has of the results."""
        publish(built.plan)
        for folder in Path("results").iterdir():
            if folder.name != "published":
                shutil.rmtree(folder)
        return built

    def test_a_clone_passes(self, clone: Build) -> None:
        report = audit(clone.plan)
        assert report["passed"], markdown(report)
        assert report["counts"]["published"] == 7 + 8  # artefacts, manifests and lists of jobs
        assert report["counts"]["present"] == 0

    def test_a_flipped_bit_or_a_deleted_file_is_named(self, clone: Build) -> None:
        files = [path for path in Path(PUBLISHED).rglob("*") if path.is_file()]
        assert len(files) == 17
        for path in files:
            before = path.read_bytes()
            flip(str(path))
            assert problems(clone).keys() == {path.as_posix()}
            path.unlink()
            assert problems(clone).keys() == {path.as_posix()}
            path.write_bytes(before)
        assert problems(clone) == {}

    def test_nothing_else_may_lie_there(self, clone: Build) -> None:
        Path(PUBLISHED, "figures/figure_99.png").write_text("x")
        assert problems(clone) == {f"{PUBLISHED}/figures/figure_99.png": {"unclaimed"}}

    def test_made_by_other_code(self, clone: Build, monkeypatch: pytest.MonkeyPatch) -> None:
        (figure,) = (job for job in clone.graph.jobs if job.rule == "figure")
        monkeypatch.setitem(vars(figure), "code", "0" * 16)
        (finding,) = audit(clone.plan)["findings"]
        assert (finding["kind"], finding["weight"]) == (
            "code",
            "remark",
        )  # its commit has that code
        assert finding["subject"] == "results/figures/figure_02.record.json"

    def test_other_jobs_than_those_of_the_config(
        self, clone: Build, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        changed = [
            replace(job, spec={**job.spec, "title": "Another"}) if job.rule == "figure" else job
            for job in clone.graph.jobs
            if job.rule != "table"
        ]
        monkeypatch.setattr("ssl_landscape.provenance.graph.list_jobs", lambda _: changed)
        assert problems(clone) == {
            "results/figures/figure_02.record.json": {"settings"},
            "results/tables/table_2.record.json": {"settings"},
        }

    def test_a_variant_has_none(self, clone: Build, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clone.plan.config, "variant", "smoke")
        assert audit(clone.plan)["counts"]["published"] == 0
