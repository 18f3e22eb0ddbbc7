"""Published results: the one tracked copy, written by `publish` alone, from a sound build."""

import functools
import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from ssl_landscape.config import load_config
from ssl_landscape.pipeline.jobs import TARGETS

from .workspace import SMOKE, Workspace, figures, metrics, runs, shown

MODELS = ("simplified-simclr", "simplified-simsiam")  # those of a published table
FIGURE = "results/figures/figure_17.pdf"
PUBLISHED = "results/published"
# What a reader wants; pictures as PDF and PNG.
KINDS = {".csv", ".md", ".tex", ".pdf", ".png", ".json", ""}  # the last: SHA256SUMS


def configure(workspace: Workspace) -> None:
    """Make the paper small: a figure, a table, a claim, an ablation, three epochs."""
    config = load_config(workspace.folder / "config.yaml", workspace.folder / SMOKE)
    config["variant"] = None
    config["override"] = {"epochs": 3, "seeds": 1, "sparsities": [0.1]}
    config["replication"] = {"seeds": 2}
    config["figures"] = {"figure_17": config["figures"]["figure_17"]}
    config["tables"] = {"table_1": config["tables"]["table_1"]}
    config["claims"] = {}
    config["models"] = {name: config["models"][name] for name in MODELS}
    config["ablations"] = {"simplified-simclr": config["ablations"]["simplified-simclr"]}
    config["beyond"] = {"judge": config["beyond"]["judge"] | {"models": list(MODELS)}}
    (workspace.folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    workspace.commit()


@pytest.fixture(scope="module")
def built(project: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A clone in which all is built and nothing is published; only to be read."""
    workspace = project.copy(tmp_path_factory.mktemp("published") / "clone")
    configure(workspace)
    process = workspace.snakemake(*TARGETS, configs=())
    assert process.returncode == 0, shown(process)
    return workspace


@pytest.fixture
def clone(built: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    workspace = built.copy(tmp_path / "clone")
    yield workspace
    shutil.rmtree(workspace.folder)


def changed(workspace: Workspace) -> set[str]:
    """Return what git sees: the folders and files that differ from the commit."""
    lines = workspace.git("status", "--porcelain", "--untracked-files=all").splitlines()
    return {line[3:] for line in lines}


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def made(folder: Path) -> dict[str, str]:
    """Return the files of the results without what tells of their making alone."""
    beside = ("logs/", "timings/", "provenance/ssl-landscape-results", "provenance/audit.")
    return {name: known for name, known in tree(folder).items() if not name.startswith(beside)}


def test_nothing_tracked_is_built(built: Workspace) -> None:
    assert changed(built) == set()


def test_publish_writes_the_copy_and_nothing_else(clone: Workspace) -> None:
    before = tree(clone.folder / "results")
    process = clone.snakemake("publish", configs=())
    assert process.returncode == 0, shown(process)
    assert {name.rpartition("/published/")[0] for name in changed(clone)} == {"results"}
    made = tree(clone.folder / PUBLISHED)
    assert {Path(name).suffix for name in made} == KINDS
    assert {name.split("/")[0] for name in made if "/" in name} == {
        *("figures", "tables", "comparison", "theory", "provenance"),
        *("ablations", "replication", "beyond"),
    }
    assert not [name for name in made if ".record." in name]
    for name, content in made.items():  # as they were built
        assert before.get(name, content) == content
    assert len(made.keys() & before.keys()) > 25
    # Equal results, equal bytes: published again after all was made again, nothing differs.
    clone.commit()
    first = tree(clone.folder / PUBLISHED / "provenance")
    process = clone.snakemake(FIGURE, "--forcerun", "figure", configs=())
    assert process.returncode == 0, shown(process)
    (clone.folder / PUBLISHED / "comparison/discrepancies.md").write_text("As it was.\n")
    process = clone.snakemake("publish", configs=())
    assert process.returncode == 0, shown(process)
    again = tree(clone.folder / PUBLISHED / "provenance")
    assert again["manifest.json"] == first["manifest.json"]
    lists = ("provenance/jobs.csv", "published.json", "SHA256SUMS")
    assert changed(clone) <= {f"{PUBLISHED}/{name}" for name in lists}


def test_what_is_not_built_stays_published(clone: Workspace) -> None:
    """As long as it is what this build would make of it."""
    assert clone.run("ssl-landscape", "publish").returncode == 0
    clone.commit()
    before = tree(clone.folder / PUBLISHED)
    for job in clone.list_jobs("config.yaml"):
        for file in job.files if job.target == "ablations" else ():
            (clone.folder / file).unlink()
    for path in (clone.folder / "results/provenance").glob("*-ablations.*"):
        path.unlink()
    process = clone.run("ssl-landscape", "publish")
    assert process.returncode == 0, shown(process)
    assert "; ablations as published before" in process.stdout
    assert tree(clone.folder / PUBLISHED) == before
    page = f"{PUBLISHED}/ablations/summary.md"
    (clone.folder / page).write_text("As I like it.\n", encoding="utf-8")
    process = clone.run("ssl-landscape", "publish")
    assert process.returncode != 0
    assert f"{page} is not as it was published" in shown(process)
    clone.git("checkout", page)
    clone.replace("config.yaml", "ReLU (text)", "ReLU (as in the text)")
    process = clone.run("ssl-landscape", "publish")
    assert process.returncode != 0
    assert "ablations: " in shown(process)
    assert "was published with other settings or code" in shown(process)


def remove_record(workspace: Workspace) -> None:
    (workspace.folder / FIGURE).with_suffix(".record.json").unlink()


def remove_manifest(workspace: Workspace) -> None:
    (workspace.folder / "results/provenance/manifest.json").unlink()


def edit_table(workspace: Workspace) -> None:
    path = workspace.folder / "results/tables/table_1.md"
    path.write_text(path.read_text("utf-8").replace("0.", "0.9", 1), encoding="utf-8")


def draw_from_a_dirty_tree(workspace: Workspace) -> None:
    with (workspace.folder / "Snakefile").open("a", encoding="utf-8") as stream:
        stream.write("# Not committed.\n")
    process = workspace.snakemake("all", "--forcerun", "figure", configs=())
    assert process.returncode == 0, shown(process)


def change_the_config(workspace: Workspace) -> None:
    workspace.replace("config.yaml", "epochs: 3", "epochs: 4")
    workspace.commit()


def take_the_variant(workspace: Workspace) -> None:
    workspace.replace("config.yaml", "variant: null", "variant: mine")
    workspace.commit()


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (remove_record, "1 of"),
        (remove_manifest, "manifest.json"),
        (edit_table, "audit"),
        (draw_from_a_dirty_tree, "uncommitted"),
        (change_the_config, "audit"),
        (take_the_variant, "variant"),
    ],
)
def test_publish_refuses(clone: Workspace, spoil: Callable[[Workspace], None], word: str) -> None:
    published = clone.folder / PUBLISHED / "figures"
    published.mkdir(parents=True)
    (published / "figure_17.png").write_bytes(b"an earlier one")
    before = tree(clone.folder / PUBLISHED)
    spoil(clone)
    process = clone.run("ssl-landscape", "publish")
    assert process.returncode != 0
    assert word in process.stderr
    assert "Traceback" not in process.stderr
    assert process.stdout == ""
    assert tree(clone.folder / PUBLISHED) == before


def test_a_failing_publish_fails_in_snakemake_too(clone: Workspace) -> None:
    """Nothing is published from a build whose files were edited, which Snakemake does not see."""
    edit_table(clone)
    process = clone.snakemake("publish", configs=())
    assert process.returncode != 0
    assert not (clone.folder / PUBLISHED).exists()


def test_publish_in_a_fresh_clone_builds_nothing_by_hand(fresh: Workspace) -> None:
    process = fresh.run("ssl-landscape", "publish")
    assert process.returncode != 0
    assert "not built" in process.stderr
    assert not (fresh.folder / "results").exists()


def check_audit(workspace: Workspace) -> None:
    process = workspace.run("ssl-landscape", "audit")
    assert process.returncode == 0, shown(process)
    assert "| problem |" not in process.stdout


def test_a_clone_builds_beside_what_is_published(clone: Workspace) -> None:
    """One figure by its path: trained and drawn, fresh after a change, complete the second time."""
    process = clone.snakemake("publish", configs=())
    assert process.returncode == 0, shown(process)
    clone.commit()
    published = tree(clone.folder / PUBLISHED)
    for path in (clone.folder / "results").iterdir():  # git has none of it
        if path.name != "published":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.rmtree(clone.folder / ".snakemake")
    assert changed(clone) == set()

    one = clone.snakemake(FIGURE, configs=())
    assert one.returncode == 0, shown(one)
    drawn = (clone.folder / FIGURE).read_bytes()
    name = hashlib.sha256(drawn).hexdigest()
    assert published[FIGURE.removeprefix("results/")] == name
    check_audit(clone)
    assert clone.plan(FIGURE, configs=()) == set()
    assert "Nothing to be done" in shown(clone.snakemake(FIGURE, configs=()))

    everything = clone.snakemake("all", configs=())
    assert everything.returncode == 0, shown(everything)
    check_audit(clone)

    rate = (clone.write_config("rate.yaml", {"defaults": {"learning_rate": 0.3}}),)
    shown_model = MODELS[0]
    trained = runs(shown_model, sparsities=("0.1",), seeds=(1,)) | metrics(shown_model)
    assert clone.plan(FIGURE, configs=rate) == trained | figures(17)
    assert clone.snakemake(FIGURE, configs=rate).returncode == 0
    assert (clone.folder / FIGURE).read_bytes() != drawn
    assert clone.plan(FIGURE, configs=rate) == clone.plan("figure_17", configs=rate) == set()
    record = json.loads(
        (clone.folder / f"results/runs/{MODELS[0]}/sparsity-0.1/seed-1/run.json").read_text()
    )
    assert record["spec"]["learning_rate"] == 0.3
    assert changed(clone) == {"rate.yaml"}
    assert tree(clone.folder / PUBLISHED) == published


def test_with_an_archive_a_clone_has_nothing_to_train(clone: Workspace, tmp_path: Path) -> None:
    """From a file and over HTTP: all is up to date, redrawn without training, and audited."""
    assert clone.run("ssl-landscape", "publish").returncode == 0
    clone.commit()
    process = clone.snakemake("release", configs=())
    assert process.returncode == 0, shown(process)
    archive = clone.folder / "results/provenance/ssl-landscape-results.tar.xz"
    stranger = Workspace(tmp_path / "stranger")
    clone.git("clone", "--quiet", ".", str(stranger.folder))
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(archive.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for source in (archive, f"http://127.0.0.1:{server.server_port}/{archive.name}"):
            process = stranger.run("ssl-landscape", "fetch", str(source))
            assert process.returncode == 0, shown(process)
            assert "jobs, " in process.stdout
        server.shutdown()
    assert stranger.plan("all", "ablations", configs=()) == set()
    built, fetched = (made(workspace.folder / "results") for workspace in (clone, stranger))
    assert built == fetched
    check_audit(stranger)
    process = stranger.snakemake("all", "--forcerun", "figure", "claims", configs=())
    assert process.returncode == 0, shown(process)
    assert "rule train" not in shown(process)
    name = FIGURE.removeprefix("results/")
    assert made(stranger.folder / "results")[name] == built[name]
    assert changed(stranger) == set()
    # A change is seen as ever.
    rate = (stranger.write_config("rate.yaml", {"defaults": {"learning_rate": 0.3}}),)
    assert ("train", f"{MODELS[0]}/sparsity-0.1/seed-1") in stranger.plan("all", configs=rate)
