"""The training loop: what the paper says, repeatable, and true to its own curve."""

import random
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from ssl_landscape.errors import DivergedError
from ssl_landscape.experiment.curve import CHUNK
from ssl_landscape.experiment.fast import train
from ssl_landscape.experiment.masks.dependent import dependent
from ssl_landscape.experiment.masks.independent import independent
from ssl_landscape.experiment.seeds import derive_seed
from ssl_landscape.experiment.training import group_batches

from ..helpers import (
    CONTRASTIVE,
    CPU,
    LINEAR,
    SIMSIAM,
    reference_run,
    small_data,
    small_run,
    small_spec,
)

COSINES = ("max_max_cosine", "median_max_cosine", "min_max_cosine")
WARM = {"sigma": 0.3, "columns": "balanced"}
NO_BATCH_NORM = {"batch_norm": "none"}

MODELS = {
    "ncl-basic": {},
    "ncl-predictor": {"predictor": "linear"},
    "ncl-warm-start": {"warm_start": WARM},
    "ncl-linear": LINEAR,
    "ncl-inner-product": LINEAR | {"loss": {"name": "inner_product"}, "learning_rate": 0.02},
    "ncl-two-layers": {"layers": 2},
    "ncl-two-layers-relu": {"layers": 2, "activation": "relu"},
    "ncl-two-layers-bare": {"layers": 2, "learning_rate": 0.01, **NO_BATCH_NORM},
    "ncl-equation-14": {"activation": "symmetric_relu"},
    "ncl-rows": {"weight_normalisation": "rows", "warm_start": WARM, **NO_BATCH_NORM},
    "ncl-columns": {"weight_normalisation": "columns", "warm_start": WARM, **NO_BATCH_NORM},
    "ncl-momentum-decay": {"momentum": 0.9, "weight_decay": 0.01, "learning_rate": 0.02},
    "ncl-momentum-predictor": {"momentum": 0.5, "predictor": "linear"},
    "ncl-decay": {"weight_decay": 0.05},
    "ncl-dropped-batch": {"partial_batch": "drop"},
    "ncl-one-batch": {"batch_size": 64},
    "ncl-dependent": {"masks": {"scheme": "dependent", "keep": 0.25}},
    # With seed 1 a sum at the ReLU's kink has another sign in float64, from epoch 18 on.
    "ncl-mostly-masked": {"masks": {"scheme": "independent", "keep": 0.1}, **NO_BATCH_NORM}
    | {"seed": 2},
    "cl-basic": CONTRASTIVE,
    "cl-warm": CONTRASTIVE | {"loss": {"name": "nt_xent", "temperature": 0.5}, "warm_start": WARM},
    "cl-linear": CONTRASTIVE | {**NO_BATCH_NORM, "activation": "identity", "learning_rate": 0.02},
    "simplified-simclr": CONTRASTIVE | {"projector": "linear"},
    "simplified-simsiam": SIMSIAM,
    "simsiam-projector-momentum": SIMSIAM | {"projector": "linear", "momentum": 0.9},
    "symmetrised-l2": SIMSIAM | {"loss": {"name": "l2", "normalise": True}},
}


def stream(spec, purpose):
    seed = derive_seed(spec["model"], spec["sparsity"], spec["seed"], purpose)
    return torch.Generator().manual_seed(seed)


def of_moment(weights, moment):
    return {
        name.removeprefix(f"{moment}."): tensor
        for name, tensor in weights.items()
        if name.startswith(f"{moment}.")
    }


@pytest.mark.parametrize("model", MODELS)
def test_the_fast_form_in_float32_is_near_the_reference_in_float64(model):
    spec = small_spec(model=model, **MODELS[model])
    x, dictionary = small_data()
    result, reference = train(spec, x, dictionary, CPU), reference_run(spec, x, dictionary)
    for name, values in result.curve.items():
        assert values == pytest.approx(reference.curve[name], rel=1e-4, abs=1e-4, nan_ok=True), name
    assert result.weights.keys() == reference.weights.keys()
    for name, tensor in result.weights.items():
        wanted = reference.weights[name]
        assert torch.allclose(tensor.double(), wanted.double(), rtol=1e-4, atol=1e-4), name
    final, initial = (of_moment(reference.weights, moment) for moment in ("final", "initial"))
    moved = [(final[k] - initial[k]).abs().max() for k in initial if k.endswith("0.weight")]
    assert min(moved) > 0.02  # 200 times the tolerance: agreement is no accident


def layer(a, W, b, gain, shift):
    """Linear, batch norm, and the released code's symmetric ReLU."""
    y = a @ W.T + b
    y = (y - y.mean(0)) / torch.sqrt(y.var(0, unbiased=False) + 1e-5) * gain + shift
    return torch.relu(y) - torch.relu(2 * b - y)


class TestPaper:
    """The reference against loops written out here, with torch.optim, from the same draws."""

    def written_out(self, spec, value, x, weights):
        """Train on ``value(sides, first, second, step)``; return losses and tensors."""
        order, masks = stream(spec, "order"), stream(spec, "masks")
        names = sorted({name.split(".")[1] for name in weights})  # online before target
        parts = ("weight", "bias", "gain", "shift")
        sides = [
            [weights[f"initial.{n}.encoder.0.{p}"].double().requires_grad_() for p in parts]
            for n in names
        ]
        optimisers = [torch.optim.SGD(side, lr=spec["learning_rate"]) for side in sides]
        mask = {"independent": independent, "dependent": dependent}[spec["masks"]["scheme"]]
        losses, step, size = [], 0, spec["batch_size"]
        for _ in range(spec["epochs"]):
            chosen, steps = torch.from_numpy(x)[torch.randperm(len(x), generator=order)], []
            kept = len(x) // size * size if spec["partial_batch"] == "drop" else len(x)
            views = mask(chosen[:kept].double(), spec["masks"]["keep"], masks)
            for start in range(0, kept, size):
                first, second = views[:, start : start + size]
                loss = value(sides, first, second, step)
                optimiser = optimisers[step % len(sides)]
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                steps.append(loss.item())
                step += 1
            losses.append(sum(steps) / len(steps))
        return losses, dict(zip(names, sides, strict=True))

    def assert_equal(self, spec, value):
        x, dictionary = small_data()
        result = reference_run(spec, x, dictionary)
        losses, sides = self.written_out(spec, value, x, result.weights)
        assert result.curve["loss"][1:].tolist() == pytest.approx(losses, rel=1e-8)
        for name, tensors in sides.items():
            for part, tensor in zip(("weight", "bias", "gain", "shift"), tensors, strict=True):
                found = result.weights[f"final.{name}.encoder.0.{part}"]
                assert torch.allclose(found, tensor, rtol=1e-8, atol=1e-8), (name, part)

    def test_non_contrastive_learning(self):
        def value(sides, first, second, step):  # Eq. 4, in turn
            learner, teacher = sides if step % 2 == 0 else sides[::-1]
            u, v = layer(first, *learner), layer(second, *teacher).detach()
            return (normalize(u) - normalize(v)).square().sum() / len(u)

        self.assert_equal(small_spec(), value)

    def test_contrastive_learning(self):
        def value(sides, first, second, step):  # Eq. 9 with cosines
            both = normalize(torch.cat([layer(first, *sides[0]), layer(second, *sides[0])]))
            n, total = len(first), 0
            for i in range(2 * n):
                others = [k for k in range(2 * n) if k != i]
                similarities = both[others] @ both[i] / 0.05
                partner = others.index((i + n) % (2 * n))
                total = total + torch.logsumexp(similarities, 0) - similarities[partner]
            return total / (2 * n)

        self.assert_equal(small_spec(epochs=5, **CONTRASTIVE), value)


class TestBatches:
    def test_the_rest_is_kept_or_dropped(self):
        assert group_batches(40, 16, "keep") == [[slice(0, 16), slice(16, 32), slice(32, 40)]]
        assert group_batches(40, 16, "drop") == [[slice(0, 16), slice(16, 32)]]
        assert group_batches(32, 16, "keep") == group_batches(32, 16, "drop")

    @pytest.mark.parametrize(("n", "size"), [(5000, 512), (5000, 3000), (2048, 512), (7, 16)])
    def test_groups_are_as_large_as_2048_samples_allow(self, n, size):
        groups = group_batches(n, size, "keep")
        batches = [batch for group in groups for batch in group]
        assert [(b.start, b.stop) for b in batches] == [
            (start, min(start + size, n)) for start in range(0, n, size)
        ]
        sizes = [group[-1].stop - group[0].start for group in groups]
        assert max(sizes) <= max(2048, size)
        nexts = [group[0].stop - group[0].start for group in groups[1:]]
        assert all(a + b > 2048 for a, b in zip(sizes, nexts, strict=False))


def test_inputs_are_left_as_they_were():
    x, dictionary = small_data()
    train(small_spec(epochs=3, warm_start=WARM), x, dictionary, CPU)
    assert all(np.array_equal(a, b) for a, b in zip((x, dictionary), small_data(), strict=True))


class TestRepeats:
    @pytest.mark.parametrize("model", ["ncl-basic", "cl-basic", "simplified-simsiam"])
    def test_same_spec_same_bytes(self, model):
        one, other = (small_run(model=model, **MODELS[model]) for _ in range(2))
        for name, values in one.curve.items():
            assert values.tobytes() == other.curve[name].tobytes()
        for name, tensor in one.weights.items():
            assert tensor.numpy().tobytes() == other.weights[name].numpy().tobytes()

    @pytest.mark.parametrize("change", [{"seed": 2}, {"sparsity": "0.2"}, {"model": "other"}])
    def test_another_run_is_another_draw(self, change):
        one, other = small_run(), small_run(**change)
        assert not np.array_equal(one.curve["loss"][1:], other.curve["loss"][1:])
        for name in ("initial.online.encoder.0.weight", "final.target.encoder.0.weight"):
            assert not torch.equal(one.weights[name], other.weights[name])

    @pytest.mark.parametrize("model", ["ncl-basic", "cl-basic"])
    def test_two_threads_give_the_same_within_rounding(self, model):
        one = small_run(model=model, epochs=3, **MODELS[model])
        torch.set_num_threads(2)
        two = small_run(model=model, epochs=3, **MODELS[model])
        for name, tensor in one.weights.items():
            if name.startswith("initial"):
                assert torch.equal(tensor, two.weights[name])
            assert torch.allclose(tensor, two.weights[name], atol=1e-4)

    def test_global_generators_neither_read_nor_changed(self):
        runs = []
        for seed in (1, 2):
            torch.manual_seed(seed)
            np.random.seed(seed)
            random.seed(seed)
            before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
            runs.append(small_run(predictor="linear", warm_start=WARM, epochs=3))
            assert torch.equal(torch.get_rng_state(), before[0])
            assert np.array_equal(np.random.get_state()[1], before[1])
            assert random.getstate() == before[2]
        one, other = (run.weights["final.target.encoder.0.weight"] for run in runs)
        assert torch.equal(one, other)

    def test_streams_are_apart(self):
        """Another mask probability moves neither the initial weights nor the batch order."""
        one = small_run(masks={"scheme": "independent", "keep": 0.5}, epochs=1)
        other = small_run(masks={"scheme": "independent", "keep": 0.9}, epochs=1)
        for name, tensor in of_moment(one.weights, "initial").items():
            assert torch.equal(tensor, other.weights[f"initial.{name}"])


class TestDivergence:
    DIVERGING = LINEAR | {"learning_rate": 1e6, "model": "too-fast", "sparsity": "0.2", "seed": 3}

    def first_bad_epoch(self):
        for epochs in range(1, 40):
            try:
                small_run(epochs=epochs, **self.DIVERGING)
            except DivergedError:
                return epochs
        raise AssertionError("never diverged")

    @pytest.mark.parametrize("epochs", [40, CHUNK + 5])
    def test_message_names_the_run_and_the_first_bad_epoch(self, epochs):
        with pytest.raises(DivergedError) as caught:
            small_run(epochs=epochs, **self.DIVERGING)
        text = str(caught.value)
        for words in ("too-fast", "sparsity 0.2", "seed 3", "learning_rate", "1000000.0"):
            assert words in text
        assert f"epoch {self.first_bad_epoch()};" in text

    def test_not_a_number_in_the_samples_is_no_result(self):
        x, dictionary = small_data()
        x[3, 2] = np.nan
        with pytest.raises(DivergedError, match="epoch 1;"):
            train(small_spec(), x, dictionary, CPU)


def cosines_by_loop(weight, dictionary):
    """Eq. 12 in float64, sorted."""
    values = []
    for column in dictionary.T.astype(np.float64):
        best = 0.0
        for row in weight.double().numpy():
            length = np.linalg.norm(row) * np.linalg.norm(column)
            best = max(best, abs(row @ column) / length)
        values.append(best)
    return sorted(values)


EPOCHS = 2 * CHUNK + 3


@pytest.fixture(scope="module")
def whole():
    return small_run(epochs=EPOCHS)


class TestCurve:
    def test_one_row_an_epoch_and_one_before(self, whole):
        assert whole.curve["epoch"].tolist() == list(range(EPOCHS + 1))
        assert {len(values) for values in whole.curve.values()} == {EPOCHS + 1}
        assert {"loss", *COSINES} <= set(whole.curve)

    def test_no_loss_before_training_and_a_loss_ever_after(self, whole):
        assert np.isnan(whole.curve["loss"][0])
        assert np.isfinite(whole.curve["loss"][1:]).all()

    @pytest.mark.parametrize("epochs", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, EPOCHS])
    def test_row_is_recomputed_from_the_weights_of_its_epoch(self, whole, epochs):
        """A run of fewer epochs is the beginning of the whole run, and ends with its weights."""
        run = small_run(epochs=epochs or 1)
        moment = "final" if epochs else "initial"
        online, target = (
            run.weights[f"{moment}.{side}.encoder.0.weight"] for side in ("online", "target")
        )
        cosines = cosines_by_loop(online, small_data()[1])
        wanted = {
            "max_max_cosine": cosines[-1],
            "median_max_cosine": cosines[len(cosines) // 2],
            "min_max_cosine": cosines[0],
            "online_weight_norm": online.double().norm().item(),
            "target_weight_norm": target.double().norm().item(),
        }
        assert len(cosines) % 2 == 1
        for name, value in wanted.items():
            assert whole.curve[name][epochs] == pytest.approx(value, abs=2e-6, rel=2e-6)
        assert run.curve["loss"][-1] == pytest.approx(whole.curve["loss"][epochs or 1], rel=1e-6)

    def test_progress_is_reported_up_to_the_last_epoch(self):
        seen = []
        x, dictionary = small_data()
        curve = train(
            small_spec(epochs=EPOCHS), x, dictionary, CPU, lambda *row: seen.append(row)
        ).curve
        assert seen[0][0] == 0
        assert seen[-1][0] == EPOCHS
        for epoch, loss, cosine in seen[1:]:
            assert loss == curve["loss"][epoch]
            assert cosine == curve["min_max_cosine"][epoch]

    def test_one_network_has_no_target(self):
        curve = small_run(epochs=2, **CONTRASTIVE).curve
        assert np.isnan(curve["target_weight_norm"]).all()


class TestSteps:
    """With one batch an epoch, a run of k epochs is a run of k steps."""

    def after(self, steps, **changes):
        return small_run(epochs=steps, batch_size=40, **changes).weights

    @staticmethod
    def changed(one, other, side):
        names = [n for n in one if n.startswith(f"final.{side}.") and "predictor" not in n]
        assert len(names) >= 2
        return [not torch.equal(one[name], other[name]) for name in names]

    @pytest.mark.parametrize("model", ["ncl-basic", "ncl-predictor", "ncl-two-layers", "ncl-rows"])
    def test_alternating_steps_move_the_learner_only(self, model):
        runs = [self.after(steps, **MODELS[model]) for steps in range(1, 5)]
        for name, tensor in of_moment(runs[0], "initial").items():
            if name.startswith("target.") and "predictor" not in name:
                assert torch.equal(runs[0][f"final.{name}"], tensor)  # step 0: online learns
        for step, (before, after) in enumerate(pairwise(runs), start=1):
            learner, teacher = ("online", "target") if step % 2 == 0 else ("target", "online")
            assert all(self.changed(before, after, learner))
            assert not any(self.changed(before, after, teacher))

    def test_the_shared_predictor_moves_every_step(self):
        runs = [self.after(steps, predictor="linear") for steps in range(1, 5)]
        for before, after in pairwise(runs):
            name = "predictor.weight"
            assert torch.equal(after[f"final.online.{name}"], after[f"final.target.{name}"])
            assert not torch.equal(after[f"final.online.{name}"], before[f"final.online.{name}"])

    @pytest.mark.parametrize(("kind", "axis"), [("rows", 1), ("columns", 0)])
    @pytest.mark.parametrize("layers", [1, 2])
    def test_weight_has_unit_norms_after_every_step(self, kind, axis, layers):
        changes = {"weight_normalisation": kind, "batch_norm": "none", "layers": layers}
        for steps in (1, 2, 3, 4):
            weights = self.after(steps, **changes)
            for side in ("online", "target")[:steps]:
                norms = weights[f"final.{side}.encoder.0.weight"].double().norm(dim=axis)
                assert (norms - 1).abs().max() < 1e-6
        untouched = weights["initial.online.encoder.0.weight"].norm(dim=axis)
        assert (untouched - 1).abs().max() > 0.1

    def test_without_normalisation_norms_are_free(self):
        weight = self.after(4)["final.online.encoder.0.weight"]
        assert (weight.norm(dim=1) - 1).abs().max() > 0.1
