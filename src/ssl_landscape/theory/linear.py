"""The dual linear network of Theorem 2: its population gradient descent and its closed forms."""

import numpy as np

from ssl_landscape.errors import UserError


def coefficients(
    rates: np.ndarray, decays: np.ndarray, first: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return C1_t and C2_t for t = 0 to T, by the sums and products of the closed form.

    Args:
        rates: c_0 to c_{T-1}.
        decays: lambda_0 to lambda_{T-1} (Remark 4 lets them vary).
        first: 1 for C.25, whose product over (lambda - c_i) starts at i = j + 1; 0 for the main
            text's, which starts at i = j.
    """
    steps = len(rates)
    rising = np.concatenate([[1.0], np.cumprod(decays + rates)])
    second = np.zeros(steps + 1)
    for j in range(steps):
        falling = np.cumprod(np.concatenate([[1.0], (decays - rates)[j + first :]]))
        # falling[k] multiplies k factors: at t there are t - j - first of them.
        second[j + 1 :] += rates[j] * falling[1 - first : steps - j + 1 - first] * rising[j]
    return np.concatenate([[1.0], np.cumprod(decays - rates)]), second


def check_rates(rates: np.ndarray, decays: np.ndarray) -> None:
    """Check the assumption on the step sizes, 0 < c_t < lambda_t.

    Raises:
        UserError: a step size is outside it.
    """
    if not ((rates > 0) & (rates < decays)).all():
        raise UserError(
            "theory.theorem_2: a step size breaks the assumption "
            "0 < eta_t < lambda / (2 alpha^2 (kappa + sigma_0^2))"
        )


def descend(
    starts: tuple[np.ndarray, np.ndarray],
    moment: np.ndarray,
    keep: float,
    etas: np.ndarray,
    decays: np.ndarray,
    in_turn: bool = False,
) -> np.ndarray:
    """Run population gradient descent on Eq. 13.

    Args:
        starts: W_0^o and W_0^t, (m, p).
        moment: E[x x^T], (p, p).
        keep: alpha.
        etas: step sizes.
        decays: what a weight is multiplied by in each step.
        in_turn: update W^t with the new W^o, instead of both at the same time.

    Returns:
        W_t^o for t = 0 to T, (T + 1, m, p).
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
    norms = np.linalg.norm(history, axis=(1, 2))
    return np.linalg.norm(history - formula, axis=(1, 2)) / norms


def distance_to_line(
    history: np.ndarray,
    online: np.ndarray,
    target: np.ndarray,
    rates: np.ndarray,
    decays: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the sine of the angle between W_t^o M and the line of S_0: measured and predicted.

    Predicted from W_t^o M = (prod (lambda + c) S_0 + prod (lambda - c) (W_0^o M - W_0^t M)) / 2.
    """
    line = (online + target) / np.linalg.norm(online + target)
    along = np.einsum("tij,ij->t", history, line)
    across = np.linalg.norm(history - along[:, None, None] * line, axis=(1, 2))
    ratio = np.concatenate([[1.0], np.cumprod((decays - rates) / (decays + rates))])
    other = online - target
    other_along = (other * line).sum()
    other_across = np.linalg.norm(other - other_along * line)
    straight = np.linalg.norm(online + target) + ratio * other_along
    predicted = ratio * other_across / np.hypot(straight, ratio * other_across)
    return across / np.linalg.norm(history, axis=(1, 2)), predicted


def min_max_cosine(products: np.ndarray) -> np.ndarray:
    """Return the minimum over columns j of max_i |cos| of rows of W M (Eq. 12, M orthonormal).

    Rows are normalised within the span of M: what W does to Mz.
    """
    rows = products / np.linalg.norm(products, axis=2, keepdims=True)
    return np.abs(rows).max(axis=1).min(axis=1)
