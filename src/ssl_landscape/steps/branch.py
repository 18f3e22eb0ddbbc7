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

    def __init__(self, layer: Layer, scratch: Tensor, activation: type) -> None:
        """Make buffers for batches like ``scratch``, (n, m), which is for use within a call."""
        self.layer, self.scratch = layer, scratch
        self.linear = torch.empty_like(scratch)
        if layer.gain is not None:
            self.normalised = torch.empty_like(scratch)
            self.mean, self.inverse_std = (torch.empty_like(layer.gain) for _ in range(2))
        self.activation = activation(scratch)
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
            gradient = torch.ops.aten.native_batch_norm_backward.out(
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

    def __init__(self, layer: Linear, like: Tensor) -> None:
        """Make buffers for batches like ``like``, (n, m)."""
        self.layer, self.output = layer, torch.empty_like(like)
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

    def __init__(self, network: Network, scratch: Tensor, activation: Callable) -> None:
        """Make buffers for networks like ``network`` on batches like ``scratch``, (n, m)."""
        parts = _parts(network)
        encoder = len(network.layers)
        self.stages: list[EncoderPass | LinearPass] = [
            EncoderPass(layer, scratch, activation) for layer in parts[:encoder]
        ]
        self.stages += [LinearPass(linear, scratch) for linear in parts[encoder:]]
        self.representing = len(parts) - (network.predictor is not None)

    def through(self, network: Network) -> "Branch":
        """Choose the network that the view goes through."""
        for stage, part in zip(self.stages, _parts(network), strict=True):
            stage.layer = part
        return self

    def represent(self, views: Tensor) -> Tensor:
        """Map views (n, p) to representations (n, m)."""
        for stage in self.stages[: self.representing]:
            views = stage.forward(views)
        return views

    def predict(self, representations: Tensor) -> Tensor:
        """Map representations (n, m) to predictions (n, m)."""
        for stage in self.stages[self.representing :]:
            representations = stage.forward(representations)
        return representations

    def backward(self, gradient: Tensor) -> list[Tensor]:
        """Turn the gradient of the predictions, (n, m), into that of all parameters, in order.

        ``gradient`` is overwritten.
        """
        for stage in reversed(self.stages):
            gradient = stage.backward(gradient, further=stage is not self.stages[0])
        return [tensor for stage in self.stages for tensor in stage.gradients]


def _parts(network: Network) -> list[Layer | Linear]:
    linears = (network.projector, network.predictor)
    return [*network.layers, *(linear for linear in linears if linear is not None)]
