"""One random stream a purpose, derived from what the run is, never from a global state."""

import hashlib
from collections.abc import Iterable


def derive_seed(experiment: str, sparsity: str, seed: int, purpose: str) -> int:
    """Return the seed of one random stream.

    Args:
        experiment: the model's or the dataset's name.
        sparsity: Pr(z_i != 0) as written in the file name, for example ``"0.1"``.
        seed: the run's number, as in ``seed-<k>``.
        purpose: ``data``, ``weights``, ``masks`` or ``order``.

    Returns:
        A 63-bit integer that depends on all four and on nothing else.
    """
    text = f"{experiment}/sparsity-{sparsity}/seed-{seed}/{purpose}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def compact(seeds: Iterable[int]) -> str:
    """Return seeds as text, in their order: 1, 2, 3, 7 as ``1-3,7``."""
    runs: list[list[int]] = []
    for seed in seeds:
        if runs and seed == runs[-1][1] + 1:
            runs[-1][1] = seed
        else:
            runs.append([seed, seed])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def expand(text: str) -> list[int]:
    """Return the seeds that :func:`compact` wrote."""
    seeds: list[int] = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    return seeds
