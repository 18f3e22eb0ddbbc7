"""Claims judged under other readings: on the ablation's own runs, by the claims' own rules."""

import pandas as pd
import pytest

from ssl_landscape.ablations.claims import judge_readings
from ssl_landscape.comparison.ends import COLUMNS, FINALS
from ssl_landscape.pipeline.plan import Plan

from ..helpers import spec_of

RELEASED, TEXT = "released", "text"


@pytest.fixture
def judged(shipped, tmp_path):
    """Judge under two readings of the noise; CL recovers under one of them."""
    two = {"models": ["ncl-basic", "cl-basic"]}
    shipped["ablations"] = {"noise": shipped["ablations"]["noise"] | two}
    spec = spec_of(Plan(shipped), "claims_by_reading")
    paths = []
    for name in spec["sizes"]:
        end = 0.5 if name.startswith("ncl") else 0.9
        end -= 0.45 * name.endswith(f".{TEXT}")
        runs = pd.DataFrame(
            {"sparsity": ["0.1", "0.2", "0.3"] * 5, "seed": sorted([*range(1, 6)] * 3)}
        )
        runs[[*COLUMNS, *FINALS]] = end
        runs.loc[runs["seed"] > 2, [*COLUMNS, *FINALS]] = 0.0  # not of the ablation
        paths.append(tmp_path / f"{name}.final.csv")
        runs.to_csv(paths[-1], index=False)
    outputs = [tmp_path / f"claims_by_reading.{kind}" for kind in ("csv", "md")]
    judge_readings(spec, paths, outputs)
    frame = pd.read_csv(outputs[0]).set_index(["reading", "number"])
    return frame, outputs[1].read_text("utf-8")


def test_a_verdict_turns_with_the_reading(judged):
    frame, _ = judged
    assert frame.loc[(RELEASED, 1), "verdict"] == "confirmed"
    assert frame.loc[(TEXT, 1), "verdict"] == "not confirmed"
    assert frame.loc[(RELEASED, 2), "verdict"] == "confirmed"


def test_only_the_ablation_s_models_and_runs_count(judged):
    frame, text = judged
    assert frame.loc[(RELEASED, 1), ["cases", "models"]].tolist() == [2, "cl-basic"]
    assert {number for _, number in frame.index} == {1, 2}  # the others lack models
    assert "Seeds 1-2, Pr(sparse) 0.1, 0.3." in text


def test_the_page_shows_readings_below_each_other(judged):
    _, text = judged
    assert "| Reading | In use | Claim 1 (cl-basic) | Claim 2 (cl-basic, ncl-basic) |" in text
    assert "| σ = √(log d) / d (released code) | yes | confirmed (2 of 2) |" in text
    assert "| σ² = log d / d (text) |  | not confirmed (0 of 2) |" in text
