"""The shipped config counts, every bad input is explained, and specs hold what they should."""

import copy
import json
import math
import re

import pytest

from ssl_landscape.config import load_config
from ssl_landscape.config.loading import merge
from ssl_landscape.config.types import FOLDERS
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.plan import Plan, canonical

from ..helpers import REPOSITORY, spec_of

VARIANTS = sorted((REPOSITORY / "workflow" / "variants").glob("*.yaml"))

# Trained by the studies beyond the paper alone.
BEYOND = {"barlow-twins", "vicreg", "spectral", "alignment-uniformity"}


class _Deleted:
    def __repr__(self) -> str:
        return "deleted"  # in the names of tests, which both workers have to know


DELETED = _Deleted()


def changed(config, path, value):
    """Return a copy of the config with one entry replaced, added or deleted."""
    result = copy.deepcopy(config)
    *parents, last = path.split("/")
    place = result
    for key in parents:
        place = place.setdefault(key, {}) if isinstance(place, dict) else place[int(key)]
    if value is DELETED:
        del place[last]
    else:
        place[last] = value
    return result


class TestShipped:
    def test_counts(self, shipped):
        plan = Plan(shipped)
        assert len(plan.datasets) == len(set(plan.datasets)) == 29
        assert len(plan.runs) == len(set(plan.runs)) == 262
        assert len(plan.config.figures) == 18
        assert len(plan.config.tables) == 3
        assert plan.results.as_posix() == "results"

    @pytest.mark.parametrize("file", VARIANTS, ids=lambda path: path.stem)
    def test_variants_are_valid_and_have_a_folder_of_their_own(self, file):
        plan = Plan(load_config(REPOSITORY / "config.yaml", file))
        assert plan.results.as_posix() == f"results/{file.stem}"
        assert len(plan.config.figures) == 18
        assert len(plan.config.tables) == 3

    def test_smoke_is_small_and_keeps_every_model(self, shipped):
        plan = Plan(
            load_config(REPOSITORY / "config.yaml", REPOSITORY / "workflow/variants/smoke.yaml")
        )
        assert {run[0] for run in plan.runs} == set(shipped["models"]) - BEYOND
        assert {plan.run_spec(*run)["epochs"] for run in plan.runs} == {30}

    def test_runs_are_the_paper_s(self, shipped):
        """artefacts.md: 5 runs, or 3 for predictors and normalised weights; one-hot at 0.1."""
        plan = Plan(shipped)
        for model in set(shipped["models"]) - BEYOND:
            runs = plan.runs_of(model)
            three = "predictor" in model or "normalised" in model
            assert {seed for *_, seed in runs} == set(range(1, 4 if three else 6))
            sparsities = {"0.1"} if "one-hot" in model else {"0.1", "0.2", "0.3"}
            assert {s for _, s, _ in runs} == sparsities


BASIC = "models/ncl-basic"
WARM = "models/ncl-warm-start"
CL = "models/cl-basic"

# entry, its bad value, what the message has to say: the key, what is wrong, what is allowed.
BAD = [
    # The theory: the statements' own assumptions.
    ("theory/theorem_1/keep", 1.0, ["theory.theorem_1.keep", "less than 1", "1.0"]),
    ("theory/theorem_1/dimensions", [9], ["theory.theorem_1.dimensions", "less than or equal"]),
    ("theory/theorem_2/fraction", 1.2, ["theory.theorem_2.fraction", "less than 1", "1.2"]),
    ("theory/theorem_2/shapes/0/d", 60, ["theory.theorem_2.shapes.0", "p = 50 is below d = 60"]),
    ("theory/theorem_3/cases/0/bias", 0.0, ["theory.theorem_3.cases.0.bias", "greater than 0"]),
    ("theory/theorem_4", {}, ["theory: unknown key 'theorem_4'", "theorem_3"]),
    # Wrong types and ranges.
    ("defaults/epochs", "many", ["defaults.epochs", "integer", "'many'"]),
    ("defaults/epochs", 80.0, ["defaults.epochs", "integer", "80.0"]),
    ("defaults/epochs", True, ["defaults.epochs", "integer", "True"]),
    ("defaults/epochs", None, ["defaults.epochs", "integer", "None"]),
    ("defaults/epochs", 0, ["defaults.epochs", "greater than or equal to 1", "0"]),
    (f"{BASIC}/epochs", -5, ["models.ncl-basic.epochs", "greater than or equal to 1", "-5"]),
    ("defaults/neurons", 0, ["defaults.neurons", "greater than or equal to 1"]),
    ("defaults/layers", 3, ["defaults.layers", "less than or equal to 2", "3"]),
    ("defaults/batch_norm", "yes", ["defaults.batch_norm", "'none', 'trained'", "'yes'"]),
    ("defaults/learning_rate", "fast", ["defaults.learning_rate", "number", "'fast'"]),
    ("defaults/learning_rate", 0, ["defaults.learning_rate", "greater than 0"]),
    ("defaults/learning_rate", math.inf, ["defaults.learning_rate", "finite"]),
    ("defaults/learning_rate", math.nan, ["defaults.learning_rate", "nan"]),
    ("defaults/momentum", 1.0, ["defaults.momentum", "less than 1"]),
    ("defaults/weight_decay", -0.1, ["defaults.weight_decay", "greater than or equal to 0"]),
    ("defaults/masks", {"scheme": "independent", "keep": 1.0}, ["masks.keep", "equal to 0.9999"]),
    ("defaults/masks", {"scheme": "independent", "keep": 0}, ["masks.keep", "equal to 0.0001"]),
    ("defaults/masks", {"scheme": "independent"}, ["defaults.masks.keep", "missing"]),
    ("defaults/masks", {"scheme": "none", "keep": 0.5}, ["masks.scheme", "dependent", "'none'"]),
    ("defaults/activation", "gelu", ["defaults.activation", "'gelu'", "symmetric_relu"]),
    ("defaults/update", {"name": "byol"}, ["defaults.update", "'byol'", "alternating"]),
    ("defaults/update", {"name": "shared", "decay": 1}, ["update", "'shared'", "choose from none"]),
    ("defaults/update", {"name": "moving_average"}, ["update", "needs the option 'decay'"]),
    ("defaults/update", {"name": "moving_average", "decay": 1.5},
     ["defaults.update", "decay = 1.5", "less than or equal to 1"]),
    ("defaults/projector", "mlp", ["defaults.projector", "'linear' or 'nonlinear'", "'mlp'"]),
    ("defaults/initial_bias", "ones", ["defaults.initial_bias", "'zero' or 'uniform'"]),
    ("defaults/partial_batch", "pad", ["defaults.partial_batch", "'keep' or 'drop'"]),
    ("defaults/weight_normalisation", "all", ["weight_normalisation", "'all'", "rows"]),
    ("device", "gpu", ["device", "'auto', 'cpu' or 'cuda'", "'gpu'"]),
    ("variant", "../up", ["variant", "'../up'", "a-z"]),
    *(("variant", name, ["variant", f"'{name}' is a folder of the results"]) for name in FOLDERS),
    ("ablations/summary", {"question": "x", "models": ["cl-basic"], "sparsities": [0.1],
     "seeds": 1, "grid": {"epochs": [1]}}, ["ablations.summary", "another name"]),
    ("datasets/sparse/noise", "loud", ["datasets.sparse.noise", "sqrt(log d) / d", "'loud'"]),
    ("datasets/sparse/noise", -0.1, ["datasets.sparse.noise", "-0.1"]),
    ("datasets/sparse/latents", "dense", ["datasets.sparse.latents", "'dense'", "exact_counts"]),
    ("datasets/sparse/n", 0, ["datasets.sparse.n", "greater than or equal to 1"]),
    ("models/ncl-basic", None, ["models.ncl-basic", "None"]),
    ("models/ncl-basic/colour", "pink", ["models.ncl-basic.colour", "'blue'", "'pink'"]),
    ("models/ncl-basic/label", "", ["models.ncl-basic.label", "at least 1"]),
    ("figures/figure_02/metrics", ["accuracy"], ["figures.figure_02.metrics", "min_max_cosine"]),
    # Missing and unknown keys.
    ("defaults", DELETED, ["defaults", "missing"]),
    ("defaults/neurons", DELETED, ["defaults.neurons", "missing"]),
    ("datasets/sparse/p", DELETED, ["datasets.sparse.p", "missing"]),
    ("models/ncl-basic/label", DELETED, ["models.ncl-basic.label", "missing"]),
    ("figure", {}, ["config: unknown key 'figure'", "did you mean 'figures'?", "choose from"]),
    ("defaults/epoch", 9, ["defaults: unknown key 'epoch'", "did you mean 'epochs'?"]),
    (f"{BASIC}/epoch", 9, ["models.ncl-basic: unknown key 'epoch'", "did you mean 'epochs'?"]),
    (f"{BASIC}/lable", "x", ["models.ncl-basic: unknown key 'lable'", "mean 'label'?"]),
    ("datasets/sparse/latent", 9, ["datasets.sparse: unknown key 'latent'", "mean 'latents'?"]),
    ("figures/figure_02/metric", 9, ["figures.figure_02: unknown key 'metric'", "mean 'metrics'?"]),
    ("tables/table_1/row", 9, ["tables.table_1: unknown key 'row'", "did you mean 'rows'?"]),
    (f"{WARM}/warm_start", {"c": 1.0, "column": 1}, ["unknown key 'column'", "'columns'?"]),
    ("override/epoch", 9, ["override: unknown key 'epoch'", "did you mean 'epochs'?"]),
    ("override/epochs", "x", ["override", "epochs", "integer", "'x'"]),
    # References.
    ("figures/figure_02/models", ["ncl-basc"], ["figures.figure_02", "'ncl-basc'", "'ncl-basic'?"]),
    ("figures/figure_02/models", [], ["figures.figure_02.models", "at least 1"]),
    (
        "tables/table_1/rows",
        [{"model": "simclr", "label": "x"}],
        ["tables.table_1", "'simclr'", "did you mean 'simplified-simclr'?"],
    ),
    ("tables/table_1/rows", [], ["tables.table_1.rows", "at least 1"]),
    ("tables/table_1/published", 7, ["tables.table_1.published", "7"]),
    (
        "tables/table_1/rows",
        [{"model": "cl-basic", "label": "a"}, {"model": "cl-basic", "label": "b"}],
        ["tables.table_1", "'cl-basic'", "twice"],
    ),
    ("tables/figure_01", {"title": "T", "rows": [{"model": "cl-basic", "label": "x"}]},
     ["figure_01", "figure", "table"]),
    (f"{BASIC}/dataset", "sprse", ["models.ncl-basic.dataset", "'sprse'", "mean 'sparse'?"]),
    # Sparsities and seeds.
    ("defaults/sparsities", [1.5], ["defaults.sparsities", "1.5", "from 1e-06 to 1"]),
    ("defaults/sparsities", [0], ["defaults.sparsities", "0", "from 1e-06"]),
    ("defaults/sparsities", [-1], ["defaults.sparsities", "-1", "from 1e-06"]),
    ("defaults/sparsities", ["abc"], ["defaults.sparsities", "'abc'", "not a probability"]),
    ("defaults/sparsities", [math.nan], ["defaults.sparsities", "nan", "from 1e-06"]),
    ("defaults/sparsities", [True], ["defaults.sparsities", "True"]),
    ("defaults/sparsities", [], ["defaults.sparsities", "at least 1"]),
    ("defaults/sparsities", 0.1, ["defaults.sparsities", "list", "0.1"]),
    (f"{BASIC}/sparsities", [0.1, 0.1], ["models.ncl-basic.sparsities", "twice"]),
    (f"{BASIC}/sparsities", [0.1, "0.10"], ["models.ncl-basic.sparsities", "twice"]),
    (f"{BASIC}/seeds", 0, ["models.ncl-basic.seeds:", "equal to 1 or", "it is 0"]),
    (f"{BASIC}/seeds", [], ["models.ncl-basic.seeds:", "at least 1", "it is []"]),
    (f"{BASIC}/seeds", [1, 1], ["models.ncl-basic.seeds:", "twice"]),
    (f"{BASIC}/seeds", [1, -1], ["models.ncl-basic.seeds.1:", "equal to 0", "-1"]),
    (f"{BASIC}/seeds", "five", ["models.ncl-basic.seeds:", "valid integer or", "list", "'five'"]),
    ("models/cl-one-hot/sparsities", [0.2], ["cl-one-hot.sparsities", "1/d = 0.1", "0.2"]),
    # Entries that do not fit together.
    ("datasets/sparse/p", 5, ["datasets.sparse", "p = 5", "d = 10", "p >= d"]),
    (f"{WARM}/neurons", 9, ["models.ncl-warm-start", "neurons = 9", "d = 10", "neurons >= d"]),
    (f"{WARM}/warm_start", {"c": 1.0, "sigma": 0.1, "columns": "balanced"},
     ["models.ncl-warm-start.warm_start", "either c or sigma"]),
    (f"{WARM}/warm_start", {"columns": "balanced"},
     ["models.ncl-warm-start.warm_start", "either c or sigma"]),
    (f"{WARM}/warm_start", {"c": 1.0, "columns": "random"},
     ["warm_start.columns", "'balanced' or 'with_replacement'"]),
    (f"{CL}/batch_size", 1001, ["models.cl-basic.batch_size", "1001", "n = 1000"]),
    (f"{CL}/update/name", "alternating", ["models.cl-basic", "nt_xent", "update: {name: shared}"]),
    (f"{CL}/partial_batch", "keep", ["models.cl-basic", "nt_xent", "partial_batch: drop"]),
    # n = 1025 leaves a batch of one sample, which has no variance to divide by.
    ("datasets/sparse/n", 1025, ["models.ncl-basic", "batch_norm", "1"]),
    (f"{BASIC}/batch_size", 1, ["models.ncl-basic", "batch_norm", "1"]),
    # Losses.
    (f"{BASIC}/loss", {"name": "l3"}, ["models.ncl-basic.loss", "'l3'", "l2", "nt_xent"]),
    (f"{BASIC}/loss", "l2", ["models.ncl-basic.loss", "'l2'"]),
    (f"{BASIC}/loss", {"name": "l2", "sharp": 1},
     ["models.ncl-basic.loss", "'sharp'", "choose from normalise"]),
    (f"{BASIC}/loss", {"name": "negative_cosine", "normalise": True},
     ["models.ncl-basic.loss", "'normalise'", "choose from none"]),
    (f"{BASIC}/loss", {"name": "l2", "normalise": 1}, ["models.ncl-basic.loss", "bool", "1"]),
    (f"{BASIC}/loss", {"name": "barlow_twins", "weight": 0.1}, ["'weight'", "from redundancy"]),
    (f"{BASIC}/loss", {"name": "vicreg", "invariance": -1}, ["invariance = -1", "0.000001"]),
    (f"{BASIC}/loss", {"name": "vicreg", "gamma": 1},
     ["'gamma'", "choose from invariance, variance, covariance"]),
    (f"{BASIC}/loss", {"name": "alignment_uniformity", "t": 2}, ["alignment, uniformity"]),
    (f"{BASIC}/loss", {"name": "spectral", "normalise": True}, ["choose from none"]),
    (f"{CL}/loss", {"name": "nt_xent"}, ["models.cl-basic.loss", "needs the option 'temperature'"]),
    (f"{CL}/loss", {"name": "nt_xent", "temperature": 0}, ["temperature = 0", "0.000001"]),
    (f"{CL}/loss", {"name": "nt_xent", "temperature": "hot"}, ["temperature", "'hot'", "number"]),
    (f"{CL}/loss", {"name": "nt_xent", "temperature": math.nan}, ["models.cl-basic.loss", "nan"]),
    (f"{CL}/loss", {"name": "nt_xent", "temperature": math.inf}, ["models.cl-basic.loss", "inf"]),
    # Names become file names and parts of commands.
    *(
        (
            f"models/{name}",
            {"label": "x", "colour": "blue"},
            ["models.", repr(name)[1:-1], "file name", "a-z"],
        )
        for name in ("a b", "a;b", "A", "..", ".hidden", "$(x)", "x" * 65, "é", "", "-rf", "a\n")
    ),
    ("figures/a;b", {"title": "x", "models": ["cl-basic"], "metrics": ["loss"]}, ["a;b", "file"]),
    ("datasets/a;b", {"p": 1, "d": 1, "n": 1}, ["a;b"]),
    ("models", {}, ["models", "at least 1"]),
    ("datasets", {}, ["datasets", "at least 1"]),
    ("models/cl-basic/label", "NCL-basic", ["label", "'NCL-basic'", "'ncl-basic'"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "words"), BAD, ids=[f"{path}={value!s:.40}" for path, value, _ in BAD]
)
def test_a_bad_entry_is_explained(shipped, path, value, words):
    with pytest.raises(UserError) as caught:
        Plan(changed(shipped, path, value))
    message = str(caught.value)
    assert message.startswith("config: ")
    assert [word for word in words if word not in message] == []
    assert not re.search(r"constrained|\[key\]|pydantic|https?://|Traceback", message)


def test_a_name_cannot_leave_its_folder(shipped):
    shipped["models"]["../up"] = {"label": "x", "colour": "blue"}
    with pytest.raises(UserError, match=r"'\.\./up' becomes a file name"):
        Plan(shipped)


GOOD = [
    ("defaults/epochs", 9),
    ("defaults/learning_rate", 1),
    ("defaults/seeds", [3, 1, 7]),
    ("defaults/seeds", [0]),
    ("datasets/sparse/noise", 0.3),
    ("datasets/sparse/noise", 0),
    ("datasets/sparse/n", 1026),
    (f"{BASIC}/sparsities", [0.15, 1]),
    (f"{BASIC}/loss", {"name": "inner_product", "normalise": True}),
    (f"{CL}/loss", {"name": "contrastive", "temperature": 1}),
    (f"{BASIC}/loss", {"name": "barlow_twins", "redundancy": 1}),
    (f"{BASIC}/loss", {"name": "vicreg", "invariance": 10, "covariance": 0.04}),
    (f"{BASIC}/loss", {"name": "alignment_uniformity", "uniformity": 0.5}),
    (f"{BASIC}/loss", {"name": "spectral"}),
    (f"{CL}/batch_size", 1000),
    (f"{WARM}/warm_start", {"sigma": 0.1, "columns": "with_replacement"}),
    (f"{WARM}/neurons", 10),
    ("models/a.b_c-1", {"label": "x", "colour": "blue"}),
    ("override/epochs", 3),
]


@pytest.mark.parametrize(("path", "value"), GOOD, ids=[f"{p}={v!s:.40}" for p, v in GOOD])
def test_a_good_change_is_taken(shipped, path, value):
    """The control of the table above: the same kind of change, valid."""
    plan = Plan(changed(shipped, path, value))
    for run in plan.runs:
        plan.run_spec(*run)
    for dataset, seed in plan.datasets:
        plan.dataset_spec(dataset, seed)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", ["'a' appears twice", "line 3"]),
        ("x:\n  a: 1\n  a: 3\n", ["'a' appears twice", "line 3"]),
        ("a: [1\n", ["not valid YAML"]),
        ("- a\n- b\n", ["is not a mapping"]),
        ("", ["is not a mapping"]),
        ("1: a\n", ["key 1 is not text"]),
        ("a: !!python/object/apply:os.system ['true']\n", ["not valid YAML"]),
        (b"a: \xff\xfe\n", ["not valid YAML"]),
        (None, ["cannot be read", "No such file"]),
    ],
)
def test_a_bad_file_is_explained(tmp_path, text, words):
    file = tmp_path / "my.yaml"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UserError) as caught:
        load_config(file)
    assert all(word in str(caught.value) for word in [str(file), *words])


def test_duplicate_key_in_a_copy_of_the_shipped_file(tmp_path):
    file = tmp_path / "config.yaml"
    text = (REPOSITORY / "config.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace("  epochs: 8000\n", "  epochs: 8000\n  epochs: 10\n"), "utf-8")
    with pytest.raises(UserError, match="'epochs' appears twice"):
        load_config(file)


def test_variants_are_laid_over_key_by_key():
    base = {"a": {"x": 1, "y": [1, 2]}, "b": 1}
    assert merge(base, {"a": {"y": [3]}, "c": 2}) == {"a": {"x": 1, "y": [3]}, "b": 1, "c": 2}
    assert base == {"a": {"x": 1, "y": [1, 2]}, "b": 1}


class TestSpecs:
    RUN = ("ncl-warm-start", "0.1", 2)

    def test_a_model_s_key_replaces_the_default_s_whole(self, shipped):
        shipped["models"]["ncl-basic"]["loss"] = {"name": "l2"}
        spec = Plan(shipped).run_spec("ncl-basic", "0.1", 1)
        assert spec["loss"] == {"name": "l2"}  # not merged with the default's normalise: true
        assert spec["masks"] == shipped["defaults"]["masks"]

    def test_override_wins_over_a_model_s_own_key(self, shipped):
        shipped["models"]["ncl-basic"]["epochs"] = 7
        shipped["override"] = {"epochs": 5}
        assert Plan(shipped).run_spec("ncl-basic", "0.1", 1)["epochs"] == 5

    def test_a_run_s_spec_holds_every_key_of_training_and_nothing_for_show(self, shipped):
        spec = Plan(shipped).run_spec(*self.RUN)
        wanted = set(shipped["defaults"]) - {"sparsities", "seeds"}
        assert set(spec) == wanted | {"model", "sparsity", "seed"}
        assert (spec["model"], spec["sparsity"], spec["seed"]) == self.RUN

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            (f"{WARM}/label", "Another"),
            (f"{WARM}/colour", "red"),
            ("models/ncl-basic/epochs", 3),
            ("models/new", {"label": "new", "colour": "red"}),
            (f"{WARM}/seeds", 9),
            (f"{WARM}/sparsities", [0.1, 0.9]),
            ("figures/figure_04/title", "Another"),
            ("device", "cpu"),
        ],
    )
    def test_what_does_not_change_a_run_does_not_change_its_spec(self, shipped, path, value):
        before = Plan(shipped).run_spec(*self.RUN)
        assert Plan(changed(shipped, path, value)).run_spec(*self.RUN) == before

    @pytest.mark.parametrize("key", ["epochs", "neurons", "batch_size"])
    def test_what_changes_a_run_changes_its_spec(self, shipped, key):
        before = Plan(shipped).run_spec(*self.RUN)
        after = Plan(changed(shipped, f"defaults/{key}", 77)).run_spec(*self.RUN)
        assert before | {key: 77} == after != before

    @pytest.mark.parametrize(
        ("c", "p", "sigma"), [(1.0, 50, 0.1414213562), (2.0, 50, 0.02), (1.25, 20, 0.1537645610)]
    )
    def test_sigma_from_c(self, shipped, c, p, sigma):
        shipped["datasets"]["sparse"]["p"] = p
        shipped["models"]["ncl-warm-start"]["warm_start"]["c"] = c
        warm = Plan(shipped).run_spec(*self.RUN)["warm_start"]
        assert warm == {"sigma": pytest.approx(sigma, rel=1e-6), "columns": "with_replacement"}

    def test_the_paper_s_sigmas(self, shipped):
        """Table 3: 0.14, 0.02, 0.002."""
        plan = Plan(shipped)
        names = ("ncl-warm-start", "ncl-warm-start-0.02", "ncl-warm-start-0.002")
        sigmas = [plan.run_spec(name, "0.1", 1)["warm_start"]["sigma"] for name in names]
        assert sigmas == pytest.approx([50**-0.5, 0.02, 0.002])

    def test_many_seeds_are_a_short_spec(self, shipped):
        spec = spec_of(Plan(shipped | {"override": {"seeds": 2000}}), "metrics", "ncl-basic")
        assert spec == {"runs": [["0.1", "1-2000"], ["0.2", "1-2000"], ["0.3", "1-2000"]]}

    def test_an_override_reaches_the_ablations(self, shipped):
        shipped["override"] = {"sparsities": [1e-1], "seeds": [1, 3, 4]}
        spec = spec_of(Plan(shipped), "ablation", "latents")
        assert (spec["sparsities"], spec["seeds"]) == (["0.1"], "1,3-4")

    def test_a_dataset_s_spec(self, shipped):
        plan = Plan(shipped)
        assert plan.dataset_of("ncl-basic", "0.3") == "sparse-0.3"
        assert plan.dataset_spec("sparse-0.3", 4) == {
            "dataset": "sparse",
            "sparsity": "0.3",
            "seed": 4,
            **shipped["datasets"]["sparse"],
        }

    @pytest.mark.parametrize("sparsity", [0.05, 1e-3, 1e-5, 1])
    def test_every_dataset_is_found_by_its_name(self, shipped, sparsity):
        shipped["models"]["ncl-basic"]["sparsities"] = [sparsity]
        plan = Plan(shipped)
        for dataset, seed in plan.datasets:
            spec = plan.dataset_spec(dataset, seed)
            assert f"{spec['dataset']}-{spec['sparsity']}" == dataset
            assert 0 < float(spec["sparsity"]) <= 1

    def test_models_that_share_data_share_the_dataset(self, shipped):
        plan = Plan(shipped)
        names = {plan.dataset_of(model, "0.1") for model in ("ncl-basic", "cl-basic", "cl-linear")}
        assert names == {"sparse-0.1"}

    def test_only_what_is_shown_is_run(self, shipped):
        shipped["models"]["new"] = {"label": "new", "colour": "red"}
        assert "new" not in Plan(shipped).shown_models
        shipped["figures"]["figure_02"]["models"].append("new")
        assert Plan(shipped).shown_models[-1] == "new"

    def test_sparsity_is_one_text_however_it_is_written(self, shipped):
        shipped["models"]["ncl-basic"]["sparsities"] = ["0.10", 0.2, 3e-1]
        assert {s for _, s, _ in Plan(shipped).runs_of("ncl-basic")} == {"0.1", "0.2", "0.3"}

    def test_canonical_text_has_one_key_order(self, shipped):
        spec = Plan(shipped).run_spec(*self.RUN)
        backwards = dict(reversed(spec.items()))
        backwards["warm_start"] = dict(reversed(spec["warm_start"].items()))
        assert canonical(backwards) == canonical(spec)
        assert json.loads(canonical(spec)) == spec
        assert "\n" not in canonical(spec)

    def test_an_unknown_model_is_explained(self, shipped):
        with pytest.raises(UserError, match="unknown model 'nothing'; choose from "):
            Plan(shipped).model("nothing")
