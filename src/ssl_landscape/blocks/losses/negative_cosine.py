"""Negative cosine similarity (Simplified-SimSiam, Table 1)."""

from torch import Tensor

from ssl_landscape.blocks.losses._normalise import normalise_rows


def negative_cosine(first: Tensor, second: Tensor) -> Tensor:
    """-E <u / |u|, v / |v|> (Chen & He, 2021).

    Args:
        first: the predictions, (n, m).
        second: the representations of the other view, already without gradient, (n, m).
    """
    return -(normalise_rows(first) * normalise_rows(second)).sum() / len(first)
