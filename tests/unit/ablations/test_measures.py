"""Other measures of an encoder, against loops and least squares in float64."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from safetensors.torch import save_file

from ssl_landscape.ablations.beyond.measures import (
    ALIGNED,
    measure,
    measures_of,
    probe_r2,
    support_recovery,
)
from ssl_landscape.errors import UserError
from ssl_landscape.experiment import data, fast
from ssl_landscape.pipeline.train_job import write_results

from ..helpers import CONTRASTIVE, CPU, small_spec

RANDOM = np.random.default_rng(3)
D, N = 6, 200


@pytest.fixture
def latents():
    return RANDOM.choice([-1, 0, 1], size=(N, D), p=[0.2, 0.6, 0.2])


def share_by_loops(h: np.ndarray, z: np.ndarray) -> float:
    found = 0
    for outputs, latent in zip(h / np.sqrt((h**2).mean(axis=0)), z, strict=True):
        largest = set(np.argsort(-np.abs(outputs))[: np.count_nonzero(latent)])
        found += largest == set(np.flatnonzero(latent))
    return found / len(z)


class TestSupportRecovery:
    def test_of_the_latents_themselves_is_1(self, latents):
        assert support_recovery(latents * [1.0, 2, 30, 0.1, 5, 6], latents) == 1

    @pytest.mark.parametrize("noise", [0.3, 1.0, 3.0])
    def test_is_the_share_that_loops_count(self, latents, noise):
        h = latents + noise * RANDOM.standard_normal(latents.shape)
        assert support_recovery(h, latents) == share_by_loops(h, latents)
        assert 0 < support_recovery(h, latents) < 1

    def test_a_dead_neuron_finds_nothing_of_its_column(self, latents):
        h = latents * np.array([1.0] * (D - 1) + [0])
        shown = (latents[:, -1] == 0).mean()  # where nothing of it is to be found
        full = (np.count_nonzero(latents, axis=1) == D).mean()
        assert support_recovery(h, latents) == pytest.approx(shown + full)


class TestProbe:
    def test_is_r2_of_least_squares_on_the_other_half(self, latents):
        h = latents @ RANDOM.standard_normal((D, 9)) + RANDOM.standard_normal((N, 9))
        half, ones = N // 2, np.ones((N, 1))
        a = np.hstack([h, ones])
        solution = np.linalg.lstsq(a[:half], latents[:half].astype(float), rcond=None)[0]
        wrong = ((a[half:] @ solution - latents[half:]) ** 2).sum(axis=0)
        total = ((latents[half:] - latents[half:].mean(axis=0)) ** 2).sum(axis=0)
        assert probe_r2(h, latents) == pytest.approx((1 - wrong / total).mean())

    def test_is_1_where_a_linear_map_gives_the_latents(self, latents):
        assert probe_r2(latents @ RANDOM.standard_normal((D, D)), latents) == pytest.approx(1)


class TestFewestNeurons:
    @pytest.mark.parametrize(("counts", "fewest"), [([1, 1, 1], 1), ([3, 2, 5], 2), ([4, 0, 1], 0)])
    def test_counts_the_neurons_that_have_a_direction_for_themselves(self, counts, fewest):
        M = np.linalg.qr(RANDOM.standard_normal((8, 3)))[0]
        rows = [-2.0 * M[:, j] for j, count in enumerate(counts) for _ in range(count)]
        rows += [M.sum(axis=1), np.zeros(8)]  # between all columns, and without weight
        h, z = RANDOM.standard_normal((20, len(rows))), RANDOM.integers(-1, 2, (20, 3))
        assert measures_of(h, z, np.array(rows), M)["fewest_neurons"] == fewest

    def test_no_neuron_is_aligned_with_two_columns(self):
        W = RANDOM.standard_normal((10_000, 3))
        cosines = np.abs(W / np.linalg.norm(W, axis=1, keepdims=True))
        assert ((cosines > ALIGNED).sum(axis=1) <= 1).all()


def files_of_a_run(folder, **changes):
    """Train a small run; return its four files, as the job reads them."""
    own = {"dataset": "small", "sparsity": "0.3", "seed": 1, "p": 12, "d": 5, "n": 60}
    own |= {"latents": "exact_counts", "noise": 0.1}
    samples, dictionary = folder / "samples.parquet", folder / "dictionary.parquet"
    data.write_dataset(own, [], [samples, dictionary])
    x, M = data.read_dataset(samples, dictionary)
    spec = small_spec(**changes)
    result = fast.train(spec, x, M, CPU)
    run = [folder / "curve.parquet", folder / "weights.safetensors"]
    write_results(result, spec, run)
    return spec, result, x, M, [*run, samples, dictionary]


@pytest.mark.parametrize(
    "changes",
    [{}, {"batch_norm": "none", **CONTRASTIVE}, {"batch_norm": "frozen", "predictor": "linear"}],
    ids=["online", "contrastive", "frozen"],
)
def test_the_job_measures_the_encoder_that_was_trained(tmp_path, changes):
    """Against the formulas of the layer, in float64."""
    spec, result, x, M, files = files_of_a_run(tmp_path, **changes)
    output = tmp_path / "measures.csv"
    measure({"runs": [["0.3", "1"]]}, files, [output])
    name = "encoder" if spec["update"]["name"] == "shared" else "online"
    tensors = {key: t.double().numpy() for key, t in result.weights.items()}
    W, b = (tensors[f"final.{name}.encoder.0.{kind}"] for kind in ("weight", "bias"))
    y = x.astype(np.float64) @ W.T + b
    if spec["batch_norm"] != "none":
        y = (y - y.mean(axis=0)) / np.sqrt(y.var(axis=0) + 1e-5)
    if spec["batch_norm"] == "trained":
        y = y * tensors[f"final.{name}.encoder.0.gain"] + tensors[f"final.{name}.encoder.0.shift"]
    h = np.maximum(y, 0) - np.maximum(2 * b - y, 0)  # the released symmetric ReLU
    z = np.array(pq.read_table(files[2])["z"].to_pylist())
    wanted = measures_of(h, z, W, M)
    lines = output.read_text().splitlines()
    assert lines[0] == "sparsity,seed,support_recovery,probe_r2,fewest_neurons"
    got = dict(zip(lines[0].split(","), map(float, lines[1].split(",")), strict=True))
    assert {key: got[key] for key in wanted} == pytest.approx(wanted, abs=1e-3)


def test_weights_of_another_network_are_refused(tmp_path):
    _, result, *_, files = files_of_a_run(tmp_path)
    tensors = {k: t.contiguous() for k, t in result.weights.items() if not k.endswith("bias")}
    save_file(tensors, files[1])
    with pytest.raises(UserError, match="has not the weights"):
        measure({"runs": [["0.3", "1"]]}, files, [tmp_path / "measures.csv"])
    assert not (tmp_path / "measures.csv").exists()
