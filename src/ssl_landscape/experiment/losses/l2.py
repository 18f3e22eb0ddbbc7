"""L2 distance between representations (Eq. 4; with a predictor Eq. 5)."""

from torch import Tensor

from ssl_landscape.experiment.losses._normalise import normalise_rows


def l2(first: Tensor, second: Tensor, *, normalise: bool = True) -> Tensor:
    """Return E |u - v|^2 of the L2-normalised representations u, v: Eq. 4.

    Args:
        first: u, the learner's representations (after the predictor: Eq. 5), (n, m).
        second: v, the other network's, already without gradient, (n, m).
        normalise: divide each representation by its L2 norm first; ``false`` is the loss under
            which NCL-linear's weights are driven to 0 (Table 2).
    """
    if normalise:
        first, second = normalise_rows(first), normalise_rows(second)
    return ((first - second) ** 2).sum(dim=1).mean()
