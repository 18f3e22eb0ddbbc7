"""The audit of a finished smoke run: sound results pass, and whatever is tampered with is named.

Unit tests of the audit are in tests/unit/provenance.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ssl_landscape.config import load_config
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.audit import audit, markdown
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.hashing import seal
from ssl_landscape.provenance.manifest import ENDINGS, manifest_job

from .conftest import SmokeRun
from .workspace import SMOKE, Workspace, shown

RESULTS = Path("results/smoke")
RUN = RESULTS / "runs/cl-basic/sparsity-0.3/seed-2"
OTHER_RUN = RESULTS / "runs/cl-basic/sparsity-0.3/seed-1"
DATA = RESULTS / "datasets/sparse-0.3/seed-2"
METRICS = RESULTS / "metrics/cl-basic.final.csv"
TABLE = RESULTS / "tables/table_2.md"
MANIFEST = RESULTS / "provenance/manifest.json"
CONFIGS = (Path("config.yaml"), Path(SMOKE))


@pytest.fixture
def results(smoke: SmokeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the finished run, made of links: what a test changes it has to replace."""
    folder = tmp_path / "copy"
    unread = shutil.ignore_patterns(".snakemake", "src", "logs", "timings")
    shutil.copytree(
        smoke.workspace.folder, folder, symlinks=True, ignore=unread, copy_function=os.link
    )
    monkeypatch.chdir(folder)
    return RESULTS


def report(*configs: Path) -> dict[str, Any]:
    return audit(Plan(load_config(*(configs or CONFIGS))))


def problems(content: dict[str, Any] | None = None) -> dict[str, set[str]]:
    """Return what is wrong: file -> kinds of findings."""
    found: dict[str, set[str]] = {}
    for finding in (content or report())["findings"]:
        if finding["weight"] == "problem":
            found.setdefault(finding["subject"], set()).add(finding["kind"])
    return found


def replace(path: Path, content: bytes) -> None:
    path.unlink()  # else the file that is linked would change with it
    path.write_bytes(content)


def flip(path: Path) -> None:
    """Flip one bit in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    replace(path, bytes(content))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    replace(path, text.replace(old, new, 1).encode())


def rewrite(path: Path, change: Callable[[dict], None]) -> None:
    """Change a record as its job would have written it: with its seal."""
    record = json.loads(path.read_text(encoding="utf-8"))
    change(record)
    replace(path, json.dumps(seal(record)).encode())


def exchange(first: Path, second: Path) -> None:
    aside = first.with_name("aside")
    first.rename(aside)
    second.rename(first)
    aside.rename(second)


def test_sound_results_pass(results: Path) -> None:
    content = report()
    assert content["passed"], markdown(content)
    assert content["counts"]["sound"] == content["counts"]["present"]
    unbuilt = {rule for rule in content["not built"] if not rule.startswith("ablation")}
    assert unbuilt <= {"dataset", "train", "metrics", "page"}  # those of the ablations


BYTES = [
    DATA / "samples.parquet",
    DATA / "dictionary.parquet",
    DATA / "record.json",
    RUN / "curve.parquet",
    RUN / "weights.safetensors",
    RUN / "run.json",
    RESULTS / "metrics/cl-basic.parquet",
    METRICS,
    RESULTS / "metrics/cl-basic.record.json",
    RESULTS / "figures/figure_02.pdf",
    RESULTS / "figures/figure_02.png",
    RESULTS / "figures/figure_02.svg",
    RESULTS / "figures/figure_02.record.json",
    RESULTS / "tables/table_2.csv",
    RESULTS / "tables/table_2.tex",
    TABLE,
    RESULTS / "theory/theorem_1.json",
    RESULTS / "theory/verdicts.md",
    RESULTS / "comparison/claims.csv",
    MANIFEST,
    RESULTS / "provenance/manifest.record.json",
    RESULTS / "provenance/jobs.csv",
]


@pytest.mark.parametrize("path", BYTES, ids=str)
def test_one_flipped_bit_is_named_and_nothing_else(results: Path, path: Path) -> None:
    flip(path)
    assert problems() == {path.as_posix(): {"altered"}}


def test_two_runs_exchanged(results: Path) -> None:
    exchange(RUN, OTHER_RUN)
    found = problems()
    assert {Path(file).parent for file in found} == {RUN, OTHER_RUN}
    assert {Path(file).name for file in found} == {
        "curve.parquet",
        "weights.safetensors",
        "run.json",
    }
    assert "settings" in found[(RUN / "run.json").as_posix()]


def test_two_curves_exchanged(results: Path) -> None:
    exchange(RUN / "curve.parquet", OTHER_RUN / "curve.parquet")
    assert problems() == {
        (folder / "curve.parquet").as_posix(): {"altered"} for folder in (RUN, OTHER_RUN)
    }


def test_a_dropped_seed(results: Path) -> None:
    shutil.rmtree(RUN)
    assert problems() == {RUN.as_posix(): {"incomplete"}}


@pytest.mark.parametrize(
    "path",
    [
        DATA / "dictionary.parquet",
        RUN / "weights.safetensors",
        RUN / "run.json",
        METRICS,
        RESULTS / "figures/figure_07.svg",
        RESULTS / "figures/figure_07.record.json",
        RESULTS / "tables/table_1.record.json",
        TABLE,
        MANIFEST,
    ],
    ids=str,
)
def test_a_deleted_file(results: Path, path: Path) -> None:
    path.unlink()
    assert problems() == {path.as_posix(): {"missing"}}


def test_a_run_left_out_of_the_grid(results: Path) -> None:
    more = RUN.with_name("seed-9")
    shutil.copytree(RUN, more)
    assert problems() == {more.as_posix(): {"excluded"}}


@pytest.mark.parametrize("name", ["figures/figure_19.png", "notes.txt"])
def test_a_file_that_no_rule_makes(results: Path, name: str) -> None:
    (RESULTS / name).write_text("x")
    assert problems() == {(RESULTS / name).as_posix(): {"unclaimed"}}


def dirty(record: dict) -> None:
    record["git"] = {"commit": "0" * 40, "dirty": True}


def other_numpy(record: dict) -> None:
    record["packages"]["numpy"] = "1.0"


def other_code(record: dict) -> None:
    record["code"] = "0" * 16


def other_rate(record: dict) -> None:
    record["spec"]["learning_rate"] = 1


def other_input(record: dict) -> None:
    record["inputs"][(DATA / "samples.parquet").as_posix()]["sha256"] = "0" * 64


@pytest.mark.parametrize(
    ("change", "subject", "kinds", "word"),
    [
        (dirty, RUN / "run.json", {"dirty tree"}, "uncommitted"),
        (other_numpy, RUN / "run.json", {"mixed versions"}, "numpy 1.0, elsewhere"),
        (other_code, RUN / "run.json", {"code"}, "made by other code: "),
        (other_rate, RUN / "run.json", {"settings"}, "learning_rate: 1 -> 0.025"),
        (other_input, DATA / "samples.parquet", {"inconsistent"}, "run.json has read another"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_run_that_was_made_otherwise(
    results: Path, change: Callable, subject: Path, kinds: set[str], word: str
) -> None:
    rewrite(RUN / "run.json", change)
    content = report()
    assert problems(content) == {subject.as_posix(): kinds}
    assert word in " ".join(finding["detail"] for finding in content["findings"])


def test_a_config_changed_since(results: Path) -> None:
    Path("change.yaml").write_text("models: {cl-basic: {label: CL}}\n", encoding="utf-8")
    found = problems(report(*CONFIGS, Path("change.yaml")))
    stale = [RESULTS / f"figures/figure_0{number}.record.json" for number in (2, 8)]
    assert {path.as_posix() for path in stale} <= found.keys()  # and the captions
    assert set(map(frozenset, found.values())) == {frozenset({"settings"})}


def test_reasons_edited_since(results: Path) -> None:
    path = Path("workflow/comparison/reasons.yaml")
    edit(path, "reasons:", "# New.\nreasons:")
    assert problems() == {path.as_posix(): {"inconsistent"}}


def test_the_command_writes_its_report(finished: Workspace) -> None:
    process = finished.snakemake("audit")
    assert process.returncode == 0, shown(process)
    assert "# Audit of results/smoke: passed" in process.stdout
    path = finished.folder / TABLE
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    process = finished.run("ssl-landscape", "audit", "--config", "config.yaml", SMOKE)
    assert process.returncode == 1
    folder = finished.folder / RESULTS / "provenance"
    written = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    assert [f["subject"] for f in written["findings"] if f["weight"] == "problem"] == [
        TABLE.as_posix()
    ]
    assert (folder / "audit.md").read_text(encoding="utf-8") == process.stdout


def test_the_graph_has_the_jobs_and_files_of_the_rules(fresh: Workspace) -> None:
    planned = fresh.dry_run("all", "ablations")
    beside = ("results/smoke/logs/", "results/smoke/timings/")
    by_rules = {
        (job.job[0], frozenset(f for f in job.files if not f.startswith(beside)))
        for job in planned
        if job.files
    }
    plan = Plan(load_config(*(fresh.folder / path for path in CONFIGS)))
    graph = Graph(plan)
    jobs = [*graph.jobs, *(manifest_job(graph, target) for target in ENDINGS)]
    # Snakemake shows rules with a message by that alone.
    shown_jobs = [job for job in jobs if job.rule != "manifest" or "manifest" in dict(by_rules)]
    assert by_rules == {(job.rule, frozenset((*job.outputs, job.record))) for job in shown_jobs}


def test_equal_results_have_equal_manifests(smoke: SmokeRun, finished: Workspace) -> None:
    (finished.folder / MANIFEST).unlink()
    assert finished.snakemake("all").returncode == 0
    made = (finished.folder / MANIFEST).read_bytes()
    assert made == (smoke.workspace.folder / MANIFEST).read_bytes()
