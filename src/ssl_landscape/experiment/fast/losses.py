"""Losses with their gradients in closed form.

They are called with representations (m, n) and return the loss. Its gradient in the first ones goes
to ``out``, which may be the second ones. NT-Xent is called with both views', (m, 2n), in one.
"""

import functools

import numpy as np

from ssl_landscape.experiment.fast.kernels import Array, compiled, compiled_exactly
from ssl_landscape.experiment.losses._normalise import EPSILON

LOWEST_TEMPERATURE = 1 / 75  # exp(1 / temperature) times the number of views is within float32
_ROWS = 128  # rows of similarities at a time: the exponentials stay in a core's cache


def l2(first: Array, second: Array, out: Array, *, normalise: bool = True) -> float:
    """E |u - v|^2 (Eq. 4)."""
    n = first.shape[1]
    if normalise:  # |u' - v'|^2 = |u'|^2 + |v'|^2 - 2 cos(u, v)
        cosines, directed = _cosines(first, second, out, -2 / n)
        return cosines + directed / n
    np.subtract(first, second, out=out)
    loss = np.vdot(out, out) / n
    np.multiply(out, 2 / n, out=out)
    return loss


def inner_product(first: Array, second: Array, out: Array, *, normalise: bool = False) -> float:
    """2 - 2 E <u, v> (Eq. 6)."""
    factor = -2 / first.shape[1]
    if normalise:
        return 2 + _cosines(first, second, out, factor)[0]
    loss = 2 + factor * np.vdot(first, second)
    np.multiply(second, factor, out=out)
    return loss


def negative_cosine(first: Array, second: Array, out: Array) -> float:
    """-E cos(u, v)."""
    return _cosines(first, second, out, -1 / first.shape[1])[0]


def nt_xent(both: Array, out: Array, *, temperature: float) -> float:
    """NT-Xent (Eq. 9)."""
    squares = (both * both).sum(axis=0)
    has_direction = squares > EPSILON**2
    scales = has_direction / np.sqrt(temperature * np.where(has_direction, squares, 1))
    views = both * scales
    loss = _cross_entropy(views, out)
    # Through the normalisation, what points along a view is lost.
    out -= views * (temperature * (out * views).sum(axis=0))
    out *= scales
    return loss


def _cross_entropy(views: Array, gradient: Array) -> float:
    """Return the loss of scaled views v (m, 2B), v_i and v_{i+B} partners, and its gradient.

    With E_ik = exp<v_i, v_k> off the diagonal and r = E 1, the loss is mean(log r_i -
    <v_i, v_i'>), and its gradient (1/2B) (S v - 2 v') with S_ik = E_ik (1/r_i + 1/r_k). Both
    matrices are symmetric: each block of rows is computed from its diagonal on, and serves as
    its mirror image, too.
    """
    count, blocks = views.shape[1], _memory(views.shape[1], views.dtype)
    sums = np.zeros(count, views.dtype)
    for start, block in blocks:
        np.matmul(views[:, start : start + len(block)].T, views[:, start:], out=block)
        if block.dtype == np.float32:
            _exponentiate(block)
        else:  # in tests
            np.exp(block, out=block)
        _add_sums(block, sums[start:])
    rows = np.ascontiguousarray(views.T)  # the products are faster this way round
    partners = np.roll(rows, count // 2, axis=0)
    loss = np.log(sums).mean() - np.vdot(rows, partners) / count
    inverse = 1 / (count * sums)
    gradient_rows = partners * (-2 / count)
    for start, block in blocks:
        stop = start + len(block)
        _symmetrise(block, inverse[start:])
        gradient_rows[start:stop] += block @ rows[start:]
        gradient_rows[stop:] += block[:, stop - start :].T @ rows[start:stop]
    gradient[:] = gradient_rows.T
    return loss


@functools.cache
def _memory(count: int, dtype: np.dtype) -> list[tuple[int, Array]]:
    """Return each block's first row, and the memory of its rows, with the columns from there on."""
    starts = range(0, count, _ROWS)
    return [(k, np.empty((min(_ROWS, count - k), count - k), dtype)) for k in starts]


@compiled
def _cosines(first: Array, second: Array, out: Array, factor: float) -> tuple[float, int]:
    """Return ``factor`` times the sum of all cos(u, v), and how many u and v have a direction.

    Its gradient in u is (v' - cos u') / |u|, with u' = u / |u| and v' = v / |v|; computed as
    (v - u <u, v> / |u|^2) / (|u| |v|).
    """
    m, n = first.shape
    number = first.dtype.type
    first_square, second_square, product = np.zeros((3, n), first.dtype)
    for j in range(m):
        for i in range(n):
            first_square[i] += first[j, i] * first[j, i]
            second_square[i] += second[j, i] * second[j, i]
            product[i] += first[j, i] * second[j, i]
    total, directed = 0.0, 0
    for i in range(n):
        has_first, has_second = first_square[i] > EPSILON**2, second_square[i] > EPSILON**2
        first_inverse = 1 / first_square[i] if has_first else number(0)
        second_inverse = 1 / second_square[i] if has_second else number(0)
        directed += has_first + has_second
        # The product of the roots is finite, unlike that of the inverses.
        scale = factor * (np.sqrt(first_inverse) * np.sqrt(second_inverse))
        total += product[i] * scale
        first_square[i], second_square[i] = product[i] * first_inverse, scale  # used again
    for j in range(m):
        for i in range(n):
            out[j, i] = (second[j, i] - first[j, i] * first_square[i]) * second_square[i]
    return total, directed


# ln(2) = _LN_2 + _LN_2_REST
_LOG2_E, _LN_2, _LN_2_REST = map(np.float32, (1.44269504, 355 / 512, -2.12194440e-4))
_ROUND = np.float32(1.5 * 2**23)  # added and taken away again, it rounds to an integer
# A polynomial for (e^r - 1 - r) / r^2 on |r| <= ln(2) / 2, by interpolation at Chebyshev's nodes.
_C = np.array([1.99004438e-4, 1.39345445e-3, 8.33329706e-3, 4.16664568e-2, 1 / 6, 0.5], np.float32)


@compiled_exactly
def _exponentiate(block: Array) -> None:
    """Replace each x (float32, |x| < 87) by e^x, to 1e-7; libraries' exp differ by processor."""
    for i in range(block.shape[0]):
        for j in range(block.shape[1]):
            x = block[i, j]
            n = (x * _LOG2_E + _ROUND) - _ROUND
            r = x - n * _LN_2 - n * _LN_2_REST
            tail = ((((_C[0] * r + _C[1]) * r + _C[2]) * r + _C[3]) * r + _C[4]) * r + _C[5]
            power = np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(np.float32)  # 2^n
            block[i, j] = (tail * (r * r) + r + np.float32(1)) * power


@compiled
def _add_sums(block: Array, sums: Array) -> None:
    """Empty the diagonal; add each row's sum, and the columns' to the rows of the mirror image."""
    size, count = block.shape
    columns = np.zeros(count, block.dtype)
    for i in range(size):
        block[i, i] = 0
        total = block.dtype.type(0)
        for j in range(count):
            total += block[i, j]
            columns[j] += block[i, j]
        sums[i] += total
    sums[size:] += columns[size:]


@compiled
def _symmetrise(block: Array, inverse: Array) -> None:
    """Multiply E_ik by 1/r_i + 1/r_k."""
    for i in range(block.shape[0]):
        for j in range(block.shape[1]):
            block[i, j] *= inverse[i] + inverse[j]
