"""One view's way through one network, forth and back, without autograd.

The loop takes hundreds of thousands of small steps; here each is a few dozen operations on buffers
that stay in a core's cache.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ssl_landscape.networks import Layer, Linear, Network

_EPSILON = 1e-5  # batch norm's


class EncoderPass:
    """An encoder layer on batches of one size."""

    def __init__(self, layer: Layer, inputs: Tensor, activation: type) -> None:
        """Make buffers for batches like ``inputs``, (n, p)."""
        self.layer = layer
        m = len(layer.bias)
        self.linear = inputs.new_empty(len(inputs), m)
        if layer.gain is not None:
            self.normalised = torch.empty_like(self.linear)
            self.mean, self.inverse_std = (inputs.new_empty(m) for _ in range(2))
        self.activation = activation(self.linear)
        self.gradients = [torch.empty_like(tensor) for tensor in layer.tensors().values()]

    def forward(self, inputs: Tensor) -> Tensor:
        """Map (n, p) to (n, m)."""
        layer, self.inputs = self.layer, inputs
        y = torch.mm(inputs, layer.weight.t(), out=self.linear)
        if layer.gain is not None:  # b is left out: batch norm subtracts it again
            y = torch.native_batch_norm(
                y,
                layer.gain,
                layer.shift,
                None,
                None,
                True,
                0.0,
                _EPSILON,
                out=(self.normalised, self.mean, self.inverse_std),
            )[0]
        elif self.activation.adds_bias:
            y.add_(layer.bias)
        return self.activation.forward(y, layer.bias)

    def backward(self, gradient: Tensor, further: bool) -> Tensor | None:
        """Fill ``gradients`` from the output's gradient, which is overwritten.

        Returns:
            The gradient of the inputs if ``further``.
        """
        layer, of_bias = self.layer, self.gradients[1]
        gradient = self.activation.backward(gradient, of_bias)
        if layer.gain is not None:
            gradient, of_gain, of_shift = torch.ops.aten.native_batch_norm_backward(
                gradient,
                self.linear,
                layer.gain,
                None,
                None,
                self.mean,
                self.inverse_std,
                True,
                _EPSILON,
                [True, True, True],
            )
            self.gradients[2:] = of_gain, of_shift
        elif self.activation.adds_bias:
            of_bias.add_(gradient.sum(0))
        torch.mm(gradient.t(), self.inputs, out=self.gradients[0])
        return gradient @ layer.weight if further else None


class LinearPass:
    """A projector or predictor on batches of one size."""

    def __init__(self, linear: Linear, inputs: Tensor) -> None:
        """Make buffers for batches like ``inputs``, (n, m)."""
        self.linear = linear
        self.output = inputs.new_empty(len(inputs), len(linear.bias))
        self.gradients = [torch.empty_like(tensor) for tensor in linear.tensors().values()]

    def forward(self, inputs: Tensor) -> Tensor:
        """Map (n, inputs) to (n, outputs)."""
        self.inputs = inputs
        return torch.addmm(self.linear.bias, inputs, self.linear.weight.t(), out=self.output)

    def backward(self, gradient: Tensor, further: bool) -> Tensor | None:
        """Fill ``gradients`` from the output's gradient; return that of the inputs."""
        torch.mm(gradient.t(), self.inputs, out=self.gradients[0])
        torch.sum(gradient, 0, out=self.gradients[1])
        return gradient @ self.linear.weight if further else None


class Branch:
    """A network on batches of one size: representation, prediction, gradient of all parameters."""

    def __init__(self, network: Network, views: Tensor, activation: Callable) -> None:
        """Make buffers for views like ``views``, (n, p)."""
        self.passes: list[EncoderPass | LinearPass] = []
        inputs = views
        for layer in network.layers:
            self.passes.append(EncoderPass(layer, inputs, activation))
            inputs = self.passes[-1].linear
        if network.projector:
            self.passes.append(LinearPass(network.projector, inputs))
        self.predictor = LinearPass(network.predictor, inputs) if network.predictor else None
        self.output = torch.empty_like(inputs)  # room for the gradient of the prediction

    def represent(self, views: Tensor) -> Tensor:
        """Map views (n, p) to representations (n, m)."""
        for stage in self.passes:
            views = stage.forward(views)
        return views

    def predict(self, representations: Tensor) -> Tensor:
        """Map representations (n, m) to predictions (n, m)."""
        return self.predictor.forward(representations) if self.predictor else representations

    def backward(self, gradient: Tensor) -> list[Tensor]:
        """Turn the gradient of the predictions, (n, m), into that of all parameters, in order."""
        stages = self.passes + ([self.predictor] if self.predictor else [])
        for stage in reversed(stages):
            gradient = stage.backward(gradient, further=stage is not stages[0])
        return [tensor for stage in stages for tensor in stage.gradients]
