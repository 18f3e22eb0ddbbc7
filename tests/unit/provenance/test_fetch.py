"""An archive of the published results is packed, and put in place only if every file is sound."""

import dataclasses
import functools
import http.server
import io
import json
import lzma
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.provenance import fetch as fetch_module
from ssl_landscape.provenance import graph as graph_module
from ssl_landscape.provenance.fetch import fetch
from ssl_landscape.provenance.hashing import seal
from ssl_landscape.provenance.manifest import ENDINGS
from ssl_landscape.provenance.publish import publish
from ssl_landscape.provenance.release import write_release

from .conftest import Build

CONFIGS = [Path("config.yaml")]
CURVE = "results/runs/cl-basic/sparsity-0.1/seed-1/curve.parquet"
FIGURE = "results/figures/figure_02.png"
RECORD = "results/figures/figure_02.record.json"
Members = list[tuple[tarfile.TarInfo, bytes]]


def files() -> dict[str, bytes]:
    """Return all that lies in the results, hidden files too."""
    found = [path for path in Path("results").rglob("*") if path.is_file()]
    return {path.as_posix(): path.read_bytes() for path in found}


def clear() -> None:
    """Leave of the results what git has."""
    for path in Path("results").iterdir():
        if path.name != "published":
            shutil.rmtree(path)


def write_archive(members: Members, target: Path) -> None:
    with lzma.open(target, "wb") as stream, tarfile.open(fileobj=stream, mode="w|") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What Snakemake is asked to do, in place of its doing it."""
    calls: list[list[str]] = []
    monkeypatch.setattr(fetch_module, "run_snakemake", lambda words, *_: calls.append(words))
    return calls


@pytest.fixture
def archive(built: Build, noted: list[list[str]], tmp_path: Path) -> Path:
    """An archive of the results; of these, only the published copy is left, as in a clone."""
    publish(built.plan)
    write_release(built.plan, tmp_path / "results.tar.xz")
    clear()
    return tmp_path / "results.tar.xz"


@pytest.fixture
def members(archive: Path) -> Members:
    with lzma.open(archive) as stream, tarfile.open(fileobj=stream) as opened:
        return [(m, content.read()) for m in opened if (content := opened.extractfile(m))]


def refused(build: Build, source: object, replace: bool = False) -> str:
    """Fetch what is refused in one line, with nothing lost or left; return the line."""
    before = files()
    with pytest.raises(UserError) as error:
        fetch(build.plan, str(source), CONFIGS, replace)
    assert files() == before
    assert "\n" not in str(error.value)
    return str(error.value)


def test_what_was_packed_is_put_in_place(built: Build, noted: list, tmp_path: Path) -> None:
    publish(built.plan)
    before = files()
    said = write_release(built.plan, tmp_path / "a.tar.xz")
    write_release(built.plan, tmp_path / "b.tar.xz")
    assert (tmp_path / "a.tar.xz").read_bytes() == (tmp_path / "b.tar.xz").read_bytes()
    assert files() == before
    clear()
    count = len([file for file in before if not file.startswith("results/published/")])
    assert f"{count} files" in said
    done = fetch(built.plan, str(tmp_path / "a.tar.xz"), CONFIGS, False)
    assert done == f"results: {count} files of 12 jobs, {count} of them new"
    assert files() == before
    done = fetch(built.plan, str(tmp_path / "a.tar.xz"), CONFIGS, False)
    assert done == f"results: {count} files of 12 jobs, 0 of them new"
    assert files() == before
    words = noted[0]
    assert words[:2] == ["--touch", "--forceall"]
    records = {job.record for job in built.graph.jobs}
    lists = {f"results/provenance/manifest{end}.record.json" for end in ENDINGS.values()}
    assert set(words[words.index("--") + 1 :]) == records | lists


def test_an_archive_depends_on_nothing_but_the_files(archive: Path) -> None:
    with lzma.open(archive) as stream, tarfile.open(fileobj=stream) as opened:
        found = opened.getmembers()
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in found} == {
        (0, 0, 0, "", "", 0o644)
    }
    names = [m.name for m in found]
    assert names[:2] == ["results/published/published.json", "results/provenance/SHA256SUMS"]
    assert names[2:] == sorted(names[2:])


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.999])
def test_a_truncated_archive(built: Build, archive: Path, kept: float) -> None:
    content = archive.read_bytes()
    archive.write_bytes(content[: int(len(content) * kept)])
    assert "is damaged, cut off or no archive" in refused(built, archive)


def test_a_flipped_bit(built: Build, archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)
    refused(built, archive)


def alter(name: str, change: Callable[[bytes], bytes]) -> Callable[[Members], None]:
    def altered(members: Members) -> None:
        position = [member.name for member, _ in members].index(name)
        member, content = members[position]
        assert change(content) != content
        members[position] = member, change(content)

    return altered


def with_other_host(content: bytes) -> bytes:
    """Change what no list of jobs says in plain words, and seal the record again."""
    return json.dumps(seal({**json.loads(content), "host": "elsewhere"})).encode()


def add(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> Callable[[Members], None]:
    def added(members: Members) -> None:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, link
        members.insert(2, (member, b""))

    return added


def drop(name: str) -> Callable[[Members], None]:
    def dropped(members: Members) -> None:
        members[:] = [pair for pair in members if pair[0].name != name]

    return dropped


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (alter(CURVE, lambda c: c[:-1] + b"x"), f"{CURVE} is not as it was published"),
        (alter(FIGURE, lambda c: c + b"x"), f"'{FIGURE}' is not as it was published"),
        (alter(RECORD, with_other_host), f"{RECORD} is not as it was published"),
        (alter(RECORD, lambda c: b"[]"), f"{RECORD} is not as it was published"),
        (alter("results/provenance/manifest.record.json", lambda c: b"{}"), "manifest.record"),
        (alter("results/provenance/SHA256SUMS", lambda c: c + b"x"), "SHA256SUMS"),
        (drop(CURVE), f"lacks 1 files, first {CURVE}"),
        (drop("results/published/published.json"), "published.json does not come first"),
        (add("results/runs/mine.txt"), "or never was"),
        (add("../evil"), "or never was"),
        (add("/evil"), "or never was"),
        (add("results/provenance/../../installed-0123456789abcdef.txt"), "or never was"),
        (add("results/provenance/installed-0123456789abcdef.txt"), "is not as it was published"),
        (add(CURVE), "is not as it was published"),  # twice, the first one empty
        (add(FIGURE, tarfile.SYMTYPE, "/etc/passwd"), "or never was"),
        (add("results/figures", tarfile.SYMTYPE, "/"), "or never was"),
        (add(FIGURE, tarfile.LNKTYPE, "config.yaml"), "or never was"),
        (add(FIGURE, tarfile.FIFOTYPE), "or never was"),
        (add(FIGURE, tarfile.BLKTYPE), "or never was"),
        (add("results/published/tables/table_2.md"), "or never was"),
    ],
)
def test_an_altered_archive(
    built: Build,
    members: Members,
    archive: Path,
    change: Callable[[Members], None],
    said: str,
) -> None:
    change(members)
    write_archive(members, archive)
    assert said in refused(built, archive)


def test_a_foreign_archive(built: Build, archive: Path) -> None:
    write_archive([(tarfile.TarInfo("data.csv"), b"1,2\n")], archive)
    assert "is no archive of results" in refused(built, archive)
    archive.write_bytes(b"PK\x03\x04")
    assert "is damaged, cut off or no archive" in refused(built, archive)
    with tarfile.open(archive, "w:gz") as other:
        other.add("results/published/published.json")
    assert "is damaged, cut off or no archive" in refused(built, archive)


def test_an_older_archive(built: Build, archive: Path) -> None:
    built.make(changed="in another build")
    publish(built.plan)
    assert "of an older, later or other publication" in refused(built, archive)
    clear()
    assert "of an older, later or other publication" in refused(built, archive)


def test_what_is_built_is_kept(built: Build, archive: Path) -> None:
    """Equal files stay; others are overwritten only if that is asked for."""
    built.make("dataset", "train", "metrics", "figure", changed="mine")
    said = refused(built, archive)
    assert "is built already and differs, as 18 other files; --replace overwrites them" in said
    mine = Path(FIGURE).read_bytes()
    fetch(built.plan, str(archive), CONFIGS, replace=True)
    assert Path(FIGURE).read_bytes() != mine


def test_a_kill_while_files_are_moved(
    built: Build, archive: Path, monkeypatch: pytest.MonkeyPatch, noted: list
) -> None:
    moves = []

    def killed(source: Path, target: Path) -> None:
        moves.append(target)
        if len(moves) > 5:
            raise KeyboardInterrupt
        shutil.copyfile(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(fetch_module.shutil, "move", killed)
        with pytest.raises(KeyboardInterrupt):
            fetch(built.plan, str(archive), CONFIGS, False)
    assert noted == []
    assert not list(Path("results").glob(".*"))
    done = fetch(built.plan, str(archive), CONFIGS, False)
    count = len([file for file in files() if not file.startswith("results/published/")])
    assert f"{count} files of 12 jobs, {count - 5} of them new" in done
    assert len(noted) == 1


def test_what_other_code_made_is_left_out(
    built: Build, jobs: list[Job], archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor what rests on it: Snakemake, which would not see it, makes both."""
    mine = [
        dataclasses.replace(job, spec={**job.spec, "mine": 1}) if job.rule == "metrics" else job
        for job in jobs
    ]
    monkeypatch.setattr(graph_module, "list_jobs", lambda _: mine)
    done = fetch(built.plan, str(archive), CONFIGS, False)
    assert "not those of 6 jobs of other settings or code than now: " in done
    assert Path(CURVE).is_file()
    for name in ("metrics", "figures", "tables", "ablations", "provenance/manifest.json"):
        assert not Path("results", name).exists()


def test_a_variant_has_nothing_to_fetch(
    built: Build, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(built.plan.config, "variant", "smoke")
    assert "variant 'smoke'" in refused(built, archive)


def test_what_unpacks_to_more_than_there_can_be(built: Build, archive: Path) -> None:
    content = lzma.decompress(archive.read_bytes()) + bytes(2**27 + 2**20)
    archive.write_bytes(lzma.compress(content, preset=0))
    assert "is larger than the published results can be" in refused(built, archive)


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""

    def end_headers(self) -> None:
        if self.path.endswith("?cut"):  # promises more than it sends
            self._headers_buffer = [
                line.replace(b"Content-Length: ", b"Content-Length: 9")
                for line in self._headers_buffer
            ]
        super().end_headers()


@pytest.fixture
def server(archive: Path) -> Iterator[str]:
    handler = functools.partial(Handler, directory=str(archive.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}/{archive.name}"
        serving.shutdown()


def test_over_the_network(built: Build, server: str) -> None:
    assert "jobs" in fetch(built.plan, server, CONFIGS, False)
    assert Path(CURVE).is_file()


def test_what_a_server_does_not_give(built: Build, server: str, archive: Path) -> None:
    assert "404" in refused(built, f"{server}.old")
    archive.write_bytes(archive.read_bytes()[:-5000])
    assert "cut off" in refused(built, f"{server}?cut")


@pytest.mark.parametrize(
    "source",
    ["ftp://example.org/a.tar.xz", "http://127.0.0.1:1/a", "gone.tar.xz", "file:///gone", "."],
)
def test_what_cannot_be_read(built: Build, archive: Path, source: str) -> None:
    assert refused(built, source).startswith(f"{source}: ")


def test_a_target_that_is_not_built_is_left_out(built: Build, noted: list, tmp_path: Path) -> None:
    publish(built.plan)
    jobs = [job for job in built.graph.jobs if job.target == "ablations"]
    lists = Path("results/provenance")
    own = [*(f for job in jobs for f in job.files), *map(str, lists.glob("*-ablations.*"))]
    archive = tmp_path / "some.tar.xz"
    Path(own[0]).unlink()
    with pytest.raises(UserError, match=f"{own[0]}: not built; 1 files are missing"):
        write_release(built.plan, archive)
    others = [target for target in ENDINGS if target != "ablations"]
    assert write_release(built.plan, archive, others).endswith("; without ablations")
    content = archive.read_bytes()
    for file in own[1:]:
        Path(file).unlink()
    assert write_release(built.plan, archive).endswith("; without ablations")
    assert archive.read_bytes() == content
    with pytest.raises(UserError, match="ablation: is not published; choose from all, ablations"):
        write_release(built.plan, archive, ["ablation"])
    before = files()
    clear()
    done = fetch(built.plan, str(archive), CONFIGS, False)
    assert f"files of {12 - len(jobs) - 1} jobs" in done
    assert files() == before


def test_only_what_is_published_is_packed(built: Build, archive: Path) -> None:
    target = archive.with_name("mine.tar.xz")
    with pytest.raises(UserError, match=r"not built; .* publish"):
        write_release(built.plan, target)
    built.make(changed="mine")
    with pytest.raises(UserError, match=r"is not as it was published; .* publish"):
        write_release(built.plan, target)
    shutil.rmtree("results/published")
    with pytest.raises(UserError, match="nothing is published here"):
        write_release(built.plan, target)
    assert not target.exists()
