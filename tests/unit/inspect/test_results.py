"""`ssl-landscape compare` of two results folders: bytes, cells, verdicts."""

import hashlib
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.inspect.compare import compare

FILES = {
    "datasets/one-hot-0.1/seed-1/samples.parquet": "d",
    "runs/ncl/sparsity-0.1/seed-1/curve.parquet": "c",
    "runs/ncl/sparsity-0.1/seed-1/weights.safetensors": "w",
    "metrics/ncl.parquet": "m",
    "figures/figure_02.pdf": "f",
    "figures/figure_02.png": "p",
    "front.rst": "t",
}


def cells(**means):
    rows = [
        {"table": 2, "label": f"{name.upper()}-basic", "sigma": sigma, "pr_sparse": "0.10"}
        | {"metric": "min_max_cosine", "mean": mean, "within": mean > 0.5}
        | {"sample_std": 0.01, "published_mean": 0.88}
        for name, mean in means.items()
        for sigma in (None, 0.02)
    ]
    return pd.DataFrame(rows)


def claims(**verdicts):
    rows = [(name, verdict) for name, verdict in verdicts.items() for _ in range(2)]
    return pd.DataFrame(rows, columns=["claim", "claim_verdict"])


@pytest.fixture
def folders(tmp_path):
    """A build, and what was published of an equal one."""
    build, published = tmp_path / "results", tmp_path / "results/published"
    for folder in (build, published):
        (folder / "comparison").mkdir(parents=True)
        cells(cl=0.9, ncl=0.6).to_csv(folder / "comparison/cells.csv", index=False)
        claims(a="confirmed", b="confirmed").to_csv(folder / "comparison/claims.csv", index=False)
        (folder / "provenance").mkdir()
    artefacts = {}
    for file, content in FILES.items():
        (build / file).parent.mkdir(parents=True, exist_ok=True)
        (build / file).write_text(content)
        digest = hashlib.sha256(content.encode()).hexdigest()
        artefacts[f"results/{file}"] = {"sha256": digest, "bytes": 1}
    write_manifest(published, artefacts)
    return build, published


def write_manifest(folder: Path, artefacts):
    content = {"format": 2, "artefacts": artefacts, "seal": "s"}
    (folder / "provenance/manifest.json").write_text(json.dumps(content))


def compared(*folders, tolerance=0.01):
    return compare(*folders, Path("nowhere.yaml"), tolerance)


def row(text, kind):
    return next(line.split()[1:] for line in text.splitlines() if line.startswith(f"{kind} "))


def test_an_equal_build_agrees_on_one_screen(folders):
    build, published = folders
    text = compared(published, build)
    assert text.startswith(f"A: {published} (published)\nB: {build}\n")
    assert row(text, "runs") == ["2"]
    assert row(text, "all") == ["7", "0", "0", "0"]
    assert "Cells within the tolerance of the paper: A 4 of 4, B 4 of 4\n" in text
    assert "in both: 4; means moved by 0.01 or more: 0; largest change: +0\n" in text
    assert "Claims: 2; verdicts that differ: 0\n" in text
    assert len(text.splitlines()) < 24


def test_files_that_differ_or_are_missing(folders):
    build, published = folders
    (build / "figures/figure_02.png").write_text("other")
    (build / "runs/ncl/sparsity-0.1/seed-1/curve.parquet").unlink()
    text = compared(build, published)
    assert "Files by their bytes  agree  differ  missing in A  missing in B\n" in text
    assert row(text, "figures") == ["1", "1"]
    assert row(text, "all") == ["5", "1", "1", "0"]
    assert row(compared(published, build), "all") == ["5", "1", "0", "1"]


def test_cells_and_verdicts_that_moved(folders):
    build, published = folders
    cells(cl=0.9, ncl=0.48).to_csv(build / "comparison/cells.csv", index=False)
    changed = claims(a="not confirmed", b="confirmed", c="confirmed")
    changed.to_csv(build / "comparison/claims.csv", index=False)
    text = compared(published, build)
    assert "A 4 of 4, B 2 of 4\n" in text
    assert "moved by 0.01 or more: 2; largest change: -0.12\n" in text
    cell = "Table 2, NCL-basic, 0.10, σ = 0.02, min 0.600 ± 0.010 0.480 ± 0.010 -0.120 0.880"
    assert cell in " ".join(text.split())
    few = compared(published, build, tolerance=0.2)
    assert "moved by 0.2 or more: 0; largest change: -0.12\n" in few
    assert "NCL-basic" not in few
    assert (
        "Claims: 3; verdicts that differ: 2\n  a: confirmed -> not confirmed\n"
        "  c: (not there) -> confirmed\n"
    ) in text


def test_two_builds(folders, tmp_path):
    build, _ = folders
    (tmp_path / "other/runs").mkdir(parents=True)
    shutil.copytree(build / "comparison", tmp_path / "other/comparison")
    text = compared(build, tmp_path / "other")
    assert "bytes" not in text
    assert "in both: 4; means moved by 0.01 or more: 0; largest change: +0\n" in text


def test_two_published_folders(folders, tmp_path):
    _, published = folders
    other = tmp_path / "other"
    (other / "provenance").mkdir(parents=True)
    digest = hashlib.sha256(b"f").hexdigest()
    artefacts = {f"results/figures/figure_{n}.pdf": {"sha256": digest} for n in ("02", "03")}
    write_manifest(other, artefacts)
    text = compared(published, other)
    assert row(text, "figures") == ["1", "1", "1"]  # agree, and one missing in each
    assert row(text, "all") == ["1", "0", "1", "6"]
    assert f"Cells: not compared, {other}/comparison/cells.csv not made yet" in text


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("provenance/manifest.json", "{", "is not a manifest"),
        ("provenance/manifest.json", "[]", "is not a manifest"),
        ("provenance/manifest.json", '{"artefacts": {"results/a.pdf": {}}}', "is not a manifest"),
        ("comparison/cells.csv", "a\n1\n", "has no column"),
        ("comparison/claims.csv", "", "cannot be read"),
    ],
)
def test_a_damaged_file_is_named(folders, file, content, said):
    build, published = folders
    (published / file).write_text(content)
    with pytest.raises(UserError, match=f"{file}: {said}"):
        compared(published, build)
