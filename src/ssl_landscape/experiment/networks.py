"""The networks of section 4.1: an encoder of one or two layers, projector and predictor."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ssl_landscape.experiment.registry import find_block


class Linear(nn.Module):
    """y = W a + b: the projector and the predictor."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)  # (outputs, inputs)
        self.bias = nn.Parameter(bias)  # (outputs,)

    def forward(self, inputs: Tensor) -> Tensor:  # (n, inputs) -> (n, outputs)
        """Apply the layer to a batch."""
        return F.linear(inputs, self.weight, self.bias)


class EncoderLayer(nn.Module):
    """W a, batch norm if any, then the activation with bias b: encoder, nonlinear projector."""

    gain: Tensor | None  # of batch norm, (m,)
    shift: Tensor | None  # (m,)

    def __init__(self, weight: Tensor, bias: Tensor, activation: Callable, batch_norm: str) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)  # (m, inputs)
        self.bias = nn.Parameter(bias)  # (m,)
        self.activation = activation
        for name, start in (("gain", torch.ones_like(bias)), ("shift", torch.zeros_like(bias))):
            if batch_norm == "trained":
                self.register_parameter(name, nn.Parameter(start))
            else:  # frozen, or none
                self.register_buffer(name, start if batch_norm == "frozen" else None)

    def forward(self, inputs: Tensor) -> Tensor:  # (n, inputs) -> (n, m)
        """Apply the layer to a batch."""
        return self.activation(F.linear(inputs, self.weight), self.bias, self.normalise)

    def normalise(self, y: Tensor) -> Tensor:  # (n, m) -> (n, m)
        """Apply batch norm with the batch's own statistics, or nothing without batch norm."""
        if self.gain is None:
            return y
        return F.batch_norm(y, None, None, self.gain, self.shift, training=True, eps=1e-5)


class Network(nn.Module):
    """An encoder, then a projector and a predictor if it has them."""

    def __init__(
        self,
        encoder: list[EncoderLayer],
        projector: Linear | EncoderLayer | None,
        predictor: Linear | None,
    ) -> None:
        super().__init__()
        self.encoder: Any = nn.Sequential(*encoder)
        self.projector = projector
        self.predictor = predictor

    @property
    def weight(self) -> nn.Parameter:
        """The encoder's W, (m, p), whose rows Eq. 12 compares with the dictionary."""
        return self.encoder[0].weight

    def represent(self, views: Tensor) -> Tensor:
        """Map views (n, p) to representations (n, m): encoder, then projector."""
        hidden = self.encoder(views)
        return self.projector(hidden) if self.projector else hidden

    def predict(self, representations: Tensor) -> Tensor:
        """Map representations (n, m) to predictions (n, m); the identity without a predictor."""
        return self.predictor(representations) if self.predictor else representations


def build_networks(
    spec: dict, count: int, dictionary: Tensor, generator: torch.Generator
) -> list[Network]:
    """Initialise the networks of a run on the CPU (section 4.2; warm start: section 5.2.2).

    Weights are N(0, 1/(pd)); after the first layer N(0, 1/inputs) or uniform within
    1/sqrt(inputs), PyTorch's default, if the spec says so. A warm-started encoder has rows
    M_*j + N(0, sigma^2 I). A nonlinear projector is a layer like the encoder's. One predictor
    serves both networks of a run: whichever learns, predicts.

    Args:
        spec: the resolved spec of the run.
        count: 2 for online and target, else 1.
        dictionary: M, (p, d).
        generator: the stream of weights.
    """
    p, d = dictionary.shape
    m, first_std = spec["neurons"], (p * d) ** -0.5
    activation = find_block("activations", spec["activation"])

    def draw(outputs: int, inputs: int, law: str = "pd") -> tuple[Tensor, Tensor]:
        limit = inputs**-0.5
        weight, bias = torch.empty(outputs, inputs), torch.zeros(outputs)  # zero: section 4.2
        if law == "uniform":
            weight.uniform_(-limit, limit, generator=generator)
        else:
            std = first_std if law == "pd" else limit
            weight = torch.randn(outputs, inputs, generator=generator) * std
        if spec["initial_bias"] == "uniform":
            bias.uniform_(-limit, limit, generator=generator)
        return weight, bias

    def layer(weight: Tensor, bias: Tensor) -> EncoderLayer:
        return EncoderLayer(weight, bias, activation, spec["batch_norm"])

    def head(kind: str) -> Any:
        make: dict[str, Callable] = {"linear": Linear, "nonlinear": layer}
        return make[kind](*draw(m, m, spec["head_weights"])) if kind != "none" else None

    encoders = []
    for _ in range(count):
        tensors = [draw(m, p)]
        if spec["warm_start"]:
            tensors = [(warm_start(spec["warm_start"], m, dictionary, generator), tensors[0][1])]
        tensors += [draw(m, m, spec["second_layer_weights"]) for _ in range(spec["layers"] - 1)]
        encoders.append([layer(*pair) for pair in tensors])
    projectors = [head(spec["projector"]) for _ in encoders]
    predictor = head(spec["predictor"])
    return [Network(*parts, predictor) for parts in zip(encoders, projectors, strict=True)]


def warm_start(settings: dict, m: int, dictionary: Tensor, generator: torch.Generator) -> Tensor:
    """Return W (m, p) with rows M_*j(i) + N(0, sigma^2 I).

    j(i) is i mod d (``in_order``: W = M' + noise if m = d, as in Assumption 2), a random
    permutation of that (``balanced``), or drawn anew for each row (``with_replacement``).
    """
    p, d = dictionary.shape
    if settings["columns"] == "in_order":
        columns = torch.arange(m) % d
    elif settings["columns"] == "balanced":
        columns = torch.arange(m)[torch.randperm(m, generator=generator)] % d
    else:
        columns = torch.randint(d, (m,), generator=generator)
    noise = torch.randn(m, p, generator=generator)
    return dictionary.T[columns] + settings["sigma"] * noise
