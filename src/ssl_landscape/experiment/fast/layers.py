"""Forward and backward pass of one view through one network, without autograd.

The loop takes hundreds of thousands of small steps; here each is a few dozen operations on memory
that stays in a core's cache.
"""

import torch
from torch import Tensor

from ssl_landscape.experiment.fast.workspace import Place
from ssl_landscape.experiment.networks import EncoderLayer, Linear, Network

_EPSILON = 1e-5  # batch norm's
_batch_norm_backward = torch.ops.aten.native_batch_norm_backward.default  # .out copies


class EncoderPass:
    """An encoder layer on batches of one size."""

    def __init__(self, layer: EncoderLayer, place: Place, activation: type) -> None:
        """Take memory from ``place``."""
        self.weight, self.transposed, self.bias = layer.weight, layer.weight.t(), layer.bias
        self.gain, self.shift = layer.gain, layer.shift
        self.linear = place.new() if self.gain is None else place.kept()
        if self.gain is not None:
            self.normalised = place.new()
            self.mean, self.inverse_std = (torch.empty_like(self.gain) for _ in range(2))
            self.outputs = (self.normalised, self.mean, self.inverse_std)
        self.activation = activation(place, layer.bias)
        self.gradients = [torch.empty_like(tensor) for tensor in layer.parameters()]

    def forward(self, inputs: Tensor) -> Tensor:
        """Map (n, p) to (n, m)."""
        self.inputs = inputs
        y = torch.mm(inputs, self.transposed, out=self.linear)
        if self.gain is not None:  # b is left out: batch norm subtracts it again
            y, _, _ = torch.native_batch_norm(
                y, self.gain, self.shift, None, None, True, 0.0, _EPSILON, out=self.outputs
            )
        elif self.activation.adds_bias:
            y.add_(self.bias)
        return self.activation.forward(y)

    def backward(self, gradient: Tensor, further: bool) -> Tensor | None:
        """Fill ``gradients`` from the output's gradient, which is overwritten.

        Returns:
            The gradient of the inputs if ``further``.
        """
        of_bias = self.gradients[1]
        gradient = self.activation.backward(gradient, of_bias)
        if self.gain is not None:
            gradient, *self.gradients[2:] = _batch_norm_backward(
                gradient,
                self.linear,
                self.gain,
                None,
                None,
                self.mean,
                self.inverse_std,
                True,
                _EPSILON,
                [True, True, True],
            )
        elif self.activation.adds_bias:
            of_bias.add_(gradient.sum(0))
        torch.mm(gradient.t(), self.inputs, out=self.gradients[0])
        return gradient @ self.weight if further else None


class LinearPass:
    """A projector or predictor on batches of one size."""

    def __init__(self, layer: Linear, place: Place) -> None:
        """Take memory from ``place``."""
        self.weight, self.transposed, self.bias = layer.weight, layer.weight.t(), layer.bias
        self.output = place.new()
        self.gradients = [torch.empty_like(tensor) for tensor in layer.parameters()]

    def forward(self, inputs: Tensor) -> Tensor:
        """Map (n, inputs) to (n, outputs)."""
        self.inputs = inputs
        return torch.addmm(self.bias, inputs, self.transposed, out=self.output)

    def backward(self, gradient: Tensor, further: bool) -> Tensor | None:
        """Fill ``gradients`` from the output's gradient; return that of the inputs."""
        torch.mm(gradient.t(), self.inputs, out=self.gradients[0])
        torch.sum(gradient, 0, out=self.gradients[1])
        return gradient @ self.weight if further else None


class Layers:
    """All layers of a network on batches of one size."""

    def __init__(self, network: Network, place: Place, activation: type) -> None:
        """Prepare passes through ``network``, whose tensors must stay where they are.

        Args:
            network: the network.
            place: where the tensors go.
            activation: the fast form of the network's activation.
        """
        self.scratch = place.scratch
        self.representation: list[EncoderPass | LinearPass] = [
            EncoderPass(layer, place, activation) for layer in network.encoder
        ]
        if network.projector:
            self.representation.append(LinearPass(network.projector, place))
        self.prediction = [LinearPass(network.predictor, place)] if network.predictor else []
        self.passes = [*self.representation, *self.prediction]

    def represent(self, views: Tensor) -> Tensor:
        """Map views (n, p) to representations (n, m)."""
        for layer in self.representation:
            views = layer.forward(views)
        return views

    def predict(self, representations: Tensor) -> Tensor:
        """Map representations (n, m) to predictions (n, m)."""
        for layer in self.prediction:
            representations = layer.forward(representations)
        return representations

    def backward(self, gradient: Tensor) -> list[Tensor]:
        """Turn the gradient of the predictions, (n, m), into that of all parameters, in order.

        ``gradient`` is overwritten.
        """
        for layer in reversed(self.passes):
            gradient = layer.backward(gradient, further=layer is not self.passes[0])  # type: ignore[assignment]
        return [tensor for layer in self.passes for tensor in layer.gradients]
