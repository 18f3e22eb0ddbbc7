"""A damaged input at each stage: one message with file and remedy, and nothing is written."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ssl_landscape.cli.main import main

from .conftest import SmokeRun
from .workspace import Workspace

CONFIG = ("--config", "config.yaml", "workflow/variants/smoke.yaml")
RUN = "runs/cl-basic/sparsity-0.1/seed-1"
DATASET = "datasets/sparse-0.1/seed-1"
TRAIN = f"job train {RUN.removeprefix('runs/')} --device cpu"
METRICS, FINAL = "metrics/cl-basic.parquet", "metrics/cl-basic.final.csv"
LEMMA = "theory/lemma_1.json"
CELLS, CLAIMS = "comparison/cells.csv", "comparison/claims.csv"
READERS = [  # a command, and a file that it reads
    (TRAIN, f"{DATASET}/samples.parquet"),
    (TRAIN, f"{DATASET}/dictionary.parquet"),
    ("job metrics cl-basic", f"{RUN}/curve.parquet"),
    ("job figure figure_02", METRICS),
    ("job table table_2", FINAL),
    ("job cells", FINAL),
    ("job claims", FINAL),
    ("job comparison_figure", CELLS),
    ("job discrepancies", CELLS),
    ("job discrepancies", CLAIMS),
    ("job captions", METRICS),
    ("job captions", CELLS),
    ("job captions", LEMMA),
    ("job front_page", CELLS),
    ("job front_page", CLAIMS),
    ("job front_page", LEMMA),
    ("job theory_verdicts", LEMMA),
    ("show cl-basic/0.1/1", f"{RUN}/curve.parquet"),
    ("show cl-basic", FINAL),
]
REMEDIES = ("delete it", "delete the file", "delete both", "build it", "make it", "rerun")


def parquet(change: Callable[[pa.Table], pa.Table]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        table = pq.read_table(path)
        pq.write_table(change(table).replace_schema_metadata(table.schema.metadata), path)

    return damage


def csv(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        change(pd.read_csv(path, dtype=str)).to_csv(path, index=False)

    return damage


def as_text(table: pa.Table) -> pa.Table:
    """Write columns of numbers, or of vectors of numbers, as text."""
    for name in {"min_max_cosine", "mean", "seed-1", "x", "column"} & set(table.column_names):
        texts = pa.array([str(value) for value in table[name].to_pylist()])
        table = table.set_column(table.column_names.index(name), name, texts)
    return table


def without(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns=[c for c in ("min_max_cosine", "pr_sparse", "number") if c in frame])


def in_words(frame: pd.DataFrame) -> pd.DataFrame:
    name = next(c for c in ("min_max_cosine", "difference", "number") if c in frame)
    return frame.assign(**{name: "many"})


ANY = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "garbage": lambda path: path.write_bytes(bytes(range(256)) * 8),
}
BY_SUFFIX = {
    ".parquet": {
        "no rows": parquet(lambda table: table.slice(0, 0)),
        "half of the rows": parquet(lambda table: table.slice(0, table.num_rows // 2)),
        "missing column": parquet(lambda table: table.drop_columns(table.column_names[0])),
        "text for numbers": parquet(as_text),
    },
    ".csv": {
        "no rows": csv(lambda frame: frame.head(0)),
        "missing column": csv(without),
        "text for numbers": csv(in_words),
    },
    ".json": {"another object": lambda path: path.write_text("[1, 2]")},
}
# Half of the rows of an aggregated curve is a curve; a claims.csv without rows has no claims.
MEANINGFUL = {(METRICS, "half of the rows"), (CLAIMS, "no rows")}
CASES = [
    pytest.param(step, file, damage, id=f"{step}: {file}: {name}")
    for step, file in READERS
    for name, damage in (ANY | BY_SUFFIX[Path(file).suffix]).items()
    if (file, name) not in MEANINGFUL
]


@pytest.fixture(scope="module")
def results(smoke: SmokeRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Finished results, damaged and restored by each test; every command works before that."""
    assert smoke.process.returncode == 0, smoke.process.stderr[-4000:]
    workspace: Workspace = smoke.workspace.copy(tmp_path_factory.mktemp("damaged") / "project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workspace.folder)
        yield Path("results/smoke")


def state(results: Path) -> dict[Path, tuple[int, int]]:
    """Return all files with time and size, but notes of failed attempts, which are to come."""
    kept = [p for p in results.rglob("*") if p.is_file() and "attempts" not in p.parts]
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in kept}


@pytest.mark.parametrize("step", [s for s in dict.fromkeys(s for s, _ in READERS) if s != TRAIN])
def test_undamaged(results: Path, step: str) -> None:
    assert main([*step.split(), *CONFIG]) == 0


@pytest.mark.parametrize(("step", "file", "damage"), CASES)
def test_damaged(
    results: Path,
    capfd: pytest.CaptureFixture[str],
    step: str,
    file: str,
    damage: Callable[[Path], None],
) -> None:
    path = results / file
    whole = path.read_bytes()
    try:
        damage(path)
        before = state(results)
        capfd.readouterr()
        assert main([*step.split(), *CONFIG]) == 2
        said = capfd.readouterr().err
        assert state(results) == before
    finally:
        path.write_bytes(whole)
    errors = [line for line in said.splitlines() if "error: " in line]
    assert len(errors) == 1, said
    assert str(path) in errors[0]
    assert any(remedy in errors[0] for remedy in REMEDIES)
    assert "Traceback" not in said


@pytest.mark.parametrize("damage", [ANY["missing"], ANY["garbage"]], ids=["missing", "garbage"])
def test_a_damaged_page(
    results: Path, capfd: pytest.CaptureFixture[str], damage: Callable[[Path], None]
) -> None:
    """Any text is Markdown, so that a shorter one is not noticed here; `audit` does."""
    path = results / "tables/table_1.md"
    test_damaged(results, capfd, "job page tables/table_1", "tables/table_1.md", damage)
    assert path.exists()


def test_a_curve_of_another_run(results: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path, other = results / RUN / "curve.parquet", results / RUN.replace("-1", "-2")
    whole = path.read_bytes()
    path.write_bytes((other / "curve.parquet").read_bytes())
    try:
        assert main(["job", "metrics", "cl-basic", *CONFIG]) == 2
    finally:
        path.write_bytes(whole)
    assert f"{path}: is the curve of sparsity 0.1, seed 2" in capfd.readouterr().err
