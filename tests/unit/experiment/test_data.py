"""Latents, dictionary, noise (Eq. 1) and the datasets' files."""

import itertools
import json
import math
import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.experiment.data import generate, read_dataset, write_dataset
from ssl_landscape.experiment.latents.exact_counts import exact_counts
from ssl_landscape.experiment.latents.independent import independent
from ssl_landscape.experiment.latents.one_hot import one_hot

SPEC = {
    "dataset": "sparse",
    "sparsity": "0.3",
    "seed": 1,
    "p": 50,
    "d": 10,
    "n": 1000,
    "latents": "exact_counts",
    "noise": "sqrt(log d) / d",
}


def stream(seed=0):
    return np.random.default_rng(seed)


def within_five_sigma(count, trials, probability):
    deviation = math.sqrt(trials * probability * (1 - probability))
    return abs(count - trials * probability) <= 5 * deviation


class TestExactCounts:
    # underspecified.md: ceil(d b / 2) entries -1, then +1 up to max(ceil(d b), that + 1).
    @pytest.mark.parametrize(
        ("d", "sparsity", "negative", "positive"),
        [(10, 0.1, 1, 1), (10, 0.2, 1, 1), (10, 0.3, 2, 1), (10, 0.6, 3, 3), (10, 0.7, 4, 3),
         (20, 0.1, 1, 1), (20, 0.2, 2, 2), (20, 0.3, 3, 3), (10, 1.0, 5, 5)],
    )  # fmt: skip
    def test_counts_of_every_sample(self, d, sparsity, negative, positive):
        z = exact_counts(500, d, sparsity, stream())
        assert z.shape == (500, d)
        assert z.dtype == np.int8
        assert set((z == -1).sum(axis=1)) == {negative}
        assert set((z == 1).sum(axis=1)) == {positive}
        assert set(np.unique(z)) <= {-1, 0, 1}

    @pytest.mark.parametrize(("sparsity", "negative", "positive"), [(0.1, 1, 1), (0.3, 2, 1)])
    def test_every_position_is_equally_likely(self, sparsity, negative, positive):
        n = 20_000
        z = exact_counts(n, 10, sparsity, stream())
        for column in z.T:
            assert within_five_sigma((column == -1).sum(), n, negative / 10)
            assert within_five_sigma((column == 1).sum(), n, positive / 10)

    def test_every_pair_of_positions_is_equally_likely(self):
        n, places = 20_000, Counter()
        for row in exact_counts(n, 5, 0.2, stream()):
            places[int(np.argmin(row)), int(np.argmax(row))] += 1
        pairs = list(itertools.permutations(range(5), 2))
        assert sorted(places) == sorted(pairs)
        assert all(within_five_sigma(count, n, 1 / len(pairs)) for count in places.values())


class TestIndependent:
    @pytest.mark.parametrize("sparsity", [0.1, 0.2, 0.3])
    def test_frequencies_given_that_not_all_are_zero(self, sparsity):
        n, d = 40_000, 10
        z = independent(n, d, sparsity, stream())
        assert z.dtype == np.int8
        assert z.any(axis=1).all()
        some = 1 - (1 - sparsity) ** d  # an entry is non-zero only where not all are zero
        for column in z.T:
            assert within_five_sigma((column == 1).sum(), n, sparsity / 2 / some)
            assert within_five_sigma((column == -1).sum(), n, sparsity / 2 / some)

    def test_number_of_non_zero_entries_is_binomial(self):
        n, d, b = 40_000, 10, 0.2
        sizes = Counter((independent(n, d, b, stream()) != 0).sum(axis=1).tolist())
        some = 1 - (1 - b) ** d
        for k in range(1, 6):
            chance = math.comb(d, k) * b**k * (1 - b) ** (d - k) / some
            assert within_five_sigma(sizes[k], n, chance)


def test_one_hot():
    n = 20_000
    z = one_hot(n, 10, 0.1, stream())
    assert z.dtype == np.int8
    assert set(np.unique(z)) == {0, 1}
    assert set(z.sum(axis=1)) == {1}
    assert all(within_five_sigma(column.sum(), n, 0.1) for column in z.T)


class TestGenerate:
    @pytest.mark.parametrize(("p", "d"), [(50, 10), (20, 20)])
    def test_dictionary_is_orthonormal(self, p, d):
        dictionary = generate(SPEC | {"p": p, "d": d})[2]
        assert dictionary.shape == (p, d)
        assert dictionary.dtype == np.float32
        products = dictionary.T.astype(np.float64) @ dictionary
        assert np.abs(products - np.eye(d)).max() < 2e-7

    def test_dictionaries_of_all_seeds_point_everywhere(self):
        """The mean over seeds of each squared entry is 1/p: no axis is preferred."""
        squares = [generate(SPEC | {"seed": k, "n": 1})[2] ** 2 for k in range(300)]
        assert np.mean(squares, axis=(0, 2)) == pytest.approx(np.full(50, 1 / 50), rel=0.15)

    @pytest.mark.parametrize("d", [10, 20])
    @pytest.mark.parametrize(
        ("noise", "formula"),
        [
            ("sqrt(log d) / d", lambda d: math.log(d) ** 0.5 / d),
            ("sqrt(log d / d)", lambda d: (math.log(d) / d) ** 0.5),
            ("log d / d", lambda d: math.log(d) / d),
            (0.37, lambda d: 0.37),
            (2, lambda d: 2.0),
        ],
    )
    def test_noise_is_normal_with_the_scale_asked_for(self, d, noise, formula):
        x, z, dictionary = generate(SPEC | {"noise": noise, "d": d})
        residual = x - z.astype(np.float64) @ dictionary.T.astype(np.float64)
        sigma, count = formula(d), residual.size
        assert abs(residual.std() / sigma - 1) < 5 / math.sqrt(2 * count)
        assert abs(residual.mean()) < 5 * sigma / math.sqrt(count)
        assert within_five_sigma((np.abs(residual) < sigma).sum(), count, 0.6826895)
        assert np.abs(residual.std(axis=0) / sigma - 1).max() < 5 / math.sqrt(2 * 1000)

    def test_without_noise_samples_are_m_times_z(self):
        x, z, dictionary = generate(SPEC | {"noise": 0.0})
        assert np.abs(x - z @ dictionary.T).max() < 1e-6

    def test_depends_on_dataset_sparsity_and_seed(self):
        reference = generate(SPEC)[0]
        assert np.array_equal(generate(dict(SPEC))[0], reference)
        for change in ({"dataset": "other"}, {"sparsity": "0.30"}, {"seed": 2}):
            assert not np.array_equal(generate(SPEC | change)[0], reference)

    def test_dictionary_is_the_seed_s_whatever_else_changes(self):
        """Latents, noise and number of samples come after it in the stream."""
        reference = generate(SPEC)[2]
        for change in ({"noise": 1.0}, {"latents": "independent"}, {"n": 10}):
            assert np.array_equal(generate(SPEC | change)[2], reference)

    def test_global_state_neither_read_nor_changed(self):
        np.random.seed(1)
        before = np.random.get_state()[1].copy()
        reference = generate(SPEC)[0]
        assert np.array_equal(np.random.get_state()[1], before)
        np.random.seed(2)
        assert np.array_equal(generate(SPEC)[0], reference)

    def test_same_in_another_process(self):
        code = (
            "import hashlib; from ssl_landscape.experiment.data import generate; "
            f"print(hashlib.sha256(generate({SPEC!r})[0].tobytes()).hexdigest())"
        )
        digests = {
            subprocess.run(
                [sys.executable, "-c", code],
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True, text=True, check=True,
            ).stdout
            for seed in ("1", "2")
        }  # fmt: skip
        assert len(digests) == 1


@pytest.fixture
def files(tmp_path):
    samples, dictionary = tmp_path / "samples.parquet", tmp_path / "dictionary.parquet"
    write_dataset(SPEC, [], [samples, dictionary])
    return samples, dictionary


class TestFiles:
    def test_layout(self, files):
        x, z, dictionary = generate(SPEC)
        samples, columns = (pq.read_table(path) for path in files)
        assert samples.schema.field("x").type == pa.list_(pa.float32(), 50)
        assert samples.schema.field("z").type == pa.list_(pa.int8(), 10)
        assert samples.column_names == ["x", "z"]
        assert columns.column_names == ["column"]
        assert columns.schema.field("column").type == pa.list_(pa.float32(), 50)
        assert np.array_equal(samples["x"].to_pylist(), x)
        assert np.array_equal(samples["z"].to_pylist(), z)
        assert np.array_equal(columns["column"].to_pylist(), dictionary.T)
        for table in (samples, columns):
            assert json.loads(table.schema.metadata[b"spec"]) == SPEC

    def test_read_gives_what_was_generated(self, files):
        x, dictionary = read_dataset(*files)
        wanted, _, wanted_dictionary = generate(SPEC)
        assert x.dtype == dictionary.dtype == np.float32
        assert np.array_equal(x, wanted)
        assert np.array_equal(dictionary, wanted_dictionary)

    def test_same_bytes_when_written_again_with_another_key_order(self, files, tmp_path):
        again = tmp_path / "again" / "s.parquet", tmp_path / "again" / "d.parquet"
        write_dataset(dict(reversed(SPEC.items())), [], again)
        for old, new in zip(files, again, strict=True):
            assert old.read_bytes() == new.read_bytes()

    def test_nothing_temporary_is_left(self, files):
        assert set(files[0].parent.iterdir()) == set(files)


def missing(path):
    path.unlink()


def truncated(path):
    path.write_bytes(path.read_bytes()[:-100])


def damaged_inside(path):
    # Inside the first page's header: lengths that cannot be, under a footer that is fine.
    content = bytearray(path.read_bytes())
    content[4:24] = b"\xff" * 20
    path.write_bytes(content)


def garbage(path):
    path.write_bytes(b"this is no Parquet file")


def empty_file(path):
    path.write_bytes(b"")


def rewritten(change):
    def damage(path):
        name = "x" if "samples" in path.name else "column"
        matrix = np.array(pq.read_table(path)[name].to_pylist(), np.float32)
        pq.write_table(change(name, matrix), path)

    return damage


def lists(matrix):
    return pa.FixedSizeListArray.from_arrays(pa.array(matrix.ravel()), matrix.shape[1])


def hole(matrix):
    values = pa.array(matrix.ravel(), mask=np.arange(matrix.size) == 3)
    return pa.FixedSizeListArray.from_arrays(values, matrix.shape[1])


DAMAGES = {
    "missing": missing,
    "truncated": truncated,
    "damaged inside": damaged_inside,
    "garbage": garbage,
    "empty file": empty_file,
    "float64": rewritten(lambda name, m: pa.table({name: lists(m.astype(np.float64))})),
    "plain numbers": rewritten(lambda name, m: pa.table({name: m[:, 0]})),
    "variable lists": rewritten(lambda name, m: pa.table({name: pa.array(m.tolist())})),
    "no rows": rewritten(lambda name, m: pa.table({name: lists(m)}).slice(0, 0)),
    "other column": rewritten(lambda name, m: pa.table({"other": lists(m)})),
    "other length": rewritten(lambda name, m: pa.table({name: lists(m[:, :-1].copy())})),
    "missing value": rewritten(lambda name, m: pa.table({name: hole(m)})),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("which", [0, 1], ids=["samples", "dictionary"])
def test_a_bad_file_is_named(files, which, damage):
    damage(files[which])
    with pytest.raises(UserError, match=files[which].name):
        read_dataset(*files)


def test_files_of_two_datasets_do_not_belong_together(files, tmp_path):
    other = tmp_path / "other-samples.parquet", tmp_path / "other-dictionary.parquet"
    write_dataset(SPEC | {"seed": 2}, [], other)
    with pytest.raises(UserError, match="other-dictionary"):
        read_dataset(files[0], other[1])
