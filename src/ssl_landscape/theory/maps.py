"""Theorem 3 inside and outside its assumptions: maps of where the algorithm still ends at I."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ssl_landscape.theory.alternation import distance_to_identity, follow, warm_start
from ssl_landscape.theory.measurement import stream
from ssl_landscape.theory.population import Views, all_views, sampled_views

NAME = "theorem_3"


def radius_map(settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """Map the end over radius and bias, exact gradients."""
    part, d = settings["maps"], settings["maps"]["dimension"]
    keep, kappa = part["keep"], part["kappa"]
    views = all_views(d, keep, kappa)

    def column(radius: float) -> tuple:
        return f"radius-{radius:.6g}", radius, views, keep, kappa

    found = _map(settings, seed, np.geomspace(*part["radius"], part["points"]), column)
    return found | {"keep": keep, "kappa": kappa, "d": d}


def sparsity_map(settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """Map the end over Pr(z_i != 0) and bias, from warm starts inside Assumption 2."""
    part, d = settings["maps"], settings["maps"]["dimension"]
    keep, radius = part["high_keep"], 0.999 / (10 * d)

    def column(kappa: float) -> tuple:
        return f"kappa-{kappa:.6g}", radius, all_views(d, keep, kappa), keep, kappa

    found = _map(settings, seed, np.linspace(*part["kappas"], part["points"]), column)
    return found | {"keep": keep, "radius": radius, "d": d}


def noise_map(settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """Map the end over noise and bias, from warm starts inside Assumption 2, on samples."""
    part, d = settings["maps"], settings["maps"]["dimension"]
    keep, kappa, radius = part["keep"], part["kappa"], 0.999 / (10 * d)

    def column(noise: float) -> tuple:
        random = stream(NAME, seed, f"noise-{noise:.6g}")
        views = sampled_views(d, keep, kappa, noise, part["samples"], random)
        return "noise", radius, views, keep, kappa

    found = _map(settings, seed, np.geomspace(*part["noise"], part["points"]), column)
    return found | {"keep": keep, "kappa": kappa, "d": d, "samples": part["samples"]}


def _map(
    settings: dict[str, Any], seed: int, x: np.ndarray, column: Callable[[float], tuple]
) -> dict[str, Any]:
    """Map the median final distance to I, (biases, x); no assumption is checked here.

    Args:
        settings: ``theory.theorem_3``.
        seed: ``theory.seed``.
        x: the values of the quantity across.
        column: such a value -> name of the random stream, radius of the start, views, keep, kappa.
    """
    biases = np.linspace(*settings["maps"]["bias"], settings["maps"]["points"])
    columns = [_column(settings, seed, biases, *column(value)) for value in x]
    return {"x": x, "y": biases, "distance": np.stack(columns, axis=1)}


def _column(
    settings: dict[str, Any],
    seed: int,
    biases: np.ndarray,
    purpose: str,
    radius: float,
    views: Views,
    keep: float,
    kappa: float,
) -> np.ndarray:
    part, d, starts = settings["maps"], settings["maps"]["dimension"], settings["maps"]["starts"]
    random = stream(NAME, seed, f"map-{purpose}")
    pair = warm_start(starts, d, radius, random)  # the same starts for each bias
    online, target = (np.tile(weights, (len(biases), 1, 1)) for weights in pair)
    bias = np.repeat(biases, starts)[:, None] * np.ones(d)
    step_size = settings["relative_step"] / (2 * keep**2 * kappa)
    history = follow((online, target), bias, views, step_size, part)
    ends = distance_to_identity(history[-1]).reshape(len(biases), starts)
    return np.median(ends, axis=1)


def summary(found: dict[str, Any]) -> dict[str, Any]:
    """Return a map's axes and its values, rounded: three figures are what the picture shows."""
    values = [[float(f"{value:.3g}") for value in row] for row in found["distance"]]
    axes = {key: [float(f"{v:.6g}") for v in found[key]] for key in ("x", "y")}
    rest = {key: value for key, value in found.items() if key not in ("x", "y", "distance")}
    return axes | rest | {"median_final_distance": values}
