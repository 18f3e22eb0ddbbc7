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

import itertools

import numpy as np
from numpy.random import Generator

from ssl_landscape.theory.measurement import Measured, Pair, Settings, Streams, largest, normalise


def measure(settings: Settings, stream: Streams) -> Measured:
    """Compute all quantities of Theorem 2 from ``theory.theorem_2``."""
    runs, curves = [], {}
    for shape, kind in itertools.product(settings["shapes"], settings["schedules"]):
        name = "{m}x{p}x{d} {kind}".format(**shape, kind=kind)
        run, curves[name] = _run(settings, shape, kind, stream(name))
        runs.append(run)
    return {"runs": runs}, {"runs": curves}


def _schedule(kind: str, steps: int, random: Generator) -> np.ndarray:
    """Return step sizes, relative to the largest."""
    time = np.arange(steps) / steps
    return {
        "constant": np.ones(steps),
        "decaying": 1 / (1 + 10 * time),
        "cyclic": 0.55 + 0.45 * np.cos(8 * np.pi * time),
        "random": random.uniform(0.05, 1, steps),
    }[kind]


def _run(settings: Settings, shape: dict[str, int], kind: str, random: Generator) -> Measured:
    m, p, d = (shape[key] for key in "mpd")
    steps, keep, decay = settings["steps"], settings["keep"], settings["decay"]
    dictionary = np.linalg.qr(random.standard_normal((p, d)))[0]
    starts = tuple(random.normal(0, (p * d) ** -0.5, (2, m, p)))
    strength = 2 * keep**2 * (settings["kappa"] + settings["noise"] ** 2)
    etas = settings["fraction"] * _schedule(kind, steps, random) * decay / strength
    rates, decays = strength * etas, np.full(steps, decay)
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
    off, predicted = distance_to_line(ours, (online, target), rates, decays)
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
    return run, {"errors": errors, "distance": off, "predicted": predicted, "quality": quality}


def coefficients(rates: np.ndarray, decays: np.ndarray, first: int = 1) -> Pair:
    """Return C1_t and C2_t for t = 0 to T, by the sums and products of the closed form.

    ``rates`` are c_t, ``decays`` lambda_t (Remark 4 lets them vary), with 0 < c_t < lambda_t.
    ``first`` is 1 for C.25, whose product over (lambda - c_i) starts at i = j + 1, and 0 for the
    main text's, which starts at i = j.
    """
    steps = len(rates)
    rising = np.concatenate([[1.0], np.cumprod(decays + rates)])
    second = np.zeros(steps + 1)
    for j in range(steps):
        falling = np.cumprod(np.concatenate([[1.0], (decays - rates)[j + first :]]))
        # falling[k] multiplies k factors: at t there are t - j - first of them.
        second[j + 1 :] += rates[j] * falling[1 - first : steps - j + 1 - first] * rising[j]
    return np.concatenate([[1.0], np.cumprod(decays - rates)]), second


def descend(
    starts: Pair,
    moment: np.ndarray,
    keep: float,
    etas: np.ndarray,
    decays: np.ndarray,
    in_turn: bool = False,
) -> np.ndarray:
    """Run population gradient descent on Eq. 13 from W_0^o and W_0^t, (m, p).

    ``moment`` is E[x x^T]; with ``in_turn``, W^t is updated with the new W^o, instead of both at
    the same time. Returns W_t^o for t = 0 to T, (T + 1, m, p).
    """
    online, target = starts
    history = [online]
    for eta, decay in zip(etas, decays, strict=True):
        new = decay * online + 2 * eta * keep**2 * target @ moment
        target = decay * target + 2 * eta * keep**2 * (new if in_turn else online) @ moment
        online = new
        history.append(online)
    return np.array(history)


def relative_errors(history: np.ndarray, formula: np.ndarray) -> np.ndarray:
    """Return the Frobenius norm of the difference, relative to the history's, at each step."""
    return np.linalg.norm(history - formula, axis=(1, 2)) / np.linalg.norm(history, axis=(1, 2))


def distance_to_line(
    history: np.ndarray, starts: Pair, rates: np.ndarray, decays: np.ndarray
) -> Pair:
    """Return the sine of the angle between W_t^o M and the line of S_0: measured and predicted.

    Predicted from W_t^o M = (prod (lambda + c) S_0 + prod (lambda - c) (W_0^o M - W_0^t M)) / 2;
    ``starts`` are W_0^o M and W_0^t M.
    """
    total, other = starts[0] + starts[1], starts[0] - starts[1]
    line = total / np.linalg.norm(total)
    along = np.einsum("tij,ij->t", history, line)
    across = np.linalg.norm(history - along[:, None, None] * line, axis=(1, 2))
    ratio = np.concatenate([[1.0], np.cumprod((decays - rates) / (decays + rates))])
    other_along = (other * line).sum()
    other_across = np.linalg.norm(other - other_along * line)
    straight = np.linalg.norm(total) + ratio * other_along
    predicted = ratio * other_across / np.hypot(straight, ratio * other_across)
    return across / np.linalg.norm(history, axis=(1, 2)), predicted


def min_max_cosine(products: np.ndarray) -> np.ndarray:
    """Return the minimum over columns j of max_i |cos| of rows of W M (Eq. 12, M orthonormal).

    Rows are normalised within the span of M: what W does to Mz.
    """
    return np.abs(normalise(products, 2)).max(axis=1).min(axis=1)
