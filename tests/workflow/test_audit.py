"""The audit of a finished smoke run: sound results pass, and whatever is tampered with is named.

Unit tests of the audit are in tests/unit/provenance.
"""

import functools
import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file, save

from ssl_landscape.config import load_config
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline import code_roots
from ssl_landscape.pipeline.jobs import find_job
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.audit import audit, markdown
from ssl_landscape.provenance.checks import CHECKS, findings_of
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.hashing import identity, seal, sha256
from ssl_landscape.provenance.history import check_history
from ssl_landscape.provenance.inventory import Inventory
from ssl_landscape.provenance.manifest import COLUMNS, ENDINGS, manifest_job, write_manifest
from ssl_landscape.provenance.published import SUMS, checksums
from ssl_landscape.provenance.recompute import recompute
from ssl_landscape.provenance.record import read_record
from ssl_landscape.provenance.retrain import retrain

from .conftest import SmokeRun
from .workspace import PROJECT, SMOKE, Workspace, shown

RESULTS = Path("results/smoke")
RUN = RESULTS / "runs/cl-basic/sparsity-0.3/seed-2"
OTHER_RUN = RESULTS / "runs/cl-basic/sparsity-0.3/seed-1"
DATA = RESULTS / "datasets/sparse-0.3/seed-2"
METRICS = RESULTS / "metrics/cl-basic.final.csv"
TABLE = RESULTS / "tables/table_2.md"
MANIFEST = RESULTS / "provenance/manifest.json"
CONFIGS = (Path("config.yaml"), Path(SMOKE))


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """Import once what each of the audit's processes would."""
    for rule in code_roots.JOBS:
        importlib.import_module(f"ssl_landscape.{code_roots.entry(rule).partition(':')[0]}")


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


BESIDE = ("ablation", "claims_by_reading", "replication", "measures", "study")


def test_sound_results_pass(results: Path) -> None:
    content = report()
    assert content["passed"], markdown(content)
    assert content["counts"]["sound"] == content["counts"]["present"]
    unbuilt = {rule for rule in content["not built"] if not rule.startswith(BESIDE)}
    assert unbuilt <= {"dataset", "train", "metrics", "page"}  # those of the other targets


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


def test_a_run_that_read_another_dataset(results: Path) -> None:
    """Its record, sealed again, is not the one that the list of jobs has."""
    rewrite(RUN / "run.json", other_input)
    content = report()
    assert problems(content) == {
        (DATA / "samples.parquet").as_posix(): {"inconsistent"},
        (RUN / "run.json").as_posix(): {"not in manifest"},
    }
    details = " ".join(finding["detail"] for finding in content["findings"])
    assert "run.json has read another" in details


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


def forge_all() -> None:
    """Write new hashes and seals throughout, as a forger would: what is there is as recorded."""
    now = functools.cache(lambda file: sha256(Path(file)))
    for path in sorted(RESULTS.rglob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        for known in (record.get("inputs"), record.get("outputs")):
            for file in known or {}:
                if known[file]["sha256"] != now(file):
                    known[file] = identity(Path(file))
        if known is not None:
            replace(path, json.dumps(seal(record)).encode())
    job = manifest_job(Graph(Plan(load_config(*CONFIGS))), "all")
    for path in job.outputs:
        Path(path).unlink()
    write_manifest(job.spec, [], list(map(Path, job.outputs)))
    forge_lists()


def forge_lists() -> None:
    """Write the hashes of the manifest and of the list of jobs into the manifest's record."""

    def hashes(record: dict) -> None:
        record["outputs"] = {file: identity(Path(file)) for file in record["outputs"]}

    rewrite(MANIFEST.with_name("manifest.record.json"), hashes)


def cells_of(path: Path, change: Callable[[pd.DataFrame], object]) -> None:
    """Change the cells of a CSV or Parquet file, which keeps its spec."""
    if path.suffix == ".csv":
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        change(frame)
        replace(path, frame.to_csv(index=False, lineterminator="\n").encode())
        return
    table = pq.read_table(path)
    frame = table.to_pandas()
    change(frame)
    path.unlink()
    pq.write_table(pa.Table.from_pandas(frame, table.schema, preserve_index=False), path)


def column(path: Path, name: str, row: int, value: object) -> Callable[[], None]:
    """Set a cell of a CSV or Parquet file."""

    def change(frame: pd.DataFrame) -> None:
        frame.loc[frame.index[row], name] = value

    return lambda: cells_of(path, change)


def word(path: Path, old: str, new: str) -> Callable[[], None]:
    return lambda: edit(path, old, new)


def record(path: Path, **facts: object) -> Callable[[], None]:
    return lambda: rewrite(path, lambda content: content.update(facts))


def other(path: Path, source: Path) -> Callable[[], None]:
    """Put another file in the place of one."""
    return lambda: replace(path, source.read_bytes())


def scaled_weights() -> None:
    tensors = load_file(RUN / "weights.safetensors")
    replace(RUN / "weights.safetensors", save({name: 2 * t for name, t in tensors.items()}))


def transposed_latents() -> None:
    cells_of(DATA / "samples.parquet", lambda f: f.update({"x": f["x"].to_numpy()[::-1].copy()}))


def other_sparsity() -> None:
    names = {"0.1": "0.3", "0.3": "0.1"}
    cells_of(METRICS_OF_CURVES, lambda f: f.update(f["sparsity"].map(names).to_frame()))


def line_gone(path: Path, start: str) -> Callable[[], None]:
    """Remove the lines of a list that begin so, and write its hash where that is recorded."""

    def change() -> None:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        left = [line for line in lines if not line.startswith(start)]
        assert len(left) < len(lines)
        replace(path, "".join(left).encode())

    return change


def manifest_row(file: str, known: dict | None) -> Callable[[], None]:
    """Remove or add a row of the manifest, sealed again."""

    def change() -> None:
        content = json.loads(MANIFEST.read_text(encoding="utf-8"))
        content["artefacts"].pop(file, None)
        content["artefacts"] |= {file: known} if known else {}
        replace(MANIFEST, json.dumps(seal(content)).encode())

    return change


def list_of_jobs_without_record() -> None:
    edit(JOBS, ",False", ",True")
    MANIFEST.with_name("manifest.record.json").unlink()


def commit_without_code() -> None:
    """Name a commit that git knows, of another tree: clean is said of what was not committed."""
    tree = ("git", "-c", "user.name=A", "-c", "user.email=a@example.org", "commit-tree", "-m", "A")
    empty = subprocess.run(["git", "mktree"], input=b"", capture_output=True).stdout.strip()
    sha = subprocess.run([*tree, empty], capture_output=True, text=True).stdout.strip()
    record(RUN / "run.json", git={"commit": sha, "dirty": False})()


CURVE, WEIGHTS, RECORD = RUN / "curve.parquet", RUN / "weights.safetensors", RUN / "run.json"
METRICS_OF_CURVES = RESULTS / "metrics/cl-basic.parquet"
JOBS = RESULTS / "provenance/jobs.csv"
FIGURES, TABLES = RESULTS / "figures", RESULTS / "tables"
COMPARISON, THEORY = RESULTS / "comparison", RESULTS / "theory"
TABLE_CSV = TABLES / "table_2.csv"
MINIMUM = "min_max_cosine"
PLAIN, DEEP = "plain", "deep"
ASKED, LISTED, LOST, OTHER = "contradicted", "not in manifest", "missing", "other version"
NOBODYS = {"commit": "1" * 40, "dirty": False}
# What a forger did; whether he then wrote all hashes and seals anew (True), those of the lists
# alone (None) or none (False); what the audit must say of which file, and how deep it has to look.
ATTACKS = {
    "the last row of a curve": (column(CURVE, MINIMUM, -1, 0.99), True, CURVE, ASKED, PLAIN),
    "its first row": (column(CURVE, MINIMUM, 0, 0.99), True, CURVE, ASKED, PLAIN),
    "its norm of the weights": (
        column(CURVE, "online_weight_norm", -1, 0.0),
        *(True, CURVE, ASKED, PLAIN),
    ),
    "an epoch within": (column(CURVE, MINIMUM, 9, 0.99), True, METRICS_OF_CURVES, ASKED, PLAIN),
    "its loss": (column(CURVE, "loss", -1, 0.0), True, RECORD, ASKED, PLAIN),
    "another run's curve": (other(CURVE, OTHER_RUN / CURVE.name), True, CURVE, ASKED, PLAIN),
    "another run's weights": (other(WEIGHTS, OTHER_RUN / WEIGHTS.name), True, CURVE, ASKED, PLAIN),
    "weights twice as large": (scaled_weights, True, CURVE, ASKED, PLAIN),
    "final values in the record": (
        lambda: rewrite(RECORD, lambda content: content["final"].update({MINIMUM: 0.99})),
        *(False, RECORD, ASKED, PLAIN),
    ),
    "other seeds": (record(RECORD, seeds={"weights": 1}), False, RECORD, ASKED, PLAIN),
    "another dictionary": (
        other(DATA / "dictionary.parquet", DATA.with_name("seed-1") / "dictionary.parquet"),
        *(True, CURVE, ASKED, PLAIN),
    ),
    "other samples": (transposed_latents, True, DATA / "samples.parquet", ASKED, DEEP),
    "the curve of a figure": (
        column(METRICS_OF_CURVES, "mean", 99, 0.99),
        *(True, METRICS_OF_CURVES, ASKED, PLAIN),
    ),
    "its span over the runs": (
        column(METRICS_OF_CURVES, "max", 99, 0.99),
        *(True, METRICS_OF_CURVES, ASKED, PLAIN),
    ),
    "two sparsities exchanged": (
        other_sparsity,
        *(True, METRICS_OF_CURVES, ASKED, PLAIN),
    ),
    "a number of runs": (
        column(METRICS_OF_CURVES, "runs", 0, 9),
        *(True, METRICS_OF_CURVES, ASKED, PLAIN),
    ),
    "an epoch's number": (
        column(METRICS_OF_CURVES, "epoch", 5, 6),
        *(True, METRICS_OF_CURVES, ASKED, PLAIN),
    ),
    "an epoch's number in a curve": (column(CURVE, "epoch", 5, 6), True, CURVE, ASKED, PLAIN),
    "a final value": (column(METRICS, MINIMUM, 0, "0.99"), True, METRICS, ASKED, PLAIN),
    "a run left out": (line_gone(METRICS, "0.3,2"), True, METRICS, ASKED, PLAIN),
    "a cell": (column(TABLE_CSV, "mean", 0, "0.99"), True, TABLE_CSV, ASKED, PLAIN),
    "a standard deviation": (column(TABLE_CSV, "std", 3, "0.001"), True, TABLE_CSV, ASKED, PLAIN),
    "a cell as Markdown": (word(TABLE, " ± 0.", " ± 0.9"), True, TABLE, ASKED, PLAIN),
    "a cell as LaTeX": (
        word(TABLE.with_suffix(".tex"), r"$\pm$ 0.", r"$\pm$ 0.9"),
        *(True, TABLE.with_suffix(".tex"), ASKED, PLAIN),
    ),
    "another table": (other(TABLE, TABLES / "table_1.md"), True, TABLE, ASKED, PLAIN),
    "a published value": (
        column(COMPARISON / "cells.csv", "published_mean", 0, "0.5"),
        *(True, COMPARISON / "cells.csv", ASKED, PLAIN),
    ),
    "the comparison's page": (
        word(COMPARISON / "cells.md", "0.", "0.9"),
        *(True, COMPARISON / "cells.md", ASKED, PLAIN),
    ),
    "a verdict": (
        column(COMPARISON / "claims.csv", "verdict", 0, "confirmed beyond doubt"),
        *(True, COMPARISON / "claims.csv", ASKED, PLAIN),
    ),
    "the page of claims": (
        word(COMPARISON / "claims.md", "0.", "0.9"),
        *(True, COMPARISON / "claims.md", ASKED, PLAIN),
    ),
    "a threshold": (
        column(COMPARISON / "claims.csv", "bound", 0, "0.01"),
        *(True, COMPARISON / "claims.csv", ASKED, PLAIN),
    ),
    "a discrepancy left out": (
        line_gone(COMPARISON / "discrepancies.md", "| "),
        *(True, COMPARISON / "discrepancies.md", ASKED, PLAIN),
    ),
    "a theorem's verdict": (
        word(THEORY / "verdicts.md", "|", "|\\*"),
        *(True, THEORY / "verdicts.md", ASKED, PLAIN),
    ),
    "a caption": (
        word(FIGURES / "figure_02.rst", ".", "!"),
        *(True, FIGURES / "figure_02.rst", ASKED, PLAIN),
    ),
    "the report's front page": (
        word(RESULTS / "front.rst", ".", "!"),
        *(True, RESULTS / "front.rst", ASKED, PLAIN),
    ),
    "a picture": (
        other(FIGURES / "figure_02.png", FIGURES / "figure_03.png"),
        *(True, FIGURES / "figure_02.png", ASKED, DEEP),
    ),
    "a picture for print": (
        other(FIGURES / "figure_02.pdf", FIGURES / "figure_03.pdf"),
        *(True, FIGURES / "figure_02.pdf", ASKED, DEEP),
    ),
    "the comparison's picture": (
        other(COMPARISON / "comparison.png", FIGURES / "figure_03.png"),
        *(True, COMPARISON / "comparison.png", ASKED, DEEP),
    ),
    "what was measured of a theorem": (
        word(THEORY / "lemma_1.json", "0.", "0.9"),
        *(True, THEORY / "lemma_1.json", ASKED, DEEP),
    ),
    "a page of the report": (
        word(TABLES / "table_2.html", "0.", "0.9"),
        *(True, TABLES / "table_2.html", ASKED, DEEP),
    ),
    "a commit that nobody has": (
        record(RECORD, git=NOBODYS),
        *(False, RECORD, "no such commit", PLAIN),
    ),
    "no hash of a commit": (
        record(RECORD, git={"commit": "HEAD", "dirty": False}),
        *(False, RECORD, "no such commit", PLAIN),
    ),
    "a dirty tree said to be clean": (
        commit_without_code,
        *(False, RECORD, "no such code", DEEP),
    ),
    "a record of the first format": (record(RECORD, format=1), False, RECORD, OTHER, PLAIN),
    "a record without a format": (
        lambda: rewrite(RECORD, lambda content: content.pop("format")),
        *(False, RECORD, OTHER, PLAIN),
    ),
    "a record without a seal": (
        lambda: edit(RECORD, '"seal"', '"seals"'),
        *(False, RECORD, "altered", PLAIN),
    ),
    "an input that was not read": (
        lambda: rewrite(RECORD, lambda content: content["inputs"].popitem()),
        *(False, RECORD, "settings", PLAIN),
    ),
    "a row of the manifest left out": (
        manifest_row(TABLE.as_posix(), None),
        *(None, TABLE, LISTED, PLAIN),
    ),
    "a row of the manifest for nothing": (
        manifest_row("results/smoke/tables/table_9.md", {"sha256": "0" * 64, "bytes": 1}),
        *(None, TABLES / "table_9.md", LISTED, PLAIN),
    ),
    "a job that is not listed": (
        line_gone(JOBS, RECORD.as_posix()),
        *(None, RECORD, LISTED, PLAIN),
    ),
    "a job's commit in the list": (
        lambda: replace(JOBS, re.sub(rb"[0-9a-f]{40}", b"1" * 40, JOBS.read_bytes(), count=1)),
        *(None, COMPARISON / "cells.record.json", LISTED, PLAIN),
    ),
    "the list without the manifest's record": (
        list_of_jobs_without_record,
        *(False, MANIFEST.with_name("manifest.record.json"), LOST, PLAIN),
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_forgery_is_found(results: Path, attack: str) -> None:
    forge, hashes, subject, kind, level = ATTACKS[attack]
    forge()
    if hashes is not False:
        forge_all() if hashes else forge_lists()
    graph = Graph(Plan(load_config(*CONFIGS)))
    found = Inventory(graph)
    recorded = findings_of(graph, found, CHECKS)
    assert not hashes or [one for one in recorded if one.weight == "problem"] == []
    # All others follow from their files, or from the forged one, which takes a while to compute.
    graph.jobs = [job for job in graph.jobs if subject.as_posix() in job.files]
    deep = level == DEEP
    asked = [*check_history(found, deep), *recompute(found, deep, 0, 0, Counter())]
    assert (subject.as_posix(), kind) in {(one.subject, one.kind) for one in [*recorded, *asked]}


def test_a_run_trained_otherwise_is_found_by_training_again(results: Path) -> None:
    """All that follows from it may be forged: only another training tells."""
    plan = Plan(load_config(*CONFIGS))
    job = find_job(plan, "train", RUN.relative_to(RESULTS / "runs").as_posix())
    facts = read_record(RECORD)
    assert list(retrain(job, facts, RESULTS)) == []
    facts["outputs"][CURVE.as_posix()]["sha256"] = "0" * 64  # other bytes, equal values
    (finding,) = retrain(job, facts, RESULTS)
    assert (finding.kind, finding.subject) == ("not reproduced", CURVE.as_posix())
    (finding,) = retrain(job, facts | {"at_once": {"runs": 5}}, RESULTS)  # batched products
    assert (finding.kind, finding.weight) == ("other processor", "remark")
    facts["cpu"] = "another"
    (finding,) = retrain(job, facts, RESULTS)
    assert (finding.kind, finding.weight) == ("other processor", "remark")
    column(CURVE, MINIMUM, 9, 0.99)()
    assert [one.kind for one in retrain(job, facts, RESULTS)] == ["not reproduced"]


def test_a_run_of_a_gpu_is_not_compared_with_one_of_a_cpu(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    plan = Plan(load_config(*CONFIGS))
    job = find_job(plan, "train", RUN.relative_to(RESULTS / "runs").as_posix())
    (finding,) = retrain(job, read_record(RECORD) | {"device": "NVIDIA H100"}, RESULTS)
    assert (finding.kind, finding.weight) == ("not retrained", "remark")
    assert "NVIDIA H100" in finding.detail


def test_runs_to_train_again_are_chosen_by_the_seed(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: list[str] = []
    monkeypatch.setattr(
        "ssl_landscape.provenance.recompute.retrain", lambda job, *_: chosen.append(job.name) or []
    )
    for seed in (1, 1, 2):
        content = audit(Plan(load_config(*CONFIGS)), retrain=2, seed=seed)
        assert content["recomputed"]["retrained"] == 2
    assert chosen[:2] == chosen[2:4] != chosen[4:]


def killed(*_: object) -> None:
    """Stand in for what the system does to a process where memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_is_killed_is_told(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssl_landscape.provenance.recompute.run_again", killed)
    with pytest.raises(UserError, match="was killed; was memory short"):
        audit(Plan(load_config(*CONFIGS)))


PUBLISHED = Path("results/published")


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What git has of the full results."""
    for part in ("workflow", PUBLISHED):
        shutil.copytree(PROJECT / part, tmp_path / part)
    shutil.copy(PROJECT / "config.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)


def forge_published() -> None:
    """Write new hashes and seals throughout the published copy."""
    for path in PUBLISHED.glob("provenance/manifest*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        for file, known in content["artefacts"].items():
            if (copy := PUBLISHED / file.removeprefix("results/")).is_file():
                known |= identity(copy)
        path.write_text(json.dumps(seal(content)), encoding="utf-8")
    path = PUBLISHED / "published.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["files"] = {file: sha256(PUBLISHED / file) for file in content["files"]}
    path.write_text(json.dumps(seal(content)), encoding="utf-8")
    files = [path for path in PUBLISHED.rglob("*") if path.is_file() and path.name != SUMS]
    hashes = {path.relative_to(PUBLISHED).as_posix(): sha256(path) for path in files}
    (PUBLISHED / SUMS).write_text(checksums(hashes), encoding="utf-8")


def artefact_with_its_row() -> None:
    (PUBLISHED / "tables/table_1.tex").unlink()
    path = PUBLISHED / "provenance/manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["artefacts"]["results/tables/table_1.tex"]
    path.write_text(json.dumps(content), encoding="utf-8")


SUMMARY = PUBLISHED / "ablations/summary.md"
DISCREPANCIES = PUBLISHED / "comparison/discrepancies.md"
FIRST_JOB = Path("results/comparison/cells.record.json")
ATTACKS_ON_A_CLONE = {
    "the summary of the ablations": (word(SUMMARY, "0.", "0.9"), True, SUMMARY, ASKED),
    "the cells that it is made from": (
        column(PUBLISHED / "ablations/latents.csv", "difference", 0, "0.5"),
        *(True, SUMMARY, ASKED),
    ),
    "a cell said to be within its tolerance": (
        lambda: cells_of(
            PUBLISHED / "comparison/cells.csv",
            lambda frame: frame.update({"within": ["True"] * len(frame)}),
        ),
        *(True, DISCREPANCIES, ASKED),
    ),
    "a claim's verdict": (
        word(PUBLISHED / "comparison/claims.csv", "partly", "confirmed"),
        *(True, DISCREPANCIES, ASKED),
    ),
    "a theorem's verdict": (
        word(PUBLISHED / "theory/verdicts.md", "0.", "0.9"),
        *(True, PUBLISHED / "theory/verdicts.md", ASKED),
    ),
    "a benchmark": (
        word(PUBLISHED / "benchmarks/steps.csv", "0.", "0.9"),
        *(False, PUBLISHED / "benchmarks/steps.csv", "altered"),
    ),
    "a line of SHA256SUMS": (
        lambda: line_gone(PUBLISHED / SUMS, sha256(SUMMARY))(),
        *(False, PUBLISHED / SUMS, "altered"),
    ),
    "an artefact with its row in the manifest": (
        artefact_with_its_row,
        *(True, Path("results/tables/table_1.tex"), LISTED),
    ),
    "a job": (
        line_gone(PUBLISHED / "provenance/jobs.csv", FIRST_JOB.as_posix()),
        *(True, FIRST_JOB, "settings"),
    ),
    "a dirty tree": (
        word(PUBLISHED / "provenance/jobs.csv", ",False", ",True"),
        *(True, FIRST_JOB, "dirty tree"),
    ),
}


@functools.cache
def problems_of_the_clone() -> dict[str, set[str]]:
    """Return what is wrong before any attack."""
    return problems(report(Path("config.yaml")))


@pytest.mark.parametrize("attack", ATTACKS_ON_A_CLONE)
def test_a_forgery_in_a_clone_is_found(clone: None, attack: str) -> None:
    forge, hashes, subject, kind = ATTACKS_ON_A_CLONE[attack]
    assert kind not in problems_of_the_clone().get(subject.as_posix(), set())
    forge()
    if hashes:
        forge_published()
    assert kind in problems(report(Path("config.yaml")))[subject.as_posix()]


def seal_of_published(change: Callable[[dict], object]) -> Callable[[], None]:
    """Change ``published.json``, which ``forge_published`` seals again."""

    def forge() -> None:
        path = PUBLISHED / "published.json"
        content = json.loads(path.read_text(encoding="utf-8"))
        change(content)
        path.write_text(json.dumps(content), encoding="utf-8")

    return forge


def ablations_left_out() -> None:
    shutil.rmtree(PUBLISHED / "ablations")
    lists = [f"provenance/{name}-ablations.{kind}" for name, kind in LISTS]
    for name in lists:
        (PUBLISHED / name).unlink()
    seal_of_published(lambda content: [content["files"].pop(name) for name in lists])()


def summary_of_other_code() -> None:
    """Said to be other code's, it is not computed again; the code of its commit tells."""
    word(SUMMARY, "0.", "0.9")()
    jobs = PUBLISHED / "provenance/jobs-ablations.csv"
    line = next(
        line for line in jobs.read_text("utf-8").splitlines() if ",ablation_summary," in line
    )
    code = line.split(",")[COLUMNS.index("code")]
    word(jobs, line, line.replace(code, "0" * 16))()


LISTS = (("manifest", "json"), ("jobs", "csv"))
SIGNED = {  # what a clone alone cannot tell: git has other bytes, and a signature covers them
    "a cell": column(PUBLISHED / "tables/table_2.csv", "mean", 0, "0.5"),
    "a picture": other(PUBLISHED / "figures/figure_02.png", PUBLISHED / "figures/figure_03.png"),
    "when a job ran": word(PUBLISHED / "provenance/jobs.csv", ",20", ",19"),
    "a benchmark": word(PUBLISHED / "benchmarks/steps.csv", "0.", "0.9"),
    "the commits of all": seal_of_published(lambda content: content.update(commits=[])),
    "the ablations left out": ablations_left_out,
    "a summary of other code": summary_of_other_code,
}


@pytest.mark.parametrize("attack", SIGNED)
def test_a_forgery_that_git_and_a_signature_tell(clone: None, attack: str) -> None:
    signed = sha256(PUBLISHED / SUMS)
    SIGNED[attack]()
    forge_published()
    assert problems(report(Path("config.yaml"))) == {}
    assert sha256(PUBLISHED / SUMS) != signed


def test_the_published_files_match_their_checksums(clone: None) -> None:
    command = ["sha256sum", "--check", "--quiet", SUMS]
    assert subprocess.run(command, cwd=PUBLISHED).returncode == 0
    edit(SUMMARY, "0.", "0.9")
    assert subprocess.run(command, cwd=PUBLISHED, capture_output=True).returncode == 1


def test_the_docs_recompute_a_cell_a_claim_and_a_curve(results: Path) -> None:
    """Exactly the text of the page, run where the small-scale run lies under results/."""
    text = (PROJECT / "docs/auditing.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert all(len(block.splitlines()) <= 10 for block in blocks)
    command = [sys.executable, "-c", "\n".join(blocks)]
    Path("elsewhere").mkdir()
    Path("elsewhere/results").symlink_to(results.resolve())
    process = subprocess.run(command, cwd="elsewhere", capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    for path, name in ((TABLE_CSV, "mean"), (COMPARISON / "claims.csv", "value")):
        before = path.read_bytes()
        cells_of(path, lambda frame, name=name: frame.update({name: ["0.99"] * len(frame)}))
        assert subprocess.run(command, cwd="elsewhere", capture_output=True).returncode == 1
        replace(path, before)
    column(METRICS_OF_CURVES, "seed-1", slice(None), 0.5)()
    assert subprocess.run(command, cwd="elsewhere", capture_output=True).returncode == 1


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


HOSTILE = ("OPENBLAS_CORETYPE=Sandybridge", "MPLBACKEND=module://nope", "OMP_NUM_THREADS=2")
# The page draws nothing, but loads Matplotlib, which keeps what it then finds in the folder.
PAGE_FIRST = f"""
from ssl_landscape.pipeline.numeric_environment import fix_environment
fix_environment(1)
from pathlib import Path
from ssl_landscape.config import load_config
from ssl_landscape.pipeline.jobs import find_job
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.run_again import run_again
plan = Plan(load_config(Path("config.yaml"), Path("{SMOKE}")))
for rule, name in (("theory_verdicts", ""), ("theorem", "theorem_3")):
    job = find_job(plan, rule, name)
    facts = {{"packages": {{}}, "cpu": ""}}
    print(run_again(job, [*map(Path, job.inputs)], {{f: Path(f) for f in job.outputs}}, facts))
"""


def test_settings_of_the_user_do_not_reach_what_is_computed_again(finished: Workspace) -> None:
    (finished.folder / "matplotlibrc").write_text("image.lut: 4\n", encoding="utf-8")
    command = ("audit", "--deep", "--config", "config.yaml", SMOKE)
    process = finished.run("ssl-landscape", *command, before=("env", *HOSTILE))
    assert process.returncode == 0, shown(process)
    assert "| problem |" not in process.stdout
    process = finished.run("python", "-c", PAGE_FIRST, before=("env", *HOSTILE))
    assert process.stdout == "[]\n[]\n", shown(process)


def test_the_graph_has_the_jobs_and_files_of_the_rules(fresh: Workspace) -> None:
    planned = fresh.dry_run(*ENDINGS)
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
