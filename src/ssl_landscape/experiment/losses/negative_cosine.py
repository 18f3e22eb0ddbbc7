"""Negative cosine similarity (Simplified-SimSiam, Table 1)."""

from torch import Tensor

from ssl_landscape.experiment.losses._normalise import cosines_and_gradient, normalise_rows


def negative_cosine(first: Tensor, second: Tensor) -> Tensor:
    """-E <u / |u|, v / |v|> (Chen & He, 2021).

    Args:
        first: the predictions, (n, m).
        second: the representations of the other view, already without gradient, (n, m).
    """
    return -(normalise_rows(first) * normalise_rows(second)).sum() / len(first)


def gradient_of_first(first: Tensor, second: Tensor, out: Tensor, scratch: Tensor) -> Tensor:
    """Put the gradient of the loss in ``first`` into ``out``, and return the loss."""
    cosines, _ = cosines_and_gradient(first, second, -1 / len(first), out, scratch)
    return cosines
