"""`ssl-landscape compare` of two configs: settings that differ, and what that makes stale."""

import pytest
import yaml

from ssl_landscape.errors import UserError
from ssl_landscape.inspect.compare import compare, differences, leaves

from ..helpers import REPOSITORY

CONFIG = REPOSITORY / "config.yaml"


def test_leaves():
    assert leaves({"a": {"b": 1, "c": [2]}, "d": {}}) == {"a.b": 1, "a.c": [2], "d": {}}


def test_differences_are_told_once():
    ours = {"x": {"k": 1, "l": 1}, "y": {"k": 1, "l": 1}, "gone": {}, "": {"a": 1}}
    theirs = {"x": {"k": 2, "l": 1}, "y": {"k": 2, "m": 3}, "new": {}, "": {"a": 2}}
    assert differences(ours, theirs) == [
        "  models only in A (1): gone",
        "  models only in B (1): new",
        "  k: 1 -> 2   (all)",
        "  l: 1 -> (not there)   (y)",
        "  m: (not there) -> 3   (y)",
        "  a: 1 -> 2",
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
        assert "Runs in both: 262, with other settings: 262\n" in text
        assert "Datasets in both: 29, with other settings: 0" in text
        others = "barlow-twins, vicreg, spectral, alignment-uniformity"  # have epochs of their own
        assert text.splitlines()[-1] == f"  epochs: 8000 -> 10   (all but {others})"

    def test_one_model(self, tmp_path, shipped):
        shipped["models"]["cl-basic"]["loss"]["temperature"] = 0.5
        shipped["models"]["cl-basic"]["label"] = "CL"
        text = compare(CONFIG, self.changed(tmp_path, shipped), CONFIG, 0.01)
        assert "with other settings: 15\n" in text
        assert '  label: "CL-basic" -> "CL"   (cl-basic)' in text
        assert "  loss.temperature: 0.05 -> 0.5   (cl-basic)" in text

    def test_a_variant_is_laid_over_the_config(self):
        variant = REPOSITORY / "workflow/variants/smoke.yaml"
        text = compare(CONFIG, variant, CONFIG, 0.01)
        assert "B: " in text
        assert "84 training runs" in text
        assert "  epochs: 8000 -> 30   (all but barlow-twins, " in text
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


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ("nowhere", ["nowhere", "no such file or folder", "results"]),
        ("filled", ["two config files or two results folders"]),
    ],
)
def test_wrong_kinds(tmp_path, second, words):
    (tmp_path / "filled/runs").mkdir(parents=True)
    with pytest.raises(UserError) as error:
        compare(CONFIG, tmp_path / second, CONFIG, 0.01)
    assert all(word in str(error.value) for word in words)
