"""One random stream a purpose, derived from what the run is, never from a global state."""

import hashlib


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
