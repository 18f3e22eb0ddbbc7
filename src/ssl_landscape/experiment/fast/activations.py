"""Activations with their gradients written out, on y = Wa, or Wa + b if ``adds_bias``.

``forward(y, bias, out)`` maps y, (m, n), to the layer's output, which replaces y if ``in_place``.
``backward(gradient, y, bias, of_bias)`` takes the output's gradient and y (or its replacement): it
turns the gradient into that of y, and adds to ``of_bias`` what does not reach b through y.
"""

from ssl_landscape.experiment.fast.kernels import Array, compiled


class identity:
    """y."""

    adds_bias = in_place = True

    @staticmethod
    def forward(y: Array, bias: Array, out: Array) -> None:
        """Leave y as it is."""

    @staticmethod
    def backward(gradient: Array, y: Array, bias: Array, of_bias: Array) -> None:
        """Leave the gradient as it is."""


class relu:
    """ReLU(y)."""

    adds_bias = in_place = True

    @staticmethod
    @compiled
    def forward(y: Array, bias: Array, out: Array) -> None:
        """Write ReLU(y)."""
        zero = y.dtype.type(0)
        for j in range(y.shape[0]):
            for i in range(y.shape[1]):
                out[j, i] = y[j, i] if y[j, i] > zero else zero

    @staticmethod
    @compiled
    def backward(gradient: Array, y: Array, bias: Array, of_bias: Array) -> None:
        """Keep the gradient where the output is positive."""
        zero = y.dtype.type(0)
        for j in range(y.shape[0]):
            for i in range(y.shape[1]):
                gradient[j, i] = gradient[j, i] if y[j, i] > zero else zero


class symmetric_relu:
    """ReLU(y - b) - ReLU(-b - y) (Eq. 14)."""

    adds_bias = in_place = False

    @staticmethod
    def forward(y: Array, bias: Array, out: Array) -> None:
        """Write both branches' difference."""
        _two_branches(y, bias, -bias, out)

    @staticmethod
    def backward(gradient: Array, y: Array, bias: Array, of_bias: Array) -> None:
        """Add the branches' gradients; b's own is that of the lower minus that of the upper one."""
        _two_branches_backward(gradient, y, bias, -bias, -1, 1, of_bias)


class symmetric_relu_released:
    """ReLU(y) - ReLU(2b - y)."""

    adds_bias, in_place = True, False

    @staticmethod
    def forward(y: Array, bias: Array, out: Array) -> None:
        """Write both branches' difference."""
        _two_branches(y, 0 * bias, 2 * bias, out)

    @staticmethod
    def backward(gradient: Array, y: Array, bias: Array, of_bias: Array) -> None:
        """Add the branches' gradients; b's own is -2 times that of the lower one."""
        _two_branches_backward(gradient, y, 0 * bias, 2 * bias, 0, -2, of_bias)


@compiled
def _two_branches(y: Array, start: Array, stop: Array, out: Array) -> None:
    """Write ReLU(y - start) - ReLU(stop - y)."""
    zero = y.dtype.type(0)
    for j in range(y.shape[0]):
        above, below = start[j], stop[j]
        for i in range(y.shape[1]):
            upper, lower = y[j, i] - above, below - y[j, i]
            out[j, i] = (upper if upper > zero else zero) - (lower if lower > zero else zero)


@compiled
def _two_branches_backward(
    gradient: Array, y: Array, start: Array, stop: Array, of_upper: int, of_lower: int, sums: Array
) -> None:
    """Take the gradient back to y; add to ``sums`` each branch's, times its factor."""
    zero = y.dtype.type(0)
    for j in range(y.shape[0]):
        above, below, all_upper, all_lower = start[j], stop[j], zero, zero
        for i in range(y.shape[1]):
            upper = gradient[j, i] if y[j, i] > above else zero
            lower = gradient[j, i] if y[j, i] < below else zero
            gradient[j, i] = upper + lower
            all_upper += upper
            all_lower += lower
        sums[j] += of_upper * all_upper + of_lower * all_lower
