"""Ablations: what a reading changes, and what is refused."""

import copy

import pytest

from ssl_landscape.config import read_yaml
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.plan import Plan

from ..helpers import REPOSITORY


@pytest.fixture(scope="module")
def shipped():
    return read_yaml(REPOSITORY / "config.yaml")


@pytest.fixture(scope="module")
def plan(shipped):
    return Plan(shipped)


def variations(plan, ablation):
    return [v for v in plan.variations if v.ablation == ablation]


class TestReadings:
    def test_the_reading_in_use_is_the_model_itself(self, plan):
        for ablation in plan.config.ablations:
            for model in plan.config.ablations[ablation].models:
                own = [v for v in variations(plan, ablation) if v.model == model]
                assert [v.in_use for v in own].count(True) == 1, (ablation, model)
                searched = ablation.startswith("search-")  # on seeds of its own
                assert [v.name == model for v in own].count(True) == (not searched)

    def test_another_reading_is_another_model_that_differs_in_what_it_names(self, plan):
        (other,) = (
            v for v in variations(plan, "latents") if v.name == "ncl-basic.latents.independent"
        )
        ours, base = plan.models[other.name].model_dump(), plan.models["ncl-basic"].model_dump()
        differing = {key for key in base if ours[key] != base[key]}
        assert differing == {"dataset", "sparsities", "seeds"}
        assert plan.run_spec(other.name, "0.1", 1)["model"] == other.name

    def test_dotted_keys_reach_into_mappings(self, plan):
        model = plan.models["cl-basic.temperature.0.2-independent"]
        assert model.loss.model_dump()["temperature"] == 0.2
        assert (model.masks.scheme, model.masks.keep) == ("independent", 0.5)

    @pytest.mark.parametrize("change", [{"seeds": 9}, {"sparsities": [0.5]}])
    def test_runs_that_the_model_does_not_have_are_trained_beside_it(self, shipped, change):
        config = copy.deepcopy(shipped)
        config["ablations"]["latents"] |= change
        in_use = [v for v in variations(Plan(config), "latents") if v.in_use]
        assert [v.name for v in in_use] == [
            "ncl-basic.latents.exact-counts",
            "cl-basic.latents.exact-counts",
        ]

    def test_figures_and_tables_do_not_train_them(self, plan):
        assert not any("." in run[0].replace("0.02", "").replace("0.002", "") for run in plan.runs)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"models": ["ncl-basics"]}, ["ablations.latents", "'ncl-basics'", "'ncl-basic'"]),
            ({"readings": {}}, ["ablations.latents", "readings or a grid"]),
            ({"grid": {"learning_rate": [0.1]}}, ["ablations.latents", "not both"]),
            (
                {"readings": {"a": {"label": "a", "loss.temperature.x": 1}}},
                ["ablations.latents.a.loss.temperature.x", "no loss.temperature"],
            ),
            (
                {"readings": {"a": {"label": "a", "learning_rates": 1}}},
                ["ablations.latents.a", "learning_rates"],
            ),
            (
                {"readings": {"a": {"label": "a", "learning_rate": "fast"}}},
                ["ablations.latents.a.learning_rate", "'fast'"],
            ),
        ],
    )
    def test_mistakes_are_named(self, shipped, change, words):
        config = copy.deepcopy(shipped)
        config["ablations"]["latents"] |= change
        with pytest.raises(UserError) as caught:
            Plan(config)
        for word in words:
            assert word in str(caught.value)

    @pytest.mark.parametrize(
        ("grid", "words"),
        [
            ({"update.name": ["shared", "alternating"]}, ["latents.grid", "numbers only"]),
            (
                {"learning_rate": [1], "masks.keep": [0.1, 0.2, 0.3, 0.4]},
                ["latents.grid", "up to 3 values"],
            ),
            (
                {"learning_rate": [1, 2], "masks.keep": [0.1] * 10, "momentum": [0.1] * 10},
                ["latents.grid", "200 combinations", "up to 100"],
            ),
        ],
    )
    def test_a_grid_that_cannot_be_drawn_is_refused(self, shipped, grid, words):
        config = copy.deepcopy(shipped)
        config["ablations"]["latents"] |= {"readings": {}, "grid": grid}
        with pytest.raises(UserError) as caught:
            Plan(config)
        assert all(word in str(caught.value) for word in words)

    def test_sources_speak_of_the_grid_s_keys(self, shipped):
        config = copy.deepcopy(shipped)
        config["ablations"]["temperature"]["sources"] = {"text": {"learning_rat": 1}}
        with pytest.raises(UserError, match=r"temperature\.sources\.text: unknown key"):
            Plan(config)

    def test_a_reading_is_checked_like_a_model(self, shipped):
        config = copy.deepcopy(shipped)
        config["ablations"]["latents"]["readings"]["a"] = {"label": "a", "dataset": "sparse-"}
        with pytest.raises(UserError, match=r"ncl-basic\.latents\.a\.dataset"):
            Plan(config)
