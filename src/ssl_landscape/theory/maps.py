"""Theorem 3 inside and outside its assumptions: maps of where the algorithm still ends at I."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ssl_landscape.theory.alternation import alternate, distance_to_identity, warm_start
from ssl_landscape.theory.measurement import stream
from ssl_landscape.theory.population import Views, all_views, sampled_views

NAME = "theorem_3"


def measure_maps(settings: dict[str, Any], seed: int) -> dict[str, dict[str, Any]]:
    """Map the median final distance to I over the bias and, across, three other quantities.

    Returns:
        radius (of the start, exact gradients), sparsity (Pr(z_i != 0), from inside Assumption 2)
        and noise (the same, on samples) -> x, y, distance (biases, x), and what was held fixed.
    """
    part, d = settings["maps"], settings["maps"]["dimension"]
    keep, high, kappa, inside = part["keep"], part["high_keep"], part["kappa"], 0.999 / (10 * d)
    exact = all_views(d, keep, kappa)

    def across(limits: list[float], spread: Callable[..., np.ndarray]) -> np.ndarray:
        return spread(*limits, num=part["points"])

    biases = across(part["bias"], np.linspace)

    def map_over(x: np.ndarray, column: Callable[[float], tuple], **fixed: Any) -> dict[str, Any]:
        columns = [_column(settings, seed, biases, *column(value)) for value in x]
        return {"x": x, "y": biases, "distance": np.stack(columns, axis=1), **fixed}

    def at_radius(radius: float) -> tuple:
        return f"radius-{radius:.6g}", radius, exact, keep, kappa

    def at_sparsity(kappa: float) -> tuple:
        return f"kappa-{kappa:.6g}", inside, all_views(d, high, kappa), high, kappa

    def at_noise(noise: float) -> tuple:
        random = stream(NAME, seed, f"noise-{noise:.6g}")
        views = sampled_views(d, keep, kappa, noise, part["samples"], random)
        return "noise", inside, views, keep, kappa

    radii, noises = (across(part[name], np.geomspace) for name in ("radius", "noise"))
    kappas = across(part["kappas"], np.linspace)
    samples = part["samples"]
    return {
        "radius": map_over(radii, at_radius, keep=keep, kappa=kappa, d=d),
        "sparsity": map_over(kappas, at_sparsity, keep=high, radius=inside, d=d),
        "noise": map_over(noises, at_noise, keep=keep, kappa=kappa, d=d, samples=samples),
    }


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
    """Return the median final distance to I for each bias; no assumption is checked here."""
    part, d, starts = settings["maps"], settings["maps"]["dimension"], settings["maps"]["starts"]
    random = stream(NAME, seed, f"map-{purpose}")
    pair = warm_start(starts, d, radius, random)  # the same starts for each bias
    online, target = (np.tile(weights, (len(biases), 1, 1)) for weights in pair)
    bias = np.repeat(biases, starts)[:, None] * np.ones(d)
    step_size = settings["relative_step"] / (2 * keep**2 * kappa)
    limits = part["rounds"], part["inner_steps"]
    history = alternate((online, target), bias, views, step_size, *limits)
    ends = distance_to_identity(history[-1]).reshape(len(biases), starts)
    return np.median(ends, axis=1)


def summary(found: dict[str, Any]) -> dict[str, Any]:
    """Return a map as plain values, rounded to what the picture shows."""
    values = [[float(f"{value:.3g}") for value in row] for row in found["distance"]]
    axes = {key: [float(f"{v:.6g}") for v in found[key]] for key in ("x", "y")}
    rest = {key: value for key, value in found.items() if key not in ("x", "y", "distance")}
    return axes | rest | {"median_final_distance": values}
