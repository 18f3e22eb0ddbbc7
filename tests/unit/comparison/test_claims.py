"""Each verdict follows from the curves: doctored ones flip it, one sparsity makes it partial."""

import itertools
import json
import re
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ssl_landscape.claims.cases import combine
from ssl_landscape.comparison import uncertainty
from ssl_landscape.comparison.claims import judge_claims
from ssl_landscape.comparison.ends import published_runs
from ssl_landscape.errors import UserError
from ssl_landscape.experiment.max_cosine import METRICS
from ssl_landscape.pipeline.aggregate import collect_ends
from ssl_landscape.pipeline.job_files import runs_in
from ssl_landscape.pipeline.layout import run_name
from ssl_landscape.pipeline.plan import Plan

from ..helpers import spec_of

CONFIRMED, PARTLY, NOT_CONFIRMED = "confirmed", "partly", "not confirmed"

# Start and end of the minimum max-cosine, in a world in which the paper is right.
WORLD = {
    "ncl-one-hot": (0.3, 0.4),
    "cl-one-hot": (0.3, 0.95),
    "ncl-basic": (0.3, 0.5),
    "cl-basic": (0.3, 0.9),
    "ncl-basic-2l": (0.3, 0.5),
    "ncl-basic-m10": (0.3, 0.4),
    "cl-basic-m10": (0.3, 0.9),
    "ncl-linear": (0.3, 0.08),
    "ncl-warm-start": (0.7, 0.58),
    "ncl-warm-start-0.02": (0.98, 0.69),
    "ncl-warm-start-0.002": (0.99, 0.69),
    "ncl-warm-start-predictor": (0.7, 0.87),
    "ncl-predictor": (0.3, 0.5),
    "ncl-row-normalised": (0.62, 0.85),
    "ncl-row-normalised-m10": (0.62, 0.85),
    "ncl-row-normalised-square": (0.62, 0.85),
    "ncl-column-normalised": (0.62, 0.85),
    "ncl-column-normalised-m10": (0.62, 0.85),
    "ncl-column-normalised-square": (0.62, 0.85),
    "simplified-simclr": (0.3, 0.9),
    "simplified-simsiam": (0.3, 0.45),
}
# The opposite of each claim.
OPPOSITE = {
    1: {"cl-one-hot": (0.3, 0.5), "cl-basic": (0.3, 0.5)},
    2: dict.fromkeys(("ncl-one-hot", "ncl-basic", "ncl-basic-m10"), (0.3, 0.97)),
    3: {"ncl-linear": (0.3, 0.9)},
    4: {"ncl-basic-2l": (0.3, 0.95)},
    5: dict.fromkeys(("ncl-warm-start", "ncl-warm-start-0.02"), (0.7, 0.8)),
    6: {"ncl-warm-start-predictor": (0.87, 0.7)},
    7: {"ncl-predictor": (0.3, 0.9)},
    8: {name: (0.85, 0.62) for name in WORLD if "row-normalised" in name},
    9: {name: (0.85, 0.62) for name in WORLD if "column-normalised" in name},
    10: {"simplified-simclr": (0.3, 0.5), "simplified-simsiam": (0.3, 0.9)},
    11: {"ncl-warm-start-0.02": (0.98, 0.5), "ncl-warm-start-0.002": (0.98, 0.5)},
    12: {"cl-basic-m10": (0.3, 0.5)},
}
# The claimed direction, but not the claimed size.
LESS = {
    2: {"ncl-one-hot": (0.3, 0.9), "ncl-basic": (0.3, 0.85), "ncl-basic-m10": (0.3, 0.85)},
    5: {"ncl-warm-start": (0.7, 0.68), "ncl-warm-start-0.02": (0.98, 0.9)},
    6: {"ncl-warm-start-predictor": (0.7, 0.75)},
    8: {name: (0.62, 0.65) for name in WORLD if "row-normalised" in name},
    9: {name: (0.62, 0.65) for name in WORLD if "column-normalised" in name},
    11: {"ncl-warm-start-0.02": (0.98, 0.6), "ncl-warm-start-0.002": (0.98, 0.6)},
}


def write_curve(path, ends, seed, two_networks=True, jump=0.0):
    """Write three epochs: a curve of the minimum from start to end; W vanishes if it ends low.

    A ``jump`` makes 32 epochs of them, the last one lower.
    """
    start, end = ends
    lift = 0.004 * (seed - 1.5)  # the runs differ a little
    epochs = 32 if jump else 2
    minimum = np.array([start, *[(start + end) / 2] * (epochs - 1), end]) + lift
    norm = np.array([1.0, *[0.5] * (epochs - 1), 1e-6 if end < 0.2 else 1.5]) * seed
    if jump:
        minimum[1:] = end + lift
        minimum[-1] -= jump
    target = norm if two_networks else np.full(epochs + 1, np.nan)
    columns = {
        "epoch": np.arange(epochs + 1),
        "loss": [None, *[1.0] * epochs],
        "max_max_cosine": minimum + 0.02,
        "median_max_cosine": minimum + 0.01,
        "min_max_cosine": minimum,
        "online_weight_norm": norm,
        "target_weight_norm": pa.array(target, from_pandas=True),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    sparsity = path.parts[-3].removeprefix("sparsity-")
    spec = {"sparsity": sparsity, "seed": seed, "epochs": epochs}
    pq.write_table(pa.table(columns).replace_schema_metadata({"spec": json.dumps(spec)}), path)


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    monkeypatch.setattr(uncertainty, "RESAMPLES", 40)


class World:
    """A folder of doctored results, and the verdicts on them."""

    def __init__(self, folder, shipped, seeds=2):
        self.folder = folder
        self.plan = Plan(shipped | {"override": {"seeds": seeds}})
        self.spec = spec_of(self.plan, "claims")
        self.finals = [folder / f"metrics/{name}.final.csv" for name in self.spec["models"]]

    def write(self, ends, sparsities=("0.1", "0.2", "0.3")):
        for model in ends:
            for _, sparsity, seed in self.plan.runs_of(model):
                if sparsity in sparsities:
                    run = self.folder / f"runs/{model}/sparsity-{sparsity}/seed-{seed}"
                    write_curve(run / "curve.parquet", ends[model], seed, model[:2] != "cl")

    def collect(self):
        """Collect the ends of all runs that were written since, as the metrics' jobs do."""
        for name, path in zip(self.spec["models"], self.finals, strict=True):
            runs = [self.folder / f"runs/{run_name(*run)}" for run in self.plan.runs_of(name)]
            curves = [run / "curve.parquet" for run in runs]
            written = max(curve.stat().st_mtime_ns for curve in curves)
            if not path.exists() or written > path.stat().st_mtime_ns:
                collect_ends(spec_of(self.plan, "metrics", name), curves, [path])

    def judge(self, collect=True):
        if collect:
            self.collect()
        outputs = [self.folder / f"comparison/claims.{kind}" for kind in ("csv", "md")]
        judge_claims(self.spec, self.finals, outputs)
        return pd.read_csv(outputs[0], dtype={"sparsity": str})

    def verdicts(self):
        frame = self.judge()
        return dict(zip(frame["number"], frame["claim_verdict"], strict=True))


@pytest.fixture(scope="module")
def _right(_shipped, tmp_path_factory):
    world = World(tmp_path_factory.mktemp("right"), _shipped)
    world.write(WORLD)
    world.collect()
    return world.folder


@pytest.fixture
def world(_right, shipped, tmp_path):
    """A copy of the world in which the paper is right."""
    shutil.copytree(_right, tmp_path / "results")
    return World(tmp_path / "results", shipped)


def test_the_paper_is_right_in_its_own_world(world):
    assert world.verdicts() == dict.fromkeys(range(1, 13), CONFIRMED)


@pytest.mark.parametrize("number", OPPOSITE)
def test_the_opposite_flips_a_claim(world, number):
    world.write(OPPOSITE[number])
    assert world.verdicts()[number] == NOT_CONFIRMED


@pytest.mark.parametrize("number", OPPOSITE)
def test_one_sparsity_makes_a_claim_partial(world, number):
    world.write(OPPOSITE[number], sparsities=("0.3",))
    frame = world.judge()
    cases = frame[frame["number"] == number]
    assert set(cases["claim_verdict"]) == {PARTLY}
    by_sparsity = cases.groupby("sparsity")["verdict"].agg(set)
    assert by_sparsity["0.2"] == {CONFIRMED}
    assert by_sparsity["0.3"] - {"not judged"} == {NOT_CONFIRMED}


def test_a_sparsity_of_which_a_claim_does_not_speak_is_shown_beside_it(world):
    world.write({"simplified-simclr": (0.3, 0.5)}, sparsities=("0.3",))
    cases = world.judge().query("models == 'simplified-simclr'").set_index("sparsity")
    assert cases["verdict"].to_dict() == {"0.1": CONFIRMED, "0.2": CONFIRMED, "0.3": "not judged"}
    assert cases.loc["0.3", "value"] == pytest.approx(0.5)
    assert set(cases["claim_verdict"]) == {CONFIRMED}


@pytest.mark.parametrize("number", LESS)
def test_the_right_direction_alone_is_partly(world, number):
    world.write(LESS[number])
    frame = world.judge()
    cases = frame[frame["number"] == number]
    assert set(cases["claim_verdict"]) == set(cases["verdict"]) == {PARTLY}


def test_a_collapse_needs_both_cosines_and_weights(world):
    """Weights that vanish with the neurons still on the dictionary are a part of the claim."""
    for _, sparsity, seed in world.plan.runs_of("ncl-linear"):
        path = world.folder / f"runs/ncl-linear/sparsity-{sparsity}/seed-{seed}/curve.parquet"
        table = pq.read_table(path)
        high = pa.array([0.3, 0.6, 0.9])
        for name in METRICS:
            table = table.set_column(table.column_names.index(name), name, high)
        pq.write_table(table, path)
    assert world.verdicts()[3] == PARTLY


def test_a_start_that_is_already_high_is_no_rise(world):
    world.write({name: (0.99, 0.985) for name in WORLD if "row-normalised" in name})
    assert world.verdicts()[8] == NOT_CONFIRMED


def test_a_threshold_decides(world):
    """The same curves under another bound: what the config says is what counts."""
    (claim,) = [claim for claim in world.spec["claims"] if claim["number"] == 5]
    for part in claim["parts"]:
        part["thresholds"]["fall"]["value"] = 0.4
    assert world.verdicts()[5] == PARTLY


def test_values_are_those_of_the_curves(world):
    frame = world.judge().set_index(["number", "models", "sparsity", "statistic"])["value"]
    ends = "minimum at the end"
    change = "change of the minimum from start to end"
    assert frame[1, "cl-basic", "0.2", ends] == pytest.approx(0.9)  # the two runs' lifts cancel
    assert frame[5, "ncl-warm-start", "0.1", change] == pytest.approx(-0.12)
    average = "minimum at the end, average over Pr(sparse)"
    assert frame[6, "ncl-warm-start-predictor", "all", average] == pytest.approx(0.87)
    gap = "minimum at the end, the first less the second"
    assert frame[4, "cl-basic ncl-basic-2l", "0.3", gap] == pytest.approx(0.4)
    left = "norm of W at the end over that at the start"
    assert frame[3, "ncl-linear", "0.1", left] == pytest.approx(1e-6)


def test_a_verdict_that_few_runs_cannot_bear_is_undecided(world):
    """The runs' minima at the end are spread around the bound of 0.71."""
    for seed, end in ((1, 0.6), (2, 0.9)):
        run = world.folder / f"runs/cl-basic/sparsity-0.2/seed-{seed}/curve.parquet"
        write_curve(run, (0.3, end), seed, two_networks=False)
    frame = world.judge()
    case = frame[(frame["models"] == "cl-basic") & (frame["sparsity"] == "0.2")].iloc[0]
    assert case[["verdict", "decided"]].tolist() == [CONFIRMED, "undecided"]
    assert case["lower"] < 0.71 < case["upper"]
    assert case[["claim_verdict", "claim_decided"]].tolist() == [CONFIRMED, "undecided"]
    text = (world.folder / "comparison/claims.md").read_text("utf-8")
    assert re.search(r"By their means, of 12 claims: 12 confirmed\. Decided, .* undecided", text)


def test_more_than_five_runs_tell_how_five_would_have_judged(shipped, tmp_path):
    claims = {"cl-recovers": shipped["claims"]["cl-recovers"]}
    world = World(tmp_path, shipped | {"claims": claims}, seeds=7)
    world.write({"cl-one-hot": WORLD["cl-one-hot"], "cl-basic": (0.3, 0.703)})
    frame = world.judge().set_index(["models", "sparsity"])
    assert frame.loc[("cl-one-hot", "0.1"), "misleading_share"] == 0
    assert frame.loc[("cl-basic", "0.2"), "misleading_share"] > 0
    assert "Five runs differ" in (tmp_path / "comparison/claims.md").read_text("utf-8")


def test_a_noisy_end_is_judged_on_its_median(world):
    """Of 33 rows, the last two are the tail; the last one jumps down."""
    for _, sparsity, seed in world.plan.runs_of("cl-one-hot"):
        run = world.folder / f"runs/cl-one-hot/sparsity-{sparsity}/seed-{seed}/curve.parquet"
        write_curve(run, (0.3, 0.95), seed, two_networks=False, jump=0.4)
    frame = world.judge()
    case = frame[(frame["number"] == 1) & (frame["models"] == "cl-one-hot")].iloc[0]
    assert case["value"] == pytest.approx(0.75)
    assert "cl-one-hot at 0.1: 0.550 at the last epoch" in case["detail"]
    assert case["verdict"] == CONFIRMED


def test_the_report_links_runs_and_figures(world):
    frame = world.judge()
    text = (world.folder / "comparison/claims.md").read_text("utf-8")
    assert "[figure_04.png](../figures/figure_04.png)" in text
    assert "`runs/ncl-warm-start/sparsity-*/seed-*`" in text
    assert "nan" not in text.lower()
    for number, cases in frame.groupby("number"):
        assert f"## {number}. {cases['statement'].iloc[0]}" in text
        assert all(reason in text for reason in cases["reason"])
    for row in frame.itertuples():
        for pattern in row.runs.split():
            assert list(world.folder.glob(f"{pattern}/curve.parquet")), pattern


def test_the_same_bytes_again(world):
    world.judge()
    files = [world.folder / f"comparison/claims.{kind}" for kind in ("csv", "md")]
    before = [file.read_bytes() for file in files]
    world.judge()
    assert [file.read_bytes() for file in files] == before


def test_models_without_a_shared_sparsity_are_not_judged(world, shipped):
    shipped["models"]["ncl-basic-2l"]["sparsities"] = [0.2]
    for model in ("cl-basic", "ncl-basic"):
        shipped["models"][model]["sparsities"] = [0.3]
    shutil.rmtree(world.folder / "metrics")  # of all sparsities
    world = World(world.folder, shipped)
    verdicts = world.verdicts()
    assert verdicts[4] == "not judged"
    assert verdicts[1] == CONFIRMED
    assert "share no sparsity" in (world.folder / "comparison/claims.md").read_text("utf-8")


def test_no_claims_give_an_empty_list(shipped, tmp_path):
    world = World(tmp_path, shipped | {"claims": {}})
    assert world.judge().empty
    assert "no claims" in (tmp_path / "comparison/claims.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.unlink(), "no such file"),
        (lambda path: path.write_bytes(b"x"), "cut off"),
        (lambda path: path.write_text("sparsity\n0.1\n"), "no column"),
    ],
)
def test_bad_metrics_are_one_clear_error(world, damage, words):
    path = world.folder / "metrics/cl-basic.final.csv"
    world.collect()
    damage(path)
    with pytest.raises(UserError, match=words) as caught:
        world.judge(collect=False)
    assert str(path) in str(caught.value)
    assert not (world.folder / "comparison").exists()


def test_another_run_s_curve_is_refused(world):
    path = world.folder / "runs/cl-basic/sparsity-0.1/seed-1/curve.parquet"
    metadata = {"spec": json.dumps({"sparsity": "0.2", "seed": 9, "epochs": 2})}
    pq.write_table(pq.read_table(path).replace_schema_metadata(metadata), path)
    with pytest.raises(UserError, match=r"is the curve of sparsity 0\.2, seed 9"):
        world.judge()


def test_a_spec_is_short_however_many_runs_it_names(shipped):
    plan = Plan(shipped | {"override": {"seeds": 2000}})
    for model in spec_of(plan, "claims")["models"]:
        spec = spec_of(plan, "metrics", model)
        assert [(model, *run) for run in runs_in(spec["runs"])] == plan.runs_of(model)
        assert len(json.dumps(spec)) < 100


class TestThresholds:
    """Where they come from: the paper's own tables."""

    def published(self, shipped):
        spec = spec_of(Plan(shipped), "claims")
        return published_runs(spec["tables"], spec["models"]), spec["claims"]

    def end(self, runs, model):
        return {s: round(runs[model].end(s), 2) for s in ("0.1", "0.2", "0.3")}

    def value(self, claims, number, name, part=0):
        (claim,) = [claim for claim in claims if claim["number"] == number]
        return claim["parts"][part]["thresholds"][name]["value"]

    def smallest_gap(self, runs, higher, lower):
        high, low = self.end(runs, higher), self.end(runs, lower)
        return min(high[s] - low[s] for s in high)

    def test_recovery_is_midway_between_success_and_failure(self, shipped):
        runs, claims = self.published(shipped)
        success = min(self.end(runs, "cl-basic").values())
        failures = ("ncl-basic", "ncl-basic-2l", "ncl-linear")
        failure = max(end for model in failures for end in self.end(runs, model).values())
        bounds = [self.value(claims, n, name) for n, name in ((1, "at_least"), (7, "at_most"))]
        assert bounds == [pytest.approx((success + failure) / 2)] * 2

    @pytest.mark.parametrize(
        ("number", "higher", "lowers"),
        [
            (2, ["cl-basic"], ["ncl-basic"]),
            (4, ["cl-basic"], ["ncl-basic-2l"]),
            (11, ["ncl-warm-start-0.02", "ncl-warm-start-0.002"], ["ncl-warm-start"]),
        ],
    )
    def test_margins_are_half_of_the_smallest_gap(self, shipped, number, higher, lowers):
        runs, claims = self.published(shipped)
        pairs = itertools.product(higher, lowers)
        gap = min(self.smallest_gap(runs, *pair) for pair in pairs)
        assert self.value(claims, number, "margin") == pytest.approx(gap / 2)

    def test_a_fall_is_half_of_the_paper_s(self, shipped):
        runs, claims = self.published(shipped)
        fall = 0.7 - self.end(runs, "ncl-warm-start")["0.1"]
        assert self.value(claims, 5, "fall") == pytest.approx(fall / 2)
        start = 1 / (1 + 50 * 0.02**2) ** 0.5
        smallest = start - max(self.end(runs, "ncl-warm-start-0.02").values())
        assert self.value(claims, 5, "fall", part=1) == pytest.approx(smallest / 2, abs=0.005)

    def test_every_claim_of_a_table_holds_for_the_paper_s_own_numbers(self, world):
        frame = world.judge().dropna(subset="published_verdict")
        by_claim = frame.groupby("number")["published_verdict"].agg(combine)
        assert by_claim.to_dict() == dict.fromkeys((1, 2, 3, 4, 10, 11), CONFIRMED)
