"""Records of jobs: what they hold, how a file is identified, and what stays of a failed attempt."""

import json
import shutil
import subprocess

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.io.files import write_parquet
from ssl_landscape.pipeline.code_roots import code_of, modules_of
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.failed_attempts import check_is_latest
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.hashing import identity, logical_hash, seal
from ssl_landscape.provenance.record import read_record, recording

from ..helpers import REPOSITORY

RUNS = [["0.1", 1], ["0.1", 2]]


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A job that aggregates metrics: what `recording` asks for, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    source, output = tmp_path / "in.csv", tmp_path / "results/metrics/toy.final.csv"
    source.write_text("1\n")
    output.parent.mkdir(parents=True)
    record = tmp_path / "results/metrics/toy.record.json"
    results = tmp_path / "results"
    return "metrics", {"runs": RUNS}, None, [source], [output], record, results


def run(job, text="2\n", error=None):
    with recording(*job) as facts:
        if error:
            raise error
        job[4][0].write_text(text)
        facts["more"] = 3


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


class TestRecording:
    def test_a_record_tells_all(self, job):
        run(job)
        record = read(job[5])
        assert record == read_record(job[5])
        assert record["format"] == 3
        assert record["rule"] == "metrics"
        assert record["spec"] == {"runs": RUNS}
        assert record["code"] == code_of("metrics")
        assert record["modules"]["pipeline.aggregate"]
        assert record["more"] == 3
        assert record["inputs"] == {str(job[3][0]): identity(job[3][0])}
        assert record["outputs"] == {str(job[4][0]): identity(job[4][0])}
        for key in ("command", "start", "end", "seconds", "peak_memory_mb", "host", "cpu"):
            assert record[key] or record[key] == 0
        assert record["packages"]["torch"]
        assert record["attempt"] == 1
        assert seal(record) == record

    @pytest.mark.parametrize("key", ["host", "start", "spec", "outputs", "packages"])
    def test_a_changed_entry_breaks_the_seal(self, job, key):
        run(job)
        record = read(job[5])
        without = {name: value for name, value in record.items() if name != key}
        for changed in ({**record, key: "other"}, without):
            assert seal(changed) != changed

    def test_failed_attempts_are_kept_until_one_succeeds(self, job, tmp_path):
        note = tmp_path / "results/logs/attempts/metrics/toy.record.jsonl"
        for number in (1, 2):
            with pytest.raises(MemoryError):
                run(job, error=MemoryError(f"no {number}"))
            assert not job[5].exists()
            lines = [json.loads(line) for line in note.read_text().splitlines()]
            assert [line["error"] for line in lines] == [
                f"MemoryError: no {k}" for k in range(1, number + 1)
            ]
        run(job)
        record = read(job[5])
        assert record["attempt"] == 3
        assert [attempt["error"][-1] for attempt in record["earlier_attempts"]] == ["1", "2"]
        assert not note.exists()

    def test_a_job_without_its_input_does_not_begin(self, job, tmp_path):
        job[3][0].unlink()
        with pytest.raises(KeyError):
            run(job, error=KeyError("none"))
        assert not (tmp_path / "results/logs").exists()

    def test_a_job_that_a_later_one_has_overtaken_stops(self, job, tmp_path):
        note = tmp_path / "results/logs/attempts/metrics/toy.record.jsonl"
        later = json.dumps({"start": "2026-01-01", "host": "other", "process": 1})
        with recording(*job):
            check_is_latest(job[5], job[6])
            job[4][0].write_text("2\n")
            noted = note.read_text()
            note.write_text(noted + later + "\n")
            with pytest.raises(UserError, match="a later process is making the same files"):
                check_is_latest(job[5], job[6])
            note.write_text(noted)
        check_is_latest(job[6] / "another.json", job[6])

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"format": 2}, "written by another version of the program; rerun the job"),
            ({"host": "other"}, "was altered after it was written"),
        ],
    )
    def test_a_record_that_cannot_be_trusted(self, job, change, message):
        run(job)
        job[5].write_text(json.dumps(read(job[5]) | change))
        with pytest.raises(UserError, match=message):
            read_record(job[5])

    def test_code_edited_after_planning_is_told(self, job, caplog):
        run((*job[:2], "0" * 16, *job[3:]))
        assert read(job[5])["code"] == code_of("metrics")
        assert "changed after this job was planned" in caplog.text


class TestContent:
    def table(self, value=2.0):
        values = pa.FixedSizeListArray.from_arrays(pa.array([1.0, value, 3.0, 4.0]), 2)
        return pa.table({"x": values, "n": pa.array([1, None]), "s": ["a", "b"]})

    def test_another_writer_same_content(self, tmp_path):
        first, second = tmp_path / "1.parquet", tmp_path / "2.parquet"
        write_parquet(first, self.table(), {"k": 1})
        again = pq.read_table(first)
        pq.write_table(again, second, compression="gzip", row_group_size=1, version="1.0")
        assert identity(first)["sha256"] != identity(second)["sha256"]
        assert identity(first)["content"] == identity(second)["content"]

    @pytest.mark.parametrize(
        "change",
        [
            lambda t: t.set_column(2, "s", pa.array(["a", "c"])),
            lambda t: t.set_column(1, "n", pa.chunked_array([[1, 0]])),
            lambda t: t.set_column(1, "n", pa.chunked_array([pa.array([1, None], pa.int32())])),
            lambda t: t.rename_columns(["x", "m", "s"]),
            lambda t: t.slice(0, 1),
            lambda t: t.slice(0, 0),
            lambda t: t.replace_schema_metadata({b"spec": b"{}"}),
        ],
    )
    def test_other_content(self, tmp_path, change):
        first, second = tmp_path / "1.parquet", tmp_path / "2.parquet"
        pq.write_table(self.table(), first)
        pq.write_table(change(self.table()), second)
        assert logical_hash(first) != logical_hash(second)
        pq.write_table(self.table(2.5), second)
        assert logical_hash(first) != logical_hash(second)

    def test_a_seal_covers_what_is_sealed(self):
        assert seal(seal({"a": 1})) == seal({"a": 1})
        assert seal({"a": 1}) != {"a": 1}


def test_a_record_names_the_modules_of_its_blocks(shipped):
    spec = Plan(shipped).run_spec("cl-basic", "0.1", 1)
    assert {"experiment.training", "experiment.losses.nt_xent"} <= modules_of("train", spec).keys()


def test_git_has_what_is_published_and_nothing_that_is_built(shipped, tmp_path):
    graph = Graph(Plan(shipped))
    files = [file for job in graph.jobs for file in (*job.outputs, job.record)]
    published = {graph.published_path(file) for file in files if graph.is_published(file)}
    shutil.copy(REPOSITORY / ".gitignore", tmp_path)  # a download may be no git repository
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    command = ["git", "check-ignore", "--no-index", "--stdin"]
    names = "\n".join([*files, *published])
    process = subprocess.run(command, input=names, capture_output=True, text=True, cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    assert set(process.stdout.splitlines()) == set(files)
    assert len(published) > 60
