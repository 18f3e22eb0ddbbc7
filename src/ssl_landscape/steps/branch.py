"""One view's way through one network, forth and back, without autograd.

The loop takes hundreds of thousands of small steps; here each is a few dozen operations on buffers
that stay in a core's cache.
"""

import torch
from torch import Tensor

from ssl_landscape.networks import Layer, Linear, Network
from ssl_landscape.steps.buffers import Place

_EPSILON = 1e-5  # batch norm's
_batch_norm_backward = torch.ops.aten.native_batch_norm_backward.out


class EncoderPass:
    """An encoder layer on batches of one size."""

    def __init__(self, layer: Layer, place: Place, activation: type) -> None:
        """Take buffers from ``place``."""
        self.layer, self.scratch = layer, place.scratch
        self.linear = place.new() if layer.gain is None else place.kept()
        if layer.gain is not None:
            self.normalised = place.new()
            self.mean, self.inverse_std = (torch.empty_like(layer.gain) for _ in range(2))
        self.activation = activation(place)
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
            gradient = _batch_norm_backward(
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
                out0=self.scratch,
                out1=self.gradients[2],
                out2=self.gradients[3],
            )[0]
        elif self.activation.adds_bias:
            of_bias.add_(gradient.sum(0))
        torch.mm(gradient.t(), self.inputs, out=self.gradients[0])
        return gradient @ layer.weight if further else None


class LinearPass:
    """A projector or predictor on batches of one size."""

    def __init__(self, layer: Linear, place: Place) -> None:
        """Take a buffer from ``place``."""
        self.layer, self.output = layer, place.new()
        self.gradients = [torch.empty_like(tensor) for tensor in layer.tensors().values()]

    def forward(self, inputs: Tensor) -> Tensor:
        """Map (n, inputs) to (n, outputs)."""
        self.inputs = inputs
        return torch.addmm(self.layer.bias, inputs, self.layer.weight.t(), out=self.output)

    def backward(self, gradient: Tensor, further: bool) -> Tensor | None:
        """Fill ``gradients`` from the output's gradient; return that of the inputs."""
        torch.mm(gradient.t(), self.inputs, out=self.gradients[0])
        torch.sum(gradient, 0, out=self.gradients[1])
        return gradient @ self.layer.weight if further else None


class Branch:
    """A view's way through a network, on batches of one size.

    It belongs to the view, not to the network, so that two networks that change roles from step to
    step use the same buffers: the less memory a step goes through, the more of it is in the cache.
    """

    def __init__(self, network: Network, place: Place, activation: type) -> None:
        """Make the way through networks like ``network``.

        Args:
            network: one of the networks that the view may go through.
            place: where the tensors go.
            activation: ``ClosedForm`` of the activation's block.
        """
        encoder = len(network.layers)
        self.stages: list[EncoderPass | LinearPass] = [
            EncoderPass(layer, place, activation) for layer in network.layers
        ]
        self.stages += [LinearPass(linear, place) for linear in network.parts[encoder:]]
        representing = len(self.stages) - (network.predictor is not None)
        self.representation = self.stages[:representing]
        self.prediction = self.stages[representing:]
        self.gradients = [tensor for stage in self.stages for tensor in stage.gradients]

    def through(self, network: Network) -> "Branch":
        """Choose the network that the view goes through."""
        for stage, part in zip(self.stages, network.parts, strict=True):
            stage.layer = part
        return self

    def represent(self, views: Tensor) -> Tensor:
        """Map views (n, p) to representations (n, m)."""
        for stage in self.representation:
            views = stage.forward(views)
        return views

    def predict(self, representations: Tensor) -> Tensor:
        """Map representations (n, m) to predictions (n, m)."""
        for stage in self.prediction:
            representations = stage.forward(representations)
        return representations

    def backward(self, gradient: Tensor) -> list[Tensor]:
        """Turn the gradient of the predictions, (n, m), into that of all parameters, in order.

        ``gradient`` is overwritten.
        """
        for stage in reversed(self.stages):
            gradient = stage.backward(gradient, further=stage is not self.stages[0])
        return self.gradients
