"""Studies: what their parts name, their tables, verdicts and pictures, on made-up runs."""

import copy

import numpy as np
import pandas as pd
import pytest

from ssl_landscape.ablations.beyond.figure import draw_study
from ssl_landscape.ablations.beyond.table import write_study
from ssl_landscape.ablations.beyond.verdicts import write_study_verdicts
from ssl_landscape.claims.cases import MINIMUM, ModelRuns, Run
from ssl_landscape.claims.study_judges import MEASURES, ends_near, ranks_alike
from ssl_landscape.comparison.ends import COLUMNS, FINALS
from ssl_landscape.config import read_yaml
from ssl_landscape.errors import UserError
from ssl_landscape.experiment.seeds import expand
from ssl_landscape.pipeline.plan import Plan

from ..helpers import REPOSITORY, spec_of

NAME = "judge"
THRESHOLDS = {"at_least": {"value": 0.7, "reason": "a bound"}}
STUDY = {
    "question": "Which one?",
    "models": ["ncl-basic", "cl-basic"],
    "sparsities": [0.1, 0.3],
    "seeds": 4,
    "picture": "runs",
    "readings": {"as-is": {"label": "as is"}, "wide": {"label": "wide", "neurons": 70}},
    "statement": "CL does, however wide.",
    "parts": [
        {"judge": "ends_high", "models": {"model": ["cl-basic/*"]}, "thresholds": THRESHOLDS},
        {
            "judge": "ends_above",
            "models": {"higher": ["cl-basic/*"], "lower": ["ncl-basic/as-is"]},
            "thresholds": {"margin": {"value": 0.1, "reason": "a margin"}},
        },
    ],
}


@pytest.fixture(scope="module")
def shipped():
    return read_yaml(REPOSITORY / "config.yaml")


def planned(shipped, **changes):
    """Return the plan whose only study is STUDY, with keys replaced."""
    return Plan(copy.deepcopy(shipped) | {"beyond": {"study": STUDY | changes}})


def write_runs(folder, spec, end):
    """Write each variation's files, with ``end`` (name, sparsity, seed) as every last value."""
    files = []
    for variation in spec["variations"]:
        rows = [
            {"sparsity": sparsity, "seed": seed}
            for sparsity in spec["sparsities"]
            for seed in expand(spec["seeds"])
        ]
        frame = pd.DataFrame(rows)
        ends = [end(variation["name"], row["sparsity"], row["seed"]) for row in rows]
        for column in (*COLUMNS, *FINALS):
            frame[column] = ends
        files.append(folder / f"{variation['name']}.final.csv")
        frame.to_csv(files[-1], index=False)
        if spec["picture"] == "measures":
            for measure in MEASURES:
                frame[measure] = ends
            files.append(folder / f"{variation['name']}.csv")
            frame[["sparsity", "seed", *MEASURES]].to_csv(files[-1], index=False)
    return files


def cl_ends_high(name, sparsity, seed):
    return (0.9 if name.startswith("cl") else 0.4) + 0.01 * seed + 0.001 * float(sparsity)


class TestConfig:
    def test_a_star_stands_for_all_readings_and_a_single_name_fills_its_role(self, shipped):
        plan = planned(shipped)
        (study,) = spec_of(plan, "study_verdicts")["studies"]
        high, above = study["parts"]
        assert high["models"] == {"model": ["cl-basic", "cl-basic.study.wide"]}
        assert above["models"]["lower"] == ["ncl-basic", "ncl-basic"]

    def test_runs_that_another_study_has_are_not_trained_again(self, shipped):
        config = copy.deepcopy(shipped) | {"beyond": {"one": STUDY, "two": STUDY | {"seeds": 3}}}
        plan = Plan(config)
        assert plan.study_models("two") == plan.study_models("one")
        more = Plan(config | {"beyond": {"one": STUDY, "two": STUDY | {"seeds": 9}}})
        assert set(more.study_models("two")).isdisjoint(more.study_models("one"))

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"models": ["cl-basics"]}, "beyond.study: unknown model 'cl-basics'"),
            ({"readings": {}}, "beyond.study: needs either readings"),
            ({"picture": "pie"}, "beyond.study.picture"),
            ({"parts": []}, "beyond.study.parts"),
            (
                {"parts": [STUDY["parts"][0] | {"models": {"model": ["cl-basic/wider"]}}]},
                "beyond.study.parts.0: unknown model/reading 'cl-basic/wider'; did you mean",
            ),
            (
                {
                    "parts": [
                        {
                            "judge": "ranks_alike",
                            "models": {"models": ["*/as-is"]},
                            "thresholds": THRESHOLDS,
                        }
                    ]
                },
                "beyond.study.parts.0: ranks_alike judges measures",
            ),
            (
                {
                    "readings": STUDY["readings"] | {"more": {"label": "more", "neurons": 80}},
                    "parts": [
                        STUDY["parts"][1]
                        | {"models": {"higher": ["cl-basic/*"], "lower": ["ncl-basic/[aw]*"]}}
                    ],
                },
                "beyond.study.parts.0: the roles higher, lower name different numbers",
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_what_does_not_fit_is_refused_in_one_line(self, shipped, changes, words):
        with pytest.raises(UserError) as caught:
            planned(shipped, **changes)
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("name", ["verdicts", "noise"])
    def test_a_name_that_is_taken_is_refused(self, shipped, name):
        with pytest.raises(UserError, match=f"beyond.{name}: is the name of an ablation or"):
            Plan(copy.deepcopy(shipped) | {"beyond": {name: STUDY}})

    def test_the_small_scale_wins_over_a_reading(self, shipped):
        readings = {"long": {"label": "long", "epochs": 900}}
        parts = [STUDY["parts"][0]]
        study = STUDY | {"readings": readings, "parts": parts}
        config = copy.deepcopy(shipped) | {"beyond": {"study": study}, "override": {"epochs": 7}}
        plan = Plan(config)
        assert {plan.models[name].epochs for name in plan.study_models("study")} == {7}


class TestTable:
    def test_has_mean_interval_and_range_of_each_measure(self, shipped, tmp_path):
        spec = spec_of(planned(shipped, picture="measures"), "study", "study")
        files = write_runs(tmp_path, spec, cl_ends_high)
        outputs = [tmp_path / f"study.{kind}" for kind in ("csv", "md")]
        write_study(spec, files, outputs)
        cells = pd.read_csv(outputs[0], dtype={"pr_sparse": str})
        assert len(cells) == 4 * 2 * (3 + len(MEASURES))
        by_cell = cells.set_index(["name", "pr_sparse", "measure"]).sort_index()
        line = by_cell.loc[("cl-basic", "0.1")]
        values = [cl_ends_high("cl-basic", "0.1", seed) for seed in range(1, 5)]
        for measure in ("min_max_cosine", "probe_r2"):
            cell = line.loc[measure]
            assert cell["mean"] == pytest.approx(np.mean(values))
            assert min(values) <= cell["lower"] < cell["mean"] < cell["upper"] <= max(values)
            assert (cell["least"], cell["most"]) == pytest.approx((min(values), max(values)))
        assert "| CL-basic | wide | 0.3 | 4 | 0.925 (" in outputs[1].read_text("utf-8")

    def test_lacking_runs_are_named(self, shipped, tmp_path):
        spec = spec_of(planned(shipped), "study", "study")
        files = write_runs(tmp_path, spec, cl_ends_high)
        files[0].write_text("\n".join(files[0].read_text().splitlines()[:-1]) + "\n")
        with pytest.raises(UserError, match=r"ncl-basic.final.csv: has 7 of the 8 runs"):
            write_study(spec, files, [tmp_path / "a.csv", tmp_path / "a.md"])


class TestVerdicts:
    @pytest.mark.parametrize(
        ("wide", "verdict"), [(0.9, "confirmed"), (0.3, "partly"), (0.0, "not confirmed")]
    )
    def test_flips_with_the_runs(self, shipped, tmp_path, wide, verdict):
        spec = spec_of(planned(shipped), "study_verdicts")

        def end(name, sparsity, seed):
            if name.startswith("cl"):
                return wide if name.endswith("wide") or wide == 0 else 0.9
            return 0.4

        files = write_runs(tmp_path, spec["studies"][0], end)
        outputs = [tmp_path / f"verdicts.{kind}" for kind in ("csv", "md")]
        write_study_verdicts(spec, files, outputs)
        frame = pd.read_csv(outputs[0])
        assert set(frame["claim_verdict"]) == {verdict}
        text = outputs[1].read_text("utf-8")
        assert text.startswith("# Questions beyond the paper")
        assert "CL does, however wide." in text


def model_runs(name, minima):
    runs = [Run({MINIMUM: 0.0}, {MINIMUM: value}, last=value) for value in minima]
    return ModelRuns(name, {"0.1": runs})


class TestJudges:
    def test_near_is_a_distance_whichever_is_higher(self):
        low, high = model_runs("low", [0.4, 0.5]), model_runs("high", [0.5, 0.6])
        for one, other in ((low, high), (high, low)):
            (case,) = ends_near(one, other, margin=0.05)
            assert case.value == pytest.approx(0.1)
            assert case.verdict == "not confirmed"
            assert ends_near(one, other, margin=0.11)[0].verdict == "confirmed"

    def test_ranks_are_kendall_s_tau_of_the_means(self):
        minima, measured = [0.1, 0.2, 0.3, 0.4], [1.0, 3.0, 2.0, 4.0]
        models = [model_runs(f"m{k}", [value]) for k, value in enumerate(minima)]
        for model, value in zip(models, measured, strict=True):
            for runs in model.by_sparsity.values():
                for run in runs:
                    run.end.update(dict.fromkeys(MEASURES, value))
        cases = ranks_alike(models, at_least=0.6)
        assert [case.value for case in cases] == pytest.approx([(5 - 1) / 6] * 3)  # by hand
        assert {case.verdict for case in cases} == {"confirmed"}
        assert {case.verdict for case in ranks_alike(models, at_least=0.7)} == {"not confirmed"}


@pytest.mark.parametrize("picture", ["runs", "map", "measures"])
def test_every_picture_is_drawn_and_names_its_runs(shipped, tmp_path, picture):
    spec = spec_of(planned(shipped, picture=picture), "study_figure", "study")
    files = write_runs(tmp_path, spec, cl_ends_high)
    output = tmp_path / "study.svg"
    draw_study(spec, files, [output])
    text = output.read_text("utf-8")
    assert "Which one?" in text
    assert "4 runs" in text
    again = tmp_path / "again.svg"
    draw_study(spec, files, [again])
    assert again.read_bytes() == output.read_bytes()
