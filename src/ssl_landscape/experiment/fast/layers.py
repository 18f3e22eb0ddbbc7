"""Forward and backward pass of one view through one network, without autograd.

Hundreds of thousands of small steps are taken: each pass keeps its arrays, and everything but the
matrix products is a compiled loop. A batch of n samples is (p, n) here, and so is what follows from
it: loops over samples are the long ones, which fill a processor's vectors.
"""

from typing import Any

import numpy as np

from ssl_landscape.experiment.fast.activations import identity
from ssl_landscape.experiment.fast.kernels import Array, array_of, compiled
from ssl_landscape.experiment.networks import Network


class LayerPass:
    """A layer on batches of one size; a linear projector or predictor has no activation."""

    def __init__(self, layer: Any, n: int, activation: Any, learns: bool) -> None:
        """Prepare for batches of ``n``; only a pass that ``learns`` can go backward."""
        self.weight, self.bias = array_of(layer.weight), array_of(layer.bias)
        self.gradients = [np.zeros_like(array_of(tensor)) for tensor in layer.parameters()]
        self.activation, self.gain = activation, None
        self.linear = np.empty((len(self.weight), n), self.weight.dtype)
        self.y = self.linear
        if getattr(layer, "gain", None) is not None:
            self.gain, self.shift = array_of(layer.gain), array_of(layer.shift)
            # Of gain and shift; frozen ones are no parameters.
            self.of_norm = self.gradients[2:] or [np.empty_like(self.gain) for _ in range(2)]
            self.statistics = np.empty((2, len(self.gain)), self.gain.dtype)  # mean, 1 / std
            self.y = np.empty_like(self.linear) if learns else self.linear
        keeps_y = learns and not activation.in_place
        self.output = np.empty_like(self.y) if keeps_y else self.y

    def forward(self, inputs: Array) -> Array:
        """Map (p, n) to (m, n)."""
        self.inputs = inputs
        np.matmul(self.weight, inputs, out=self.linear)
        if self.gain is not None:  # b is left out: batch norm subtracts it again
            _normalise(self.linear, self.gain, self.shift, self.statistics, self.y)
        elif self.activation.adds_bias:
            _add_bias(self.linear, self.bias)
        self.activation.forward(self.y, self.bias, self.output)
        return self.output

    def backward(self, gradient: Array, further: bool) -> Array:
        """Fill ``gradients`` from the output's gradient, which is overwritten.

        Returns:
            The gradient of the inputs if ``further``.
        """
        of_weight, of_bias = self.gradients[:2]
        of_bias[:] = 0
        self.activation.backward(gradient, self.y, self.bias, of_bias)
        if self.gain is not None:
            _normalise_backward(gradient, self.linear, self.gain, self.statistics, *self.of_norm)
        elif self.activation.adds_bias:
            _add_sums(gradient, of_bias)
        np.matmul(gradient, self.inputs.T, out=of_weight)
        return self.weight.T @ gradient if further else gradient


class Layers:
    """All layers of a network on batches of one size."""

    def __init__(self, network: Network, n: int, activation: Any, learns: bool) -> None:
        """Prepare passes through ``network``, whose tensors must stay where they are.

        Args:
            network: the network.
            n: size of the batches.
            activation: the fast form of the network's activation.
            learns: whether the pass goes backward, too.
        """
        self.network = network
        heads = [part for part in (network.projector, network.predictor) if part]
        self.passes = [
            LayerPass(layer, n, activation if hasattr(layer, "activation") else identity, learns)
            for layer in (*network.encoder, *heads)
        ]
        count = len(self.passes) - (network.predictor is not None)
        self.representation, self.prediction = self.passes[:count], self.passes[count:]

    def represent(self, views: Array) -> Array:
        """Map views (p, n) to representations (m, n)."""
        for layer in self.representation:
            views = layer.forward(views)
        return views

    def predict(self, representations: Array) -> Array:
        """Map representations (m, n) to predictions (m, n)."""
        for layer in self.prediction:
            representations = layer.forward(representations)
        return representations

    def backward(self, gradient: Array) -> list[Array]:
        """Turn the gradient of the predictions, (m, n), into that of all parameters, in order.

        ``gradient`` is overwritten.
        """
        for layer in reversed(self.passes):
            gradient = layer.backward(gradient, further=layer is not self.passes[0])
        return [of_parameter for layer in self.passes for of_parameter in layer.gradients]


@compiled
def _add_bias(y: Array, bias: Array) -> None:
    for j in range(y.shape[0]):
        for i in range(y.shape[1]):
            y[j, i] += bias[j]


@compiled
def _add_sums(gradient: Array, sums: Array) -> None:
    for j in range(gradient.shape[0]):
        total = gradient.dtype.type(0)
        for i in range(gradient.shape[1]):
            total += gradient[j, i]
        sums[j] += total


@compiled
def _normalise(y: Array, gain: Array, shift: Array, statistics: Array, out: Array) -> None:
    """Batch norm: write gain (y - mean) / std + shift, and the statistics of each neuron."""
    m, n = y.shape
    number = y.dtype.type
    for j in range(m):
        total, squares = number(0), number(0)
        for i in range(n):
            total += y[j, i]
        mean = number(total / n)
        for i in range(n):
            squares += (y[j, i] - mean) * (y[j, i] - mean)
        inverse_std = number(1 / np.sqrt(squares / n + 1e-5))
        statistics[0, j], statistics[1, j] = mean, inverse_std
        slope, start = inverse_std * gain[j], shift[j]
        for i in range(n):
            out[j, i] = (y[j, i] - mean) * slope + start


@compiled
def _normalise_backward(
    gradient: Array, y: Array, gain: Array, statistics: Array, of_gain: Array, of_shift: Array
) -> None:
    """Turn the gradient of batch norm's output into that of y, in place."""
    m, n = y.shape
    number = y.dtype.type
    for j in range(m):
        mean, inverse_std = statistics[0, j], statistics[1, j]
        total, products = number(0), number(0)
        for i in range(n):
            total += gradient[j, i]
            products += gradient[j, i] * (y[j, i] - mean)
        of_shift[j], of_gain[j] = total, products * inverse_std
        constant = number(total / n)
        slope = number(products * inverse_std * inverse_std / n)
        factor = gain[j] * inverse_std
        for i in range(n):
            along = (y[j, i] - mean) * slope
            gradient[j, i] = (gradient[j, i] - constant - along) * factor
