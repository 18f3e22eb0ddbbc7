"""Theorem 2: gradient descent of the dual linear network (section 5.2.1, appendix C.1).

Claim. Gradient descent on Eq. 13 keeps
    W_t^o M = C1_t W_0^o M + C2_t (W_0^o M + W_0^t M), and the same for W^t,
with C1_t = prod_{i<t} (lambda - c_i) in (0, 1), C2_t > 0 (C.25), c_i = 2 eta_i alpha^2 (kappa +
sigma_0^2); so that W_t^o M approaches the line through S_0 = W_0^o M + W_0^t M (Remark 5).

Assumptions: x = Mz + noise with orthonormal columns of M, symmetric Bernoulli latents with
Pr(z_i != 0) = kappa (Assumption 1), independent masks (Eq. 3), eta_t < lambda / (2 alpha^2
(kappa + sigma_0^2)), both networks updated at the same time, every weight multiplied by lambda in
every step (Remark 4). The gradients are the population's: E[x x^T] = kappa M M^T + sigma_0^2 I.

Equations: 13, C.23, C.25; the main text prints other products in C2_t.
"""

from typing import Any

import numpy as np

from ssl_landscape.theory.linear import (
    check_rates,
    coefficients,
    descend,
    distance_to_line,
    min_max_cosine,
    relative_errors,
)
from ssl_landscape.theory.measurement import Measurement, largest, stream

NAME = "theorem_2"


def schedule(kind: str, fraction: float, steps: int, random: np.random.Generator) -> np.ndarray:
    """Return step sizes as fractions of the largest one allowed."""
    time = np.arange(steps) / steps
    shapes = {
        "constant": np.ones(steps),
        "decaying": 1 / (1 + 10 * time),
        "cyclic": 0.55 + 0.45 * np.cos(8 * np.pi * time),
        "random": random.uniform(0.05, 1, steps),
    }
    return fraction * shapes[kind]


def measure(settings: dict[str, Any], seed: int) -> Measurement:
    """Compute all quantities of Theorem 2 (``theory.theorem_2`` and ``theory.seed``)."""
    runs, curves = [], {}
    for shape in settings["shapes"]:
        for kind in settings["schedules"]:
            run, curve = _run(settings, shape, kind, seed)
            runs.append(run)
            curves["{m}x{p}x{d} {kind}".format(**shape, kind=kind)] = curve
    return Measurement({"runs": runs}, {"runs": curves})


def _run(settings: dict[str, Any], shape: dict[str, int], kind: str, seed: int) -> tuple:
    m, p, d = (shape[key] for key in "mpd")
    random = stream(NAME, seed, f"{m}x{p}x{d} {kind}")
    steps, keep, decay = settings["steps"], settings["keep"], settings["decay"]
    dictionary = np.linalg.qr(random.standard_normal((p, d)))[0]
    starts = tuple(random.normal(0, (p * d) ** -0.5, (2, m, p)))
    strength = 2 * keep**2 * (settings["kappa"] + settings["noise"] ** 2)
    etas = schedule(kind, settings["fraction"], steps, random) * decay / strength
    rates, decays = strength * etas, np.full(steps, decay)
    check_rates(rates, decays)
    moment = settings["kappa"] * dictionary @ dictionary.T + settings["noise"] ** 2 * np.eye(p)
    online, target = (start @ dictionary for start in starts)

    def formula(decays: np.ndarray, first: int = 1) -> np.ndarray:
        one, two = coefficients(rates, decays, first)
        return one[:, None, None] * online + two[:, None, None] * (online + target)

    # Of Eq. 13 itself: its regulariser multiplies a weight by 1 - eta_t (1 - lambda).
    literal_decays = 1 - etas * (1 - decay)
    ours = descend(starts, moment, keep, etas, decays) @ dictionary
    literal = descend(starts, moment, keep, etas, literal_decays) @ dictionary
    turns = descend(starts, moment, keep, etas, decays, in_turn=True) @ dictionary
    errors = {
        "proof_formula_on_proof_update": relative_errors(ours, formula(decays)),
        "main_text_formula_on_proof_update": relative_errors(ours, formula(decays, first=0)),
        "proof_formula_on_eq_13": relative_errors(literal, formula(decays)),
        "corrected_formula_on_eq_13": relative_errors(literal, formula(literal_decays)),
        "proof_formula_on_updates_in_turn": relative_errors(turns, formula(decays)),
    }
    one, two = coefficients(rates, decays)
    halves = (np.cumprod(decays + rates) - np.cumprod(decays - rates)) / 2
    off, predicted = distance_to_line(ours, online, target, rates, decays)
    growth = np.linalg.norm(ours, axis=(1, 2))
    quality = min_max_cosine(ours)
    run = {
        **shape,
        "schedule": kind,
        "steps": steps,
        "largest_eta": float(etas.max()),
        "largest_relative_error": {key: largest(value) for key, value in errors.items()},
        "c1_range": [float(one[1:].min()), float(one[1:].max())],
        "smallest_c2": float(two[1:].min()),
        "half_difference_error": largest((two[1:] - halves) / two[1:]),
        "distance_to_line": {"start": float(off[0]), "end": float(off[-1])},
        "distance_to_line_error": largest((off - predicted) / predicted),
        "norm_growth": float(growth[-1] / growth[0]),
        "min_max_cosine": {
            "start": float(quality[0]),
            "end": float(quality[-1]),
            "line": float(min_max_cosine((online + target)[None])[0]),
        },
    }
    curve = {"errors": errors, "distance": off, "predicted": predicted, "quality": quality}
    return run, curve
