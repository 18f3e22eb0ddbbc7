"""The whole pipeline from nothing: every artefact is made, is valid and follows from the runs."""

import hashlib
import json
import xml.etree.ElementTree
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

from .conftest import SmokeRun
from .workspace import SMOKE, Workspace

EPOCHS, RUNS = 30, 84
STATEMENTS = {"theorem_1", "theorem_2", "theorem_3", "lemma_1"}
COSINES = ("max_max_cosine", "median_max_cosine", "min_max_cosine")


def test_it_succeeds(smoke: SmokeRun) -> None:
    assert smoke.process.returncode == 0, smoke.process.stderr[-4000:]


@pytest.mark.parametrize("suffix", ["pdf", "png", "svg"])
def test_every_figure_is_a_valid_file(smoke: SmokeRun, suffix: str) -> None:
    folder = smoke.results / "figures"
    names = {f"figure_{number:02}.{suffix}" for number in range(1, 19)}
    assert {path.name for path in folder.glob(f"*.{suffix}")} == names
    for name in names:
        check_image(folder / name)


def check_image(path: Path) -> None:
    if path.suffix == ".pdf":
        content = path.read_bytes()
        assert content.startswith(b"%PDF")
        assert content.rstrip().endswith(b"%%EOF")
    elif path.suffix == ".png":
        with Image.open(path) as image:
            image.load()
            assert min(image.size) > 300
            assert len(set(image.convert("L").tobytes())) > 10  # not blank
    else:
        root = xml.etree.ElementTree.parse(path).getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"


def test_every_table_has_its_files(smoke: SmokeRun) -> None:
    folder = smoke.results / "tables"
    suffixes = ("csv", "md", "tex", "html", "rst")
    names = {f"table_{n}.{suffix}" for n in (1, 2, 3) for suffix in suffixes}
    assert {path.name for path in folder.iterdir() if ".record." not in path.name} == names
    captions = {f"table_{n}.rst" for n in (1, 2, 3)}
    assert all((folder / name).stat().st_size > 200 for name in names - captions)
    for n in (1, 2, 3):
        caption = (folder / f"table_{n}.rst").read_text(encoding="utf-8")
        assert caption.startswith(f"**Table {n}: ")
        assert "Mean and sample standard deviation over the runs" in caption


@pytest.mark.parametrize("suffix", ["pdf", "png", "svg"])
def test_every_theorem_has_a_valid_figure(smoke: SmokeRun, suffix: str) -> None:
    folder = smoke.results / "theory"
    assert {path.stem for path in folder.glob(f"*.{suffix}")} == STATEMENTS
    for path in folder.glob(f"*.{suffix}"):
        check_image(path)


def test_every_theorem_has_quantities_and_a_verdict(smoke: SmokeRun) -> None:
    folder = smoke.results / "theory"
    page = (folder / "verdicts.md").read_text(encoding="utf-8")
    measured = {path.stem for path in folder.glob("*.json") if ".record." not in path.name}
    assert measured == STATEMENTS
    for name in STATEMENTS:
        content = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        verdict = content["verdict"]
        assert (content["statement"], content["seed"]) == (name, 1)
        assert content["quantities"]
        assert f"## {verdict['title']}: {verdict['status']}" in page
        for claim in verdict["claims"]:
            assert f"| {claim['status']} |" in page


def test_nothing_is_written_elsewhere(smoke: SmokeRun, project: Workspace) -> None:
    before = {path.name for path in project.folder.iterdir()} - {".snakemake"}
    after = {path.name for path in smoke.workspace.folder.iterdir()}
    assert after - before == {"results", ".snakemake"}
    assert [path.name for path in smoke.results.parent.iterdir()] == ["smoke"]


def test_git_sees_nothing_of_it(finished: Workspace) -> None:
    assert finished.git("status", "--porcelain") == ""


def test_trainings_are_timed(smoke: SmokeRun) -> None:
    timings = smoke.results / "timings"
    assert [path.name for path in timings.iterdir()] == ["runs"]
    assert len(list(timings.rglob("*.tsv"))) == RUNS


def test_no_temporary_or_empty_file_is_left(smoke: SmokeRun) -> None:
    files = [path for path in smoke.results.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if path.name.startswith(".")] == []
    made = [path for path in files if path.relative_to(smoke.results).parts[0] != "logs"]
    assert [path for path in made if not path.stat().st_size] == []


def test_every_curve_has_a_row_per_epoch(smoke: SmokeRun) -> None:
    curves = list(smoke.results.glob("runs/*/*/*/curve.parquet"))
    assert len(curves) == RUNS
    for path in curves:
        curve = pq.read_table(path).to_pandas()
        assert list(curve["epoch"]) == list(range(EPOCHS + 1)), path
        assert np.isfinite(curve["loss"][1:]).all(), path
        assert all(curve[name].between(0, 1 + 1e-6).all() for name in COSINES), path


def test_every_run_is_recorded(smoke: SmokeRun) -> None:
    records = sorted(smoke.results.glob("runs/*/*/*/run.json"))
    assert len(records) == RUNS
    for path in records:
        record = json.loads(path.read_text())
        spec = record["spec"]
        model, sparsity, seed = path.parts[-4:-1]
        assert (spec["model"], f"sparsity-{spec['sparsity']}") == (model, sparsity)
        assert f"seed-{spec['seed']}" == seed
        assert spec["epochs"] == EPOCHS
        assert len(bytes.fromhex(record["code"])) == 8
        assert {Path(name).name for name in record["inputs"]} == {
            "samples.parquet",
            "dictionary.parquet",
        }
        assert {Path(name).parent for name in record["outputs"]} == {
            path.parent.relative_to(smoke.workspace.folder)
        }
        for name, identity in (record["inputs"] | record["outputs"]).items():
            content = (smoke.workspace.folder / name).read_bytes()
            assert identity["sha256"] == hashlib.sha256(content).hexdigest(), name
        stored = pq.read_schema(path.with_name("curve.parquet")).metadata[b"spec"]
        assert json.loads(stored) == spec


def test_every_job_is_recorded(smoke: SmokeRun) -> None:
    """Each file that is not a record appears in exactly one record, as it is now."""
    recorded: list[str] = []
    records = [path for path in smoke.results.rglob("*.json") if is_record(path)]
    for path in records:
        record = json.loads(path.read_text(encoding="utf-8"))
        recorded += record["outputs"]
        for key in ("rule", "command", "code", "host", "cpu", "python", "packages"):
            assert record[key], (path, key)
        assert record["git"]["dirty"] is False
        assert record["start"] <= record["end"]
        assert (record["attempt"], record["earlier_attempts"]) == (1, [])
        for name, identity in (record["inputs"] | record["outputs"]).items():
            file = smoke.workspace.folder / name
            assert identity["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest(), name
            assert identity["bytes"] == file.stat().st_size
            assert ("content" in identity) == (file.suffix == ".parquet")
    beside = ("logs", "timings")
    files = {
        path.relative_to(smoke.workspace.folder).as_posix()
        for path in smoke.results.rglob("*")
        if path.is_file()
        and path not in records
        and path.relative_to(smoke.results).parts[0] not in beside
        and not path.name.startswith("installed-")  # the packages, which the records name
    }
    assert sorted(recorded) == sorted(files)


def is_record(path: Path) -> bool:
    return path.name in ("run.json", "record.json") or path.name.endswith(".record.json")


def test_every_training_log_shows_progress(smoke: SmokeRun) -> None:
    logs = list(smoke.results.glob("logs/runs/*/*/*.log"))
    assert len(logs) == RUNS
    for path in logs:
        assert f"epoch {EPOCHS}/{EPOCHS}, loss " in path.read_text(), path


def curves_of(results: Path, model: str, sparsity: str) -> list[pd.DataFrame]:
    paths = sorted((results / "runs" / model / f"sparsity-{sparsity}").glob("*/curve.parquet"))
    return [pq.read_table(path).to_pandas() for path in paths]


def test_metrics_follow_from_the_curves(smoke: SmokeRun) -> None:
    metrics = pq.read_table(smoke.results / "metrics" / "cl-basic.parquet").to_pandas()
    assert len(metrics) == 2 * 4 * (EPOCHS + 1)
    for (sparsity, quantity), rows in metrics.groupby(["sparsity", "quantity"]):
        curves = curves_of(smoke.results, "cl-basic", sparsity)
        values = np.array([curve[quantity].to_numpy(float) for curve in curves])
        assert len(values) == 2
        assert set(rows["runs"]) == {2}
        np.testing.assert_array_equal(rows["epoch"], np.arange(EPOCHS + 1))
        np.testing.assert_allclose(rows["mean"], values.sum(axis=0) / 2, rtol=1e-12)
        np.testing.assert_array_equal(rows["min"], np.minimum(*values))
        np.testing.assert_array_equal(rows["max"], np.maximum(*values))


def test_a_table_follows_from_the_curves(smoke: SmokeRun) -> None:
    table = pd.read_csv(smoke.results / "tables" / "table_1.csv", dtype={"pr_sparse": str})
    assert len(table) == 2 * 2 * 3
    for row in table.itertuples():
        curves = curves_of(smoke.results, row.model, row.pr_sparse)
        first, second = (curve[row.metric].iloc[-1] for curve in curves)
        assert row.runs == 2
        assert row.mean == pytest.approx((first + second) / 2, abs=1e-6)
        assert row.std == pytest.approx(abs(first - second) / 2**0.5, abs=1e-6)


def test_the_report_is_made(finished: Workspace) -> None:
    process = finished.run("snakemake", "--report", "report.html", "--configfile", SMOKE)
    assert process.returncode == 0, process.stderr[-4000:]
    report = (finished.folder / "report.html").read_text(encoding="utf-8")
    assert all(f"figure_{number:02}.png" in report for number in range(1, 19))
    assert all(f"table_{number}.html" in report for number in range(1, 4))
    assert all(f"{name}.png" in report for name in STATEMENTS)
