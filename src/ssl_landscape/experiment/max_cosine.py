"""Quality of an encoder against the dictionary: the max-cosine of Eq. 12."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what reads only the names below, as the config does, need not load torch
    from torch import Tensor

METRIC_NAMES = {
    "max_max_cosine": "maximum",
    "median_max_cosine": "median",
    "min_max_cosine": "minimum",
}
METRICS = tuple(METRIC_NAMES)  # columns of the curve
METRIC_TITLES = {m: f"{name.capitalize()} max-cosine" for m, name in METRIC_NAMES.items()}

_TINY = 1e-15
_LEAST = 1e-30


def max_cosines(weight: Tensor, dictionary: Tensor) -> Tensor:
    """max_i |<W_i* / |W_i*|, M_*j / |M_*j|>| for every dictionary column j (Eq. 12).

    A neuron without weight (|W_i*| = 0) has cosine 0.

    Args:
        weight: (..., m, p).
        dictionary: (p, d).

    Returns:
        (..., d), in [0, 1].
    """
    # The squares of a tiny row would leave float32: take its direction at 2^100 times the size.
    tiny = weight.norm(dim=-1, keepdim=True) < _TINY
    raised = (weight * 2.0**100).where(tiny, weight)
    directions = raised / raised.norm(dim=-1, keepdim=True).clamp(min=_LEAST)
    return (directions @ (dictionary / dictionary.norm(dim=0))).abs().amax(dim=-2)


def summarise(cosines: Tensor) -> dict[str, Tensor]:
    """Maximum, median (mean of the middle two for even d) and minimum over the columns.

    Args:
        cosines: (..., d).

    Returns:
        Three tensors of shape (...), by column name of the curve.
    """
    ordered = cosines.sort(dim=-1).values
    d = cosines.shape[-1]
    return {
        "max_max_cosine": ordered[..., -1],
        "median_max_cosine": (ordered[..., (d - 1) // 2] + ordered[..., d // 2]) / 2,
        "min_max_cosine": ordered[..., 0],
    }
