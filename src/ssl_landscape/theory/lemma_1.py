"""Lemma 1: the proportional update with normalisation (appendix D).

Claim. v <- normalise(v + c_t (1, a, .., a)) converges to (1, a, .., a) / sqrt(1 + (d - 1) a^2); in
every step each |v_i - a v_1| shrinks by a factor of at most (D.31)
    gamma = 1 / sqrt(1 + (1 + (d - 1) a^2) c^2).

Assumptions: c_t > c > 0 for all t, ||v|| = 1 and v_1 + a (v_2 + .. + v_d) > 0 at the start (D.30).

Theorem 3 uses it with another factor in each entry, a Delta_ij (C.29): the update here is
v + c_t w with any w = (1, a_2, .., a_d); the lemma's is a_i = a.
"""

from typing import Any

import numpy as np

from ssl_landscape.errors import UserError
from ssl_landscape.theory.measurement import Measurement, largest, stream

NAME = "lemma_1"


def fixed_point(factors: np.ndarray) -> np.ndarray:
    """Return the limit for w = (1, a_2, .., a_d): w / ||w||."""
    return factors / np.linalg.norm(factors)


def gamma(factors: np.ndarray, smallest: float) -> float:
    """Return the proof's bound on the factor of one step, 1 / sqrt(1 + ||w||^2 c^2) (D.31)."""
    return float(1 / np.sqrt(1 + (factors @ factors) * smallest**2))


def rate(factors: np.ndarray, step: float) -> float:
    """Return the factor that a step approaches near the limit, 1 / (1 + ||w|| c)."""
    return float(1 / (1 + np.linalg.norm(factors) * step))


def check_start(start: np.ndarray, factors: np.ndarray, steps: np.ndarray) -> None:
    """Check the lemma's assumptions.

    Raises:
        UserError: names the one that does not hold.
    """
    if not np.isclose(start @ start, 1, rtol=0, atol=1e-12):
        raise UserError("lemma 1: the start has to be a unit vector")
    if not start @ factors > 0:
        raise UserError("lemma 1: the start breaks the assumption v_1 + a (v_2 + .. + v_d) > 0")
    if not steps.min() > 0:
        raise UserError("lemma 1: every c_t has to be above 0")


def iterate(start: np.ndarray, factors: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Run the update; return v at t = 0 to T, (T + 1, d)."""
    history = [start]
    for step in steps:
        moved = history[-1] + step * factors
        history.append(moved / np.linalg.norm(moved))
    return np.array(history)


def measure(settings: dict[str, Any], seed: int) -> Measurement:
    """Compute all quantities of Lemma 1 (``theory.lemma_1`` and ``theory.seed``)."""
    cases, curves = [], {}
    for kind in ("lemma", "theorem_3"):
        for d in settings["dimensions"]:
            for c in settings["steps_c"]:
                case, curve = _case(settings, kind, d, c, stream(NAME, seed, f"{kind}-{d}-{c}"))
                cases.append(case)
                curves[kind, d, c] = curve
    outside, starts = _outside(settings, stream(NAME, seed, "outside"))
    return Measurement({"cases": cases, "outside": outside}, {"cases": curves, "outside": starts})


def _case(settings: dict[str, Any], kind: str, d: int, c: float, random: Any) -> tuple:
    """Follow random starts that meet the assumptions, each with its own factors."""
    ratios, finals, printed_error, deviation = [], [], [], []
    bound, slowest, near, speeds, last_ratios = 0.0, 1.0, [], [], []
    for _ in range(settings["starts"]):
        a = random.uniform(-1.5, 1.5) if kind == "lemma" else random.uniform(-1.5, 1.5, d - 1)
        factors = np.concatenate([[1.0], np.full(d - 1, a)])
        start = _unit(random.standard_normal(d))
        start *= np.sign(start @ factors)
        # Above c, as the lemma wants, and never the same twice.
        steps = c * (1 + settings["variation"] * random.random(settings["iterations"]))
        check_start(start, factors, steps)
        history = iterate(start, factors, steps)
        off = history[:, 1:] - factors[1:] * history[:, :1]
        size = np.abs(off).max(axis=1)
        seen = size[:-1] > 1e-9  # below, rounding decides
        ratio = size[1:][seen] / size[:-1][seen]
        ratios.append(ratio / gamma(factors, c))
        last = np.flatnonzero(seen)[-1]
        near.append(ratio[-1] / rate(factors, steps[last]) - 1)
        speeds.append(steps[last] * np.linalg.norm(factors))
        last_ratios.append(ratio[-1])
        finals.append(largest(history[-1] - fixed_point(factors)))
        printed_error.append(_printed_numerator_error(history, factors, steps))
        deviation.append(size)
        if gamma(factors, c) > bound:
            bound, slowest = gamma(factors, c), rate(factors, c)
    case = {
        "factors": kind,
        "d": d,
        "c": c,
        "starts": settings["starts"],
        "largest_final_distance": largest(finals),
        "largest_ratio_over_gamma": float(max(r.max() for r in ratios)),
        "largest_gamma": bound,
        "rate_at_largest_gamma": slowest,
        "largest_error_of_last_ratio": largest(near),
        "largest_error_of_printed_numerator": largest(printed_error),
    }
    curve = {"size": np.array(deviation), "largest_gamma": bound}
    return case, curve | {"speed": np.array(speeds), "ratio": np.array(last_ratios)}


def _printed_numerator_error(
    history: np.ndarray, factors: np.ndarray, steps: np.ndarray
) -> np.ndarray:
    """Hold the proof's numerator of (D.30) after a step against the one computed.

    Printed: v_1 + a sum v_i + (d - 1) a^2 c; the c that v_1 gains is lost.
    """
    before = history[:-1] @ factors
    computed = (history[:-1] + steps[:, None] * factors) @ factors
    return (before + (factors @ factors - 1) * steps - computed) / steps


def _outside(settings: dict[str, Any], random: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Start where v_1 + a sum v_i is below 0: outside the lemma's assumption."""
    d, c, count = settings["dimensions"][0], settings["steps_c"][0], settings["starts"]
    products, ends, growth = [], [], []
    for _ in range(count):
        factors = np.concatenate([[1.0], np.full(d - 1, random.uniform(-1.5, 1.5))])
        start = _unit(random.standard_normal(d))
        start *= -np.sign(start @ factors)
        steps = np.full(settings["iterations"], c)
        history = iterate(start, factors, steps)
        size = np.abs(history[:, 1:] - factors[1:] * history[:, :1]).max(axis=1)
        products.append(start @ fixed_point(factors))
        ends.append(largest(history[-1] - fixed_point(factors)))
        growth.append(size.max() / size[0])
    # Exactly opposite to the limit nothing pulls sideways.
    factors = np.concatenate([[1.0], np.full(d - 1, 0.5)])
    small = 0.5 / np.linalg.norm(factors)
    stuck = iterate(-fixed_point(factors), factors, np.full(settings["iterations"], small))
    found = {
        "d": d,
        "c": c,
        "starts": count,
        "share_that_converges": float((np.array(ends) < 1e-9).mean()),
        "largest_growth_on_the_way": float(max(growth)),
        "opposite_start_final_distance": largest(stuck[-1] - fixed_point(factors)),
    }
    return found, {"cosine": np.array(products), "growth": np.array(growth)}


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
