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
    """One layer of the encoder: W a, batch norm if any, then the activation with bias b."""

    def __init__(
        self, weight: Tensor, bias: Tensor, activation: Callable, batch_norm: bool
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)  # (m, inputs)
        self.bias = nn.Parameter(bias)  # (m,)
        self.gain = nn.Parameter(torch.ones_like(bias)) if batch_norm else None  # (m,)
        self.shift = nn.Parameter(torch.zeros_like(bias)) if batch_norm else None  # (m,)
        self.activation = activation

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
        self, encoder: list[EncoderLayer], projector: Linear | None, predictor: Linear | None
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

    Weights are N(0, 1/(pd)), after the first layer N(0, 1/m) if the spec says so; a warm-started
    encoder has rows M_*j + N(0, sigma^2 I). One predictor serves both networks of an alternating
    run: whichever learns, predicts.

    Args:
        spec: the resolved spec of the run.
        count: 2 for online and target, else 1.
        dictionary: M, (p, d).
        generator: the stream of weights.
    """
    p, d = dictionary.shape
    m, first_std = spec["neurons"], (p * d) ** -0.5
    later_std = first_std if spec["later_weights"] == "pd" else m**-0.5
    activation = find_block("activations", spec["activation"])

    def draw(outputs: int, inputs: int, std: float) -> tuple[Tensor, Tensor]:
        weight = torch.randn(outputs, inputs, generator=generator) * std
        bias = torch.zeros(outputs)  # section 4.2
        if spec["initial_bias"] == "uniform":  # PyTorch's default
            bias.uniform_(-(inputs**-0.5), inputs**-0.5, generator=generator)
        return weight, bias

    encoders = []
    for _ in range(count):
        tensors = [draw(m, p, first_std)]
        if spec["warm_start"]:
            tensors = [(warm_start(spec["warm_start"], m, dictionary, generator), tensors[0][1])]
        tensors += [draw(m, m, later_std) for _ in range(spec["layers"] - 1)]
        encoders.append([EncoderLayer(*pair, activation, spec["batch_norm"]) for pair in tensors])
    has_projector, has_predictor = (spec[part] == "linear" for part in ("projector", "predictor"))
    projectors = [Linear(*draw(m, m, later_std)) if has_projector else None for _ in encoders]
    predictor = Linear(*draw(m, m, later_std)) if has_predictor else None
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
