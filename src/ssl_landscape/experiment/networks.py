"""The encoders of section 4.1, with optional projector and predictor, as plain tensors."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn.functional import linear

from ssl_landscape.experiment.registry import find_block


@dataclass(eq=False)
class Linear:
    """y = W x + b; the predictor and the projector (section 4.1)."""

    weight: Tensor  # (outputs, inputs)
    bias: Tensor  # (outputs,)

    def __call__(self, inputs: Tensor) -> Tensor:  # (n, inputs) -> (n, outputs)
        """Apply the layer to a batch."""
        return linear(inputs, self.weight, self.bias)

    def tensors(self) -> dict[str, Tensor]:
        """Return the trained tensors by name."""
        return {"weight": self.weight, "bias": self.bias}


@dataclass(eq=False)
class Layer:
    """One encoder layer: W a, batch norm if any, activation with bias b."""

    weight: Tensor  # (m, inputs)
    bias: Tensor  # (m,)
    activation: Callable
    gain: Tensor | None = None  # (m,), batch norm's scale; None: no batch norm
    shift: Tensor | None = None  # (m,), batch norm's offset

    def __call__(self, inputs: Tensor) -> Tensor:  # (n, inputs) -> (n, m)
        """Apply the layer to a batch."""
        return self.activation(linear(inputs, self.weight), self.bias, self._normalise)

    def tensors(self) -> dict[str, Tensor]:
        """Return the trained tensors by name."""
        batch_norm = {} if self.gain is None else {"gain": self.gain, "shift": self.shift}
        return {"weight": self.weight, "bias": self.bias, **batch_norm}

    def _normalise(self, y: Tensor) -> Tensor:
        if self.gain is None:
            return y
        # Statistics are always the batch's own; nothing is ever evaluated with running ones.
        return torch.batch_norm(y, self.gain, self.shift, None, None, True, 0.0, 1e-5, False)


@dataclass(eq=False)
class Network:
    """An encoder of one or two layers, then a projector and a predictor if it has them."""

    layers: list[Layer]
    projector: Linear | None = None
    predictor: Linear | None = None
    parts: list[Layer | Linear] = field(init=False)  # in the order of a sample's way
    parameters: list[Tensor] = field(init=False)

    def __post_init__(self) -> None:
        linears = (self.projector, self.predictor)
        self.parts = [*self.layers, *(linear for linear in linears if linear is not None)]
        self.parameters = [tensor.requires_grad_() for _, tensor in self.named_tensors()]

    @property
    def weight(self) -> Tensor:
        """The encoder's W, (m, p), whose rows Eq. 12 compares with the dictionary."""
        return self.layers[0].weight

    def represent(self, views: Tensor) -> Tensor:
        """Map views (n, p) to representations (n, m): encoder, then projector."""
        for layer in self.layers:
            views = layer(views)
        return self.projector(views) if self.projector else views

    def predict(self, representations: Tensor) -> Tensor:
        """Map representations (n, m) to predictions (n, m); the identity without a predictor."""
        return self.predictor(representations) if self.predictor else representations

    def named_tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Yield every trained tensor with its name."""
        parts = {f"encoder.{i}": layer for i, layer in enumerate(self.layers)}
        parts |= {"projector": self.projector, "predictor": self.predictor}
        for part, module in parts.items():
            for name, tensor in module.tensors().items() if module else ():
                yield f"{part}.{name}", tensor


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
    m, width = spec["neurons"], (p * d) ** -0.5
    later = width if spec["later_weights"] == "pd" else m**-0.5
    draw = _Initialiser(spec["initial_bias"], generator)

    encoders = []
    for _ in range(count):
        layers = [draw.layer(spec, m, p, width)]
        if spec["warm_start"]:
            layers[0].weight = _warm_start(spec["warm_start"], m, dictionary, generator)
        layers += [draw.layer(spec, m, m, later) for _ in range(spec["layers"] - 1)]
        encoders.append(layers)
    projects, predicts = (spec[part] == "linear" for part in ("projector", "predictor"))
    projectors = [draw.linear(m, m, later) if projects else None for _ in encoders]
    predictor = draw.linear(m, m, later) if predicts else None
    return [Network(*parts, predictor) for parts in zip(encoders, projectors, strict=True)]


@dataclass(eq=False)
class _Initialiser:
    bias: str  # "zero" (section 4.2) or "uniform" (the framework's default)
    generator: torch.Generator

    def linear(self, outputs: int, inputs: int, std: float) -> Linear:
        weight = torch.randn(outputs, inputs, generator=self.generator) * std
        bias = torch.zeros(outputs)
        if self.bias == "uniform":
            bound = inputs**-0.5
            bias.uniform_(-bound, bound, generator=self.generator)
        return Linear(weight, bias)

    def layer(self, spec: dict, outputs: int, inputs: int, std: float) -> Layer:
        plain = self.linear(outputs, inputs, std)
        layer = Layer(plain.weight, plain.bias, find_block("activations", spec["activation"]))
        if spec["batch_norm"]:
            layer.gain, layer.shift = torch.ones(outputs), torch.zeros(outputs)
        return layer


def _warm_start(warm_start: dict, m: int, dictionary: Tensor, generator: torch.Generator) -> Tensor:
    """Rows M_*j(i) + N(0, sigma^2 I), with j(i) = i mod d, a permutation of it, or drawn freely."""
    p, d = dictionary.shape
    if warm_start["columns"] == "in_order":  # W = M' + noise if m = d, as in Assumption 2
        columns = torch.arange(m) % d
    elif warm_start["columns"] == "balanced":
        columns = torch.arange(m)[torch.randperm(m, generator=generator)] % d
    else:
        columns = torch.randint(d, (m,), generator=generator)
    noise = torch.randn(m, p, generator=generator)
    return dictionary.T[columns] + warm_start["sigma"] * noise
