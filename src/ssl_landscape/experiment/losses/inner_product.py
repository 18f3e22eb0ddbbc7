"""Inner-product loss of the theory (Eq. 6; linear networks Eq. 7; with a predictor Eq. 8)."""

from torch import Tensor

from ssl_landscape.experiment.losses._normalise import normalise_rows


def inner_product(first: Tensor, second: Tensor, *, normalise: bool = False) -> Tensor:
    """Return 2 - 2 E <u, v>: Eq. 6 as it is written, unnormalised.

    Args:
        first: u, the learner's representations (after the predictor: Eq. 8), (n, m).
        second: v, the other network's, already without gradient, (n, m).
        normalise: divide each representation by its L2 norm first (footnote 3: the experiments).
    """
    if normalise:
        first, second = normalise_rows(first), normalise_rows(second)
    return 2 - 2 * (first * second).sum(dim=1).mean()
