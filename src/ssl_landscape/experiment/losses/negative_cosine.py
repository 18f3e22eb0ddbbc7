"""Negative cosine similarity (Simplified-SimSiam, Table 1)."""

from torch import Tensor

from ssl_landscape.experiment.losses._normalise import normalise_rows


def negative_cosine(first: Tensor, second: Tensor) -> Tensor:
    """Return -E <u / |u|, v / |v|> (Chen & He, 2021).

    Args:
        first: u, the predictions, (n, m).
        second: v, the representations of the other view, already without gradient, (n, m).
    """
    return -(normalise_rows(first) * normalise_rows(second)).sum(dim=1).mean()
