"""`ssl-landscape compare`: which settings differ, which cells moved, and why."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from ssl_landscape.errors import UserError
from ssl_landscape.inspect.compare import compare
from ssl_landscape.inspect.differences import as_text, differences, leaves, only_in_one
from ssl_landscape.io.files import write_json, write_parquet
from ssl_landscape.pipeline.plan import Plan

from ..helpers import REPOSITORY

CONFIG = REPOSITORY / "config.yaml"


def test_leaves():
    assert leaves({"a": {"b": 1, "c": [2]}, "d": {}}) == {"a.b": 1, "a.c": [2], "d": {}}


def test_differences_are_told_once():
    ours = {"x": {"k": 1, "l": 1}, "y": {"k": 1, "l": 1}, "gone": {}}
    theirs = {"x": {"k": 2, "l": 1}, "y": {"k": 2, "m": 3}, "new": {}}
    assert [*only_in_one(ours, theirs), *as_text(differences(ours, theirs))] == [
        "  models only in A (1): gone",
        "  models only in B (1): new",
        "  k: 1 -> 2   (all)",
        "  l: 1 -> (not there)   (y)",
        "  m: (not there) -> 3   (y)",
    ]


class TestConfigs:
    def changed(self, tmp_path, shipped, **changes):
        path = tmp_path / "changed.yaml"
        path.write_text(yaml.safe_dump(shipped | changes))
        return path

    def test_the_same(self):
        assert "No setting differs." in compare(CONFIG, CONFIG, CONFIG, 0.01)

    def test_a_default(self, tmp_path, shipped):
        other = self.changed(tmp_path, shipped, defaults=shipped["defaults"] | {"epochs": 10})
        text = compare(CONFIG, other, CONFIG, 0.01)
        assert "Runs in both: 253, with other settings: 253; only in A: 0, only in B: 0" in text
        assert "Datasets in both: 29, with other settings: 0" in text
        assert text.splitlines()[-1] == "  epochs: 8000 -> 10   (all)"

    def test_one_model(self, tmp_path, shipped):
        shipped["models"]["cl-basic"]["loss"]["temperature"] = 0.5
        shipped["models"]["cl-basic"]["label"] = "CL"
        text = compare(CONFIG, self.changed(tmp_path, shipped), CONFIG, 0.01)
        assert "with other settings: 15;" in text
        assert '  label: "CL-basic" -> "CL"   (cl-basic)' in text
        assert "  loss.temperature: 0.05 -> 0.5   (cl-basic)" in text

    def test_a_variant_is_laid_over_the_config(self):
        variant = REPOSITORY / "workflow/variants/smoke.yaml"
        text = compare(CONFIG, variant, CONFIG, 0.01)
        assert "B: " in text
        assert "80 training runs" in text
        assert "  epochs: 8000 -> 30   (all)" in text
        assert '  variant: null -> "smoke"' in text

    def test_datasets_and_figures(self, tmp_path, shipped):
        shipped["datasets"]["square"]["noise"] = 0.1
        shipped["figures"]["mine"] = shipped["figures"]["figure_18"]
        text = compare(CONFIG, self.changed(tmp_path, shipped), CONFIG, 0.01)
        assert "Datasets in both: 29, with other settings: 9" in text
        assert '  datasets.square.noise: "sqrt(log d) / d" -> 0.1' in text
        assert '  figures.mine.title: (not there) -> "Figure 18' in text

    def test_a_bad_config_is_named(self, tmp_path, shipped):
        other = self.changed(tmp_path, shipped, device="tpu")
        with pytest.raises(UserError, match="device"):
            compare(CONFIG, other, CONFIG, 0.01)


class TestResults:
    """Results of two models; B has another temperature for CL, and another torch for both."""

    def folder(self, root: Path, shipped, minimum, temperature=0.05, torch="2.13"):
        plan = Plan(shipped)
        for model, value in minimum.items():
            finals = []
            for seed in (1, 2):
                folder = root / f"runs/{model}/sparsity-0.1/seed-{seed}"
                spec = plan.run_spec(model, "0.1", seed)
                if model == "cl-basic":
                    spec["loss"]["temperature"] = temperature
                curve = pa.table({"epoch": np.arange(2)})
                write_parquet(folder / "curve.parquet", curve, spec)
                record = {"code": "c", "packages": {"torch": torch}, "device": "cpu", "host": "h"}
                write_json(folder / "run.json", record)
                cosines = {"max_max_cosine": 0.95, "median_max_cosine": 0.9}
                finals.append({"sparsity": "0.1", "seed": seed, **cosines, "min_max_cosine": value})
            (root / "metrics").mkdir(exist_ok=True)
            pd.DataFrame(finals).to_csv(root / f"metrics/{model}.final.csv", index=False)
        return root

    def test_a_moved_cell_is_explained_by_the_setting(self, tmp_path, shipped):
        ours = self.folder(tmp_path / "a", shipped, {"cl-basic": 0.88, "ncl-basic": 0.5})
        theirs = self.folder(tmp_path / "b", shipped, {"cl-basic": 0.7, "ncl-basic": 0.505}, 0.5)
        text = compare(ours, theirs, CONFIG, 0.01)
        assert "  loss.temperature: 0.05 -> 0.5   (cl-basic)" in text
        assert "Cells in both: 6; moved by 0.01 or more: 1" in text
        cell = " ".join(text.splitlines()[-1].split())
        ends = "0.880 ± 0.000 0.700 ± 0.000 -0.180 0.88"
        assert cell == f"cl-basic 0.1 min {ends} loss.temperature"

    def test_or_by_the_programs(self, tmp_path, shipped):
        ours = self.folder(tmp_path / "a", shipped, {"ncl-basic": 0.5})
        theirs = self.folder(tmp_path / "b", shipped, {"ncl-basic": 0.48}, torch="2.14")
        text = compare(ours, theirs, CONFIG, 0.01)
        assert "Settings that differ, A -> B\n  none" in text
        assert '  packages.torch: "2.13" -> "2.14"   (ncl-basic)' in text
        assert text.splitlines()[-1].endswith("packages.torch")

    def test_nothing_differs(self, tmp_path, shipped):
        ours = self.folder(tmp_path / "a", shipped, {"ncl-basic": 0.5})
        theirs = self.folder(tmp_path / "b", shipped, {"ncl-basic": 0.5})
        text = compare(ours, theirs, CONFIG, 0.01)
        assert text.endswith("Cells in both: 3; moved by 0.01 or more: 0\n")

    def test_a_model_that_only_one_has(self, tmp_path, shipped):
        ours = self.folder(tmp_path / "a", shipped, {"ncl-basic": 0.5, "cl-basic": 0.9})
        theirs = self.folder(tmp_path / "b", shipped, {"ncl-basic": 0.5})
        text = compare(ours, theirs, CONFIG, 0.01)
        assert text.count("models only in A (1): cl-basic") == 1

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("{", "cannot be read"),
            ("[]", "is not a record"),
            ('{"code": "c", "device": "cpu"}', "lacks packages, host"),
        ],
    )
    def test_a_damaged_record_is_named(self, tmp_path, shipped, content, said):
        ours = self.folder(tmp_path / "a", shipped, {"ncl-basic": 0.5})
        path = ours / "runs/ncl-basic/sparsity-0.1/seed-2/run.json"
        path.write_text(content)
        with pytest.raises(UserError, match=f"seed-2/run.json: {said}.*delete it"):
            compare(ours, ours, CONFIG, 0.01)

    def test_a_curve_without_metadata_is_named(self, tmp_path, shipped):
        ours = self.folder(tmp_path / "a", shipped, {"ncl-basic": 0.5})
        path = ours / "runs/ncl-basic/sparsity-0.1/seed-2/curve.parquet"
        pq.write_table(pa.table({"epoch": np.arange(2)}), path)
        with pytest.raises(
            UserError, match=r"seed-2/curve.parquet: its metadata holds no spec.*delete it"
        ):
            compare(ours, ours, CONFIG, 0.01)
        path.write_bytes(b"PAR1")
        with pytest.raises(UserError, match=r"seed-2/curve.parquet: "):
            compare(ours, ours, CONFIG, 0.01)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ("nowhere", ["nowhere", "no such file or folder", "results"]),
        ("empty", ["empty", "neither runs/ nor metrics/"]),
        ("filled", ["two config files or two results folders"]),
    ],
)
def test_wrong_kinds(tmp_path, second, words):
    (tmp_path / "empty").mkdir()
    (tmp_path / "filled/runs").mkdir(parents=True)
    with pytest.raises(UserError) as error:
        compare(CONFIG, tmp_path / second, CONFIG, 0.01)
    assert all(word in str(error.value) for word in words)
