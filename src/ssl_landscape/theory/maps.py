"""Theorem 3 inside and outside its assumptions: maps of where the algorithm still ends at I."""

from typing import Any

import numpy as np

from ssl_landscape.theory.alternation import (
    alternate,
    distance_to_identity,
    normalise_rows,
    warm_start,
)
from ssl_landscape.theory.measurement import stream
from ssl_landscape.theory.population import all_views, sampled_views

NAME = "theorem_3"


def radius_map(settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """Map the end over radius and bias, exact gradients."""
    part, d = settings["maps"], settings["maps"]["dimension"]
    radii = np.geomspace(*part["radius"], part["points"])
    biases = np.linspace(*part["bias"], part["points"])
    keep, kappa = part["keep"], part["kappa"]
    views = all_views(d, keep, kappa)
    columns = []
    for radius in radii:
        columns.append(
            _map_column(settings, seed, f"radius-{radius:.6g}", radius, biases, views, keep, kappa)
        )
    found = {"x": radii, "y": biases, "distance": np.stack(columns, axis=1)}
    return found | {"keep": keep, "kappa": kappa, "d": d}


def sparsity_map(settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """Map the end over Pr(z_i != 0) and bias, from warm starts inside Assumption 2."""
    part, d = settings["maps"], settings["maps"]["dimension"]
    kappas = np.linspace(*part["kappas"], part["points"])
    biases = np.linspace(*part["bias"], part["points"])
    keep, radius = part["high_keep"], 0.999 / (10 * d)
    columns = []
    for kappa in kappas:
        views = all_views(d, keep, kappa)
        columns.append(
            _map_column(settings, seed, f"kappa-{kappa:.6g}", radius, biases, views, keep, kappa)
        )
    found = {"x": kappas, "y": biases, "distance": np.stack(columns, axis=1)}
    return found | {"keep": keep, "radius": radius, "d": d}


def noise_map(settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """Map the end over noise and bias, from warm starts inside Assumption 2, on samples."""
    part, d = settings["maps"], settings["maps"]["dimension"]
    noises = np.geomspace(*part["noise"], part["points"])
    biases = np.linspace(*part["bias"], part["points"])
    keep, kappa, radius = part["keep"], part["kappa"], 0.999 / (10 * d)
    columns = []
    for noise in noises:
        random = stream(NAME, seed, f"noise-{noise:.6g}")
        views = sampled_views(d, keep, kappa, noise, part["samples"], random)
        columns.append(_map_column(settings, seed, "noise", radius, biases, views, keep, kappa))
    found = {"x": noises, "y": biases, "distance": np.stack(columns, axis=1)}
    return found | {"keep": keep, "kappa": kappa, "d": d, "samples": part["samples"]}


def _map_column(
    settings: dict[str, Any],
    seed: int,
    purpose: str,
    radius: float,
    biases: np.ndarray,
    views: Any,
    keep: float,
    kappa: float,
) -> np.ndarray:
    """Return the median final distance to I for each bias; no assumption is checked here."""
    part, d, starts = settings["maps"], settings["maps"]["dimension"], settings["maps"]["starts"]
    random = stream(NAME, seed, f"map-{purpose}")
    pair = warm_start(starts, d, radius, random)  # the same starts for each bias
    pair = [np.tile(weights, (len(biases), 1, 1)) for weights in pair]
    bias = np.repeat(biases, starts)[:, None] * np.ones(d)
    step_size = settings["relative_step"] / (2 * keep**2 * kappa)
    limits = part["rounds"], part["inner_steps"]
    starts_at = (normalise_rows(pair[0]), normalise_rows(pair[1]))
    history = alternate(starts_at, (bias, bias), views, step_size, *limits)
    ends = distance_to_identity(history[-1]).reshape(len(biases), starts)
    return np.median(ends, axis=1)


def summary(found: dict[str, Any]) -> dict[str, Any]:
    """Return a map's axes and its values, rounded: three figures are what the picture shows."""
    values = [[float(f"{value:.3g}") for value in row] for row in found["distance"]]
    axes = {key: [float(f"{v:.6g}") for v in found[key]] for key in ("x", "y")}
    rest = {key: value for key, value in found.items() if key not in ("x", "y", "distance")}
    return axes | rest | {"median_final_distance": values}
