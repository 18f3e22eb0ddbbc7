"""Broken input of the audit: a finding with its file, never a traceback, never a wait."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ssl_landscape.cli.main import main
from ssl_landscape.provenance import audit as audit_module
from ssl_landscape.provenance.audit import audit, markdown, write_audit
from ssl_landscape.provenance.hashing import MOST_BYTES, identity, seal
from ssl_landscape.provenance.publish import publish

from .conftest import Build, rewrite

pytestmark = pytest.mark.timeout(60)
RUN = "results/runs/cl-basic/sparsity-0.1/seed-2"
NOTE = f"results/logs/attempts/{RUN[8:]}/run.jsonl"
PUBLISHED = "results/published"


def findings(build: Build) -> dict[str, str]:
    """Return what is wrong: file -> details; the report can be written."""
    report = audit(build.plan)
    write_audit(report, Path("out"))
    assert Path("out/audit.md").read_text(encoding="utf-8") == markdown(report)
    found: dict[str, str] = {}
    for one in report["findings"]:
        if one["weight"] == "problem":
            found[one["subject"]] = f"{found.get(one['subject'], '')}{one['kind']}: {one['detail']}"
    assert report["passed"] == (not found)
    return found


def put(path: Path, content: bytes | None) -> None:
    """Replace what lies at a path; None: by a pipe without a writer."""
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path) if content is None else path.write_bytes(content)


def folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir(parents=True)


def dangling(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("nowhere")


def to_itself(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(path.name)


def huge(path: Path) -> None:
    put(path, b"{")
    os.truncate(path, MOST_BYTES + 1)


def hollow(path: Path) -> None:
    put(path, b"")
    os.truncate(path, 2**43)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def nested(levels: int) -> bytes:
    return b'{"format": 3, "spec": ' + b"[" * levels + b"]" * levels + b"}"


BAD: dict[str, Callable[[Path], None]] = {
    "pipe": lambda path: put(path, None),
    "folder": folder,
    "dangling link": dangling,
    "link to itself": to_itself,
    "empty": lambda path: put(path, b""),
    "cut": cut,
    "no UTF-8": lambda path: put(path, b'{"format": "\xff"}'),
    "zeros": lambda path: put(path, bytes(1000)),
    "list": lambda path: put(path, b"[1, 2]"),
    "number": lambda path: put(path, b"3"),
    "null": lambda path: put(path, b"null"),
    "text": lambda path: put(path, b'"text"'),
    "deep": lambda path: put(path, nested(100_000)),
    "less deep": lambda path: put(path, nested(400)),
    "huge": huge,
    "hollow": hollow,
    "huge number": lambda path: put(path, b'{"format": 1' + b"0" * 10_000 + b"}"),
    "half a character": lambda path: put(path, b'{"format": 3, "\\ud800": "\\udfff"}'),
    "not a number": lambda path: put(path, b'{"format": NaN}'),
}


@pytest.fixture
def clone(built: Build) -> Build:
    """All is built, and published."""
    publish(built.plan)
    return built


FILES = (
    f"{RUN}/run.json",
    "results/provenance/manifest.record.json",
    "results/provenance/manifest.json",
    "results/provenance/jobs.csv",
    f"{RUN}/curve.parquet",
    f"{PUBLISHED}/published.json",
    f"{PUBLISHED}/provenance/manifest.json",
)


@pytest.mark.parametrize("file", FILES)
def test_a_file_of_another_kind(clone: Build, file: str) -> None:
    before = Path(file).read_bytes()
    for spoil in BAD.values():
        spoil(Path(file))
        found = findings(clone)
        assert file in found
        assert len(found) <= 3, spoil
        put(Path(file), before)
    assert findings(clone) == {}


@pytest.mark.parametrize("value", [None, [], {"x": {"y": 1}}])
def test_values_of_another_type(built: Build, value: object) -> None:
    """Sealed as the program would have done it."""
    file = Path(f"{RUN}/run.json")
    before = file.read_text()
    for key in json.loads(before):
        rewrite(str(file), lambda record, key=key: record.update({key: value}))
        runs = {file.as_posix(), file.as_posix().replace("seed-2", "seed-1")}  # either differs
        assert findings(built).keys() <= runs, key
        file.write_text(before)


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.update(inputs=[]),
        lambda r: r.update(spec=[1]),
        lambda r: r.update(packages={"numpy": 2}),
        lambda r: r.update(git={"commit": 3, "dirty": False}),
        lambda r: r.update(git={}),
        lambda r: r.update(attempt="2"),
        lambda r: r.update(attempt=None),
        lambda r: r["inputs"].update(x="0" * 64),
        lambda r: r["outputs"].update(x={"sha256": None}),
        lambda r: r.pop("modules"),
        lambda r: r.pop("outputs"),
    ],
)
def test_what_no_job_writes_is_named(built: Build, change: Callable) -> None:
    rewrite(f"{RUN}/run.json", change)
    assert "no job writes such a value of " in findings(built)[f"{RUN}/run.json"]


def test_a_spec_nested_beyond_reason(built: Build) -> None:
    spec: list = []
    for _ in range(100):
        spec = [spec]
    rewrite(f"{RUN}/run.json", lambda record: record["spec"].update(epochs=spec))
    assert "nested too deeply" in findings(built)[f"{RUN}/run.json"]


@pytest.mark.parametrize(
    "artefacts", [None, [], {"x": 1}, {"x": {"sha256": 1}}, {"/etc/passwd": {"sha256": "0" * 64}}]
)
def test_manifests_of_another_type(clone: Build, artefacts: object) -> None:
    for folder in (PUBLISHED, "results"):
        path = Path(folder, "provenance/manifest.json")
        path.write_text(json.dumps(seal({"format": 2, "artefacts": artefacts})))
        assert path.as_posix() in findings(clone)


@pytest.mark.parametrize("files", [None, [], 3, {"provenance/manifest.json": 3}])
def test_a_seal_of_another_type(clone: Build, files: object) -> None:
    path = Path(PUBLISHED, "published.json")
    path.write_text(json.dumps(seal({"format": 1, "files": files})))
    assert findings(clone)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"record,rule\nresults/x.json,train\n",
        b"\xff\xfe",
        b"a" * 200_000,
        b'"',
        bytes(10),
        None,
    ],
)
def test_lists_of_jobs_without_their_header(clone: Build, content: bytes | None) -> None:
    path = Path(PUBLISHED, "provenance/jobs.csv")
    lines = path.read_bytes().splitlines(keepends=True)
    put(path, b"".join(lines[1:]) if content is None else content)
    assert path.as_posix() in findings(clone)


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [],
        lambda lines: lines[1:],
        lambda lines: [b"x" + lines[0], *lines[1:]],
        lambda lines: [*lines[:2], lines[2].partition(b",")[0] + b",x\n", *lines[3:]],
        lambda lines: [*lines, b"\xff\xfe\n"],
        lambda lines: [*lines[:2], lines[2].replace(b",", b',"', 1), *lines[3:]],
    ],
)
def test_a_broken_list_of_jobs_with_the_right_hash(built: Build, change: Callable) -> None:
    path = Path("results/provenance/jobs.csv")
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    rewrite(
        "results/provenance/manifest.record.json",
        lambda record: record["outputs"].update({path.as_posix(): identity(path)}),
    )
    assert findings(built)


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "a" * 5000, "/proc/kcore", "results"])
def test_names_that_no_file_has(built: Build, name: str) -> None:
    """In any record; that of the manifest hides nothing behind it."""
    known = {"sha256": "0" * 64}
    rewrite(f"{RUN}/run.json", lambda record: record["outputs"].update({name: known}))
    rewrite(f"{RUN[:-1]}1/run.json", lambda record: record["inputs"].update({name: known}))
    record = "results/provenance/manifest.record.json"
    rewrite(record, lambda content: content["outputs"].update({name: known}))
    jobs = Path("results/provenance/jobs.csv")
    jobs.write_text(jobs.read_text().replace("c" * 40, "d" * 40, 1))
    rewrite(record, lambda content: content["outputs"].update({jobs.as_posix(): identity(jobs)}))
    found = findings(built)
    for file in (f"{RUN}/run.json", record):
        assert "other outputs: " in found.pop(file)
    assert "other inputs: " in found.pop(f"{RUN[:-1]}1/run.json")
    assert "jobs.csv tells another thing of it" in "".join(found.values())


@pytest.mark.parametrize("commit", ["\ud800", "a\nb", "\0", "--help"])
def test_commits_that_are_none(built: Build, commit: str) -> None:
    subprocess.run(["git", "init", "--quiet"], check=True)
    rewrite(f"{RUN}/run.json", lambda r: r.update(git={"commit": commit, "dirty": False}))
    assert "no such commit" in findings(built)[f"{RUN}/run.json"]
    tree = {"commit": commit, "dirty": True, "changed": 3}
    rewrite(f"{RUN}/run.json", lambda record: record.update(git=tree))
    assert "dirty tree" in findings(built)[f"{RUN}/run.json"]


@pytest.mark.parametrize("content", [*BAD, "no start"])
def test_notes_of_attempts(built: Build, content: str) -> None:
    Path(NOTE).parent.mkdir(parents=True, exist_ok=True)
    Path(NOTE).write_text(json.dumps({"start": 3}) * 9)
    if content != "no start":
        BAD[content](Path(NOTE))
    assert findings(built).keys() == {NOTE}
    if content != "folder":
        built.make(RUN[13:])  # the job does not wait either, and makes all well again
        assert findings(built) == {}


@pytest.mark.parametrize("name", [b"\xff\xfe.png", b"a\nb.png", b"a|b.png", b"\x1b[31m.png"])
def test_names_that_are_not_text(built: Build, name: bytes) -> None:
    Path("results/figures", os.fsdecode(name)).write_text("x")
    assert len(findings(built)) == 1
    lines = Path("out/audit.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "unclaimed" in line] == lines[-1:]
    assert all(line.isprintable() for line in lines)


def test_files_and_folders_without_permission(
    built: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the operating system would say it to others than root."""
    closed = {f"{RUN}/curve.parquet", f"{RUN}/run.json", "results/tables"}

    def access(path: str, mode: int) -> bool:
        return str(path) not in closed

    scandir = os.scandir

    def scan(path: str) -> object:
        if str(path) in closed:
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "access", access)
    monkeypatch.setattr(os, "scandir", scan)
    found = findings(built)
    assert found.keys() == closed
    assert all("unreadable: cannot be read: Permission denied" in text for text in found.values())


def test_a_disk_that_fails(built: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path) -> str:
        raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr("ssl_landscape.provenance.inventory.sha256", fail)
    assert "cannot be read: Input/output error" in findings(built)[f"{RUN}/curve.parquet"]


def test_an_earlier_report_does_not_stay(built: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    (Path.cwd() / "config.yaml").write_text("{}")
    folder = Path("results/provenance")
    for name in ("audit.json", "audit.md"):
        (folder / name).write_text("passed")

    def cut_short(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ssl_landscape.cli.provenance.plan_of", lambda options: built.plan)
    monkeypatch.setattr(audit_module, "audit", cut_short)
    with pytest.raises(KeyboardInterrupt):
        main(["audit"])
    assert not list(folder.glob("audit.*"))
