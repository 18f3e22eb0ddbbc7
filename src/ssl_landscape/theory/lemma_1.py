"""Lemma 1: the proportional update with normalisation (appendix D).

Claim. v <- normalise(v + c_t (1, a, .., a)) converges to (1, a, .., a) / sqrt(1 + (d - 1) a^2); in
every step each |v_i - a v_1| shrinks by a factor of at most (D.31)
    gamma = 1 / sqrt(1 + (1 + (d - 1) a^2) c^2).

Assumptions: c_t > c > 0 for all t, ||v|| = 1 and v_1 + a (v_2 + .. + v_d) > 0 at the start (D.30).

Theorem 3 uses it with another factor in each entry, a Delta_ij (C.29): the update here is
v + c_t w with any w = (1, a_2, .., a_d), called ``factors``; the lemma's is a_i = a.
"""

import itertools
from typing import Any

import numpy as np
from numpy.random import Generator

from ssl_landscape.theory.measurement import Measured, Settings, Streams, largest


def unit(vector: np.ndarray) -> np.ndarray:
    """Scale a vector to unit length; of w, this is the limit."""
    return vector / np.linalg.norm(vector)


def gamma(factors: np.ndarray, smallest: float) -> float:
    """Return the proof's bound on the factor of one step, 1 / sqrt(1 + ||w||^2 c^2) (D.31)."""
    return float(1 / np.sqrt(1 + (factors @ factors) * smallest**2))


def rate(factors: np.ndarray, step: float) -> float:
    """Return the factor that a step approaches near the limit, 1 / (1 + ||w|| c)."""
    return float(1 / (1 + np.linalg.norm(factors) * step))


def iterate(start: np.ndarray, factors: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Run the update; return v at t = 0 to T, (T + 1, d)."""
    history = [start]
    for step in steps:
        history.append(unit(history[-1] + step * factors))
    return np.array(history)


def measure(settings: Settings, stream: Streams) -> Measured:
    """Compute all quantities of Lemma 1 from ``theory.lemma_1``."""
    cases, curves = [], {}
    kinds = ("lemma", "theorem_3")
    for key in itertools.product(kinds, settings["dimensions"], settings["steps_c"]):
        case, curves[key] = _case(settings, *key, stream("{}-{}-{}".format(*key)))
        cases.append(case)
    outside, starts = _outside(settings, stream("outside"))
    return {"cases": cases, "outside": outside}, {"cases": curves, "outside": starts}


def _case(settings: Settings, kind: str, d: int, c: float, random: Generator) -> Measured:
    """Follow random starts that meet the assumptions, each with its own factors."""
    runs: list[dict[str, Any]] = []
    for _ in range(settings["starts"]):
        a = random.uniform(-1.5, 1.5) if kind == "lemma" else random.uniform(-1.5, 1.5, d - 1)
        factors = np.concatenate([[1.0], np.full(d - 1, a)])
        start = unit(random.standard_normal(d))
        start *= np.sign(start @ factors)
        # Above c, as the lemma wants, and never the same twice.
        steps = c * (1 + settings["variation"] * random.random(settings["iterations"]))
        history = iterate(start, factors, steps)
        size = _off_line(history, factors)
        seen = size[:-1] > 1e-9  # below, rounding decides
        ratio = size[1:][seen] / size[:-1][seen]
        last = steps[np.flatnonzero(seen)[-1]]
        # The numerator of (D.30) after a step. Printed: v_1 + a sum v_i + (d - 1) a^2 c.
        printed = history[:-1] @ factors + (factors @ factors - 1) * steps
        numerator = (history[:-1] + steps[:, None] * factors) @ factors
        run = {
            "size": size,
            "gamma": gamma(factors, c),
            "rate": rate(factors, c),
            "over_gamma": (ratio / gamma(factors, c)).max(),
            "ratio": ratio[-1],
            "error": ratio[-1] / rate(factors, last) - 1,
            "speed": last * np.linalg.norm(factors),
            "distance": largest(history[-1] - unit(factors)),
            "printed_error": largest((printed - numerator) / steps),
        }
        runs.append(run)
    found = {key: np.array([run[key] for run in runs]) for key in runs[0]}
    slowest = found["gamma"].argmax()
    case = {
        "factors": kind,
        "d": d,
        "c": c,
        "starts": settings["starts"],
        "largest_final_distance": largest(found["distance"]),
        "largest_ratio_over_gamma": float(found["over_gamma"].max()),
        "largest_gamma": float(found["gamma"][slowest]),
        "rate_at_largest_gamma": float(found["rate"][slowest]),
        "largest_error_of_last_ratio": largest(found["error"]),
        "largest_error_of_printed_numerator": largest(found["printed_error"]),
    }
    return case, {key: found[key] for key in ("size", "speed", "ratio", "gamma")}


def _off_line(history: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Return the largest |v_i - a_i v_1| at each step."""
    return np.abs(history[:, 1:] - factors[1:] * history[:, :1]).max(axis=1)


def _outside(settings: Settings, random: Generator) -> Measured:
    """Start where v_1 + a sum v_i is below 0: outside the lemma's assumption."""
    d, c, count = settings["dimensions"][0], settings["steps_c"][0], settings["starts"]
    products, ends, growth = [], [], []
    for _ in range(count):
        factors = np.concatenate([[1.0], np.full(d - 1, random.uniform(-1.5, 1.5))])
        start = unit(random.standard_normal(d))
        start *= -np.sign(start @ factors)
        history = iterate(start, factors, np.full(settings["iterations"], c))
        size = _off_line(history, factors)
        products.append(start @ unit(factors))
        ends.append(largest(history[-1] - unit(factors)))
        growth.append(size.max() / size[0])
    # Exactly opposite to the limit nothing pulls sideways.
    factors = np.concatenate([[1.0], np.full(d - 1, 0.5)])
    small = 0.5 / np.linalg.norm(factors)
    stuck = iterate(-unit(factors), factors, np.full(settings["iterations"], small))
    found = {
        "d": d,
        "c": c,
        "starts": count,
        "share_that_converges": float((np.array(ends) < 1e-9).mean()),
        "largest_growth_on_the_way": float(max(growth)),
        "opposite_start_final_distance": largest(stuck[-1] - unit(factors)),
    }
    return found, {"cosine": np.array(products), "growth": np.array(growth)}
