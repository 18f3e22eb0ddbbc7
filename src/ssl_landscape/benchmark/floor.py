"""The least that a step can take on this machine: its products, and its traffic with memory.

Products are NumPy's, by the code that jobs fix: the same on every processor, so without AVX-512.

Each matrix product is timed at its own shape; every array that has to be written or read between
them is counted as often as that cannot be avoided, at the rate of a copy of its size. Random bits,
exponentials and Python are not in it: no implementation reaches the floor.
"""

import numpy as np

from ssl_landscape.benchmark.clock import seconds


def floor_of(spec: dict, p: int) -> dict[str, float]:
    """Measure the floor of a run's step on a full batch of samples of dimension p.

    Returns:
        Milliseconds: ``floor``, which is the sum of ``floor_products`` and ``floor_traffic``.
    """
    products = sum(_time_product(*shape) for shape in products_of(spec, p))
    traffic = sum(passes * _time_pass(floats) for floats, passes in traffic_of(spec, p))
    parts = {"floor": products + traffic, "floor_products": products, "floor_traffic": traffic}
    return {name: 1e3 * time for name, time in parts.items()}


def products_of(spec: dict, p: int) -> list[tuple[int, int, int]]:
    """List the matrix products of a step, each as (rows, inner, columns)."""
    B, m, learning = spec["batch_size"], spec["neurons"], _learning(spec)
    linears = [(p, m)] + [(m, m)] * (spec["layers"] - 1 + (spec["projector"] != "none"))
    predictor = [(m, m)] if spec["predictor"] == "linear" else []
    trained = linears + predictor
    shapes = [(B, a, b) for a, b in linears] * 2  # both views
    shapes += [(B, a, b) for a, b in predictor] * learning
    shapes += [(a, B, b) for a, b in trained] * learning  # gradients of the weights
    shapes += [(B, b, a) for a, b in trained[1:]] * learning  # and of the layers' inputs
    if spec["loss"]["name"] == "nt_xent":
        # The similarities are symmetric: half of them is enough; the gradient takes all.
        shapes += [(2 * B, m, B), (2 * B, 2 * B, m)]
    return shapes


def traffic_of(spec: dict, p: int) -> list[tuple[int, int]]:
    """List (floats of an array, passes over arrays of this size) outside of the products."""
    B, m, learning = spec["batch_size"], spec["neurons"], _learning(spec)
    passes = [
        # Batch: read and written; views: batch read, two written.
        (B * p, 2 + 3),
        # Batch norm and activation: read for the statistics, read, written. Their gradients: two
        # arrays read for the statistics, read again, one written.
        (B * m, spec["layers"] * (3 * 2 + 5 * learning)),
        # Loss: both representations read, the gradient of what learns written.
        (B * m, 2 + learning),
    ]
    if spec["loss"]["name"] == "nt_xent":  # exponentials: read, written; and again for the gradient
        passes.append((2 * B * B, 4))
    return passes


def _learning(spec: dict) -> int:
    """Count the views, of two, through which a step's gradients go."""
    return 1 if spec["update"]["name"] == "alternating" else 2


def _time_product(rows: int, inner: int, columns: int) -> float:
    a, b, out = _array(rows, inner), _array(inner, columns), _array(rows, columns)
    return seconds(lambda: np.matmul(a, b, out=out))


def _time_pass(floats: int) -> float:
    """Measure the time to read, or to write, an array: half of a copy's."""
    source, target = _array(floats), _array(floats)
    return seconds(lambda: np.copyto(target, source)) / 2


def _array(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).random(shape, np.float32)
