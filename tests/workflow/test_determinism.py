"""The same config gives the same bytes: datasets, curves, weights, metrics, figures and tables."""

import json
from pathlib import Path

import pytest

from .conftest import SmokeRun
from .workspace import Workspace

TARGETS = ("results/smoke/figures/figure_09.pdf", "results/smoke/tables/table_1.md")
MODELS = ("ncl-basic-m10", "cl-basic-m10", "simplified-simclr", "simplified-simsiam")
# When and where a job ran; only these may differ.
VOLATILE = ("start", "end", "seconds", "peak_memory_mb", "command", "seal")


@pytest.fixture(scope="module")
def again(project: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a part from nothing in another folder: on one core, in another order."""
    workspace = project.copy(tmp_path_factory.mktemp("again") / "elsewhere")
    last_seeds = [
        f"results/smoke/runs/{model}/sparsity-{sparsity}/seed-2/curve.parquet"
        for model in MODELS[:2]
        for sparsity in ("0.3", "0.1")
    ]
    for targets in (last_seeds, TARGETS):
        process = workspace.snakemake(
            *targets, "--cores", "1", before=("env", "OMP_NUM_THREADS=2", "OPENBLAS_NUM_THREADS=2")
        )
        assert process.returncode == 0, process.stderr[-4000:]
    return workspace.folder / "results" / "smoke"


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        ("datasets/*/*/*.parquet", 2 * 4),
        ("runs/*/*/*/curve.parquet", 4 * len(MODELS)),
        ("runs/*/*/*/weights.safetensors", 4 * len(MODELS)),
        ("metrics/*", 2 * len(MODELS)),
        ("figures/figure_09.*", 3),
        ("tables/table_1.*", 3),
    ],
)
def test_bytes(smoke: SmokeRun, again: Path, pattern: str, number: int) -> None:
    found = [path for path in again.glob(pattern) if ".record." not in path.name]
    files = sorted(path.relative_to(again) for path in found)
    assert len(files) == number
    for file in files:
        assert (again / file).read_bytes() == (smoke.results / file).read_bytes(), file


def test_the_order_was_another(smoke: SmokeRun, again: Path) -> None:
    orders = []
    for results in (smoke.results, again):
        records = [results / file.relative_to(again) for file in again.glob("runs/*/*/*/run.json")]
        starts = {
            json.loads(r.read_text("utf-8"))["start"]: r.relative_to(results) for r in records
        }
        orders.append([starts[time] for time in sorted(starts)])
    assert len(orders[0]) == 4 * len(MODELS)
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]


def test_records(smoke: SmokeRun, again: Path) -> None:
    files = sorted(path.relative_to(again) for path in again.rglob("*.json"))
    # A record per dataset, run and model, and one each of figure and table.
    assert len(files) == 4 + 4 * len(MODELS) + len(MODELS) + 2
    for file in files:
        assert lasting(again / file) == lasting(smoke.results / file)


def lasting(record: Path) -> dict:
    content = json.loads(record.read_text(encoding="utf-8"))
    assert set(VOLATILE) <= set(content)
    return {key: value for key, value in content.items() if key not in VOLATILE}
