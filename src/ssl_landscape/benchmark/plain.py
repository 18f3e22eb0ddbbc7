"""The experiments once more in plain PyTorch: modules, autograd, torch.optim.

What one would write first. Training is tested against it (in float64) and timed against it (in
float32). Nothing of the package is used here; the caller gives what a run draws.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, cross_entropy, normalize

ACTIVATIONS = {
    "identity": lambda y, b: y,
    "relu": lambda y, b: torch.relu(y),
    "symmetric_relu_released": lambda y, b: torch.relu(y) - torch.relu(-y + 2 * b),
}


class EncoderLayer(nn.Module):
    """Linear with bias, BatchNorm1d, activation; symmetric ReLU sees the linear's bias again."""

    def __init__(self, inputs: int, outputs: int, spec: dict) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.norm = nn.BatchNorm1d(outputs) if spec["batch_norm"] else nn.Identity()
        self.name = spec["activation"]

    def forward(self, a: Tensor) -> Tensor:
        """Map (n, inputs) to (n, outputs)."""
        if self.name == "symmetric_relu":  # Eq. 14: y = Wa, and b is the threshold only
            y, b = self.norm(self.linear(a) - self.linear.bias), self.linear.bias
            return torch.relu(y - b) - torch.relu(-y - b)
        return ACTIVATIONS[self.name](self.norm(self.linear(a)), self.linear.bias)


class Branch(nn.Module):
    """Encoder and projector; the predictor is held apart."""

    def __init__(self, spec: dict, p: int) -> None:
        super().__init__()
        m = spec["neurons"]
        sizes = [(p, m), (m, m)][: spec["layers"]]
        self.encoder = nn.Sequential(*(EncoderLayer(i, o, spec) for i, o in sizes))
        self.projector = nn.Linear(m, m) if spec["projector"] == "linear" else nn.Identity()

    def forward(self, a: Tensor) -> Tensor:
        """Map (n, p) to (n, m)."""
        return self.projector(self.encoder(a))

    def tensors(self) -> Iterator[tuple[str, nn.Parameter]]:
        """Return (name in weights.safetensors, parameter)."""
        for i, layer in enumerate(self.encoder):
            yield f"encoder.{i}.weight", layer.linear.weight
            yield f"encoder.{i}.bias", layer.linear.bias
            if isinstance(layer.norm, nn.BatchNorm1d):
                yield f"encoder.{i}.gain", layer.norm.weight
                yield f"encoder.{i}.shift", layer.norm.bias
        if isinstance(self.projector, nn.Linear):
            yield "projector.weight", self.projector.weight
            yield "projector.bias", self.projector.bias


class PlainRun:
    """Networks and optimisers of a run, and its step."""

    def __init__(self, spec: dict, p: int, dtype: torch.dtype) -> None:
        """Build the networks for samples of dimension ``p``; ``spec`` is a resolved spec."""
        self.spec, self.steps_done = spec, 0
        self.names = ["online", "target"] if spec["update"] == "alternating" else ["encoder"]
        self.branches = [Branch(spec, p).to(dtype) for _ in self.names]
        m = spec["neurons"]
        linear = spec["predictor"] == "linear"
        self.predictor = nn.Linear(m, m).to(dtype) if linear else nn.Identity()
        self.optimisers = [
            torch.optim.SGD(
                [*branch.parameters(), *self.predictor.parameters()],
                lr=spec["learning_rate"],
                momentum=spec["momentum"],
                weight_decay=spec["weight_decay"],
            )
            for branch in self.branches
        ]
        self.loss = loss_function(spec["loss"])

    def load(self, initial: dict[str, Tensor]) -> None:
        """Take over tensors named as in weights.safetensors, without the moment."""
        for name, tensor in self.parameters():
            tensor.data = initial[name].to(tensor.dtype).clone()

    def parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """Return every parameter by its name; each network names the one predictor its own."""
        for name, branch in zip(self.names, self.branches, strict=True):
            yield from ((f"{name}.{key}", tensor) for key, tensor in branch.tensors())
            for key, tensor in self.predictor.named_parameters():
                yield f"{name}.predictor.{key}", tensor

    def step(self, first: Tensor, second: Tensor) -> float:
        """Train on two views (n, p) of a batch; return the loss."""
        learner = self.steps_done % len(self.branches)
        value = self._value(learner, first, second)
        self.optimisers[learner].zero_grad()
        value.backward()
        self.optimisers[learner].step()
        axis = {"rows": 1, "columns": 0}.get(self.spec["weight_normalisation"])
        if axis is not None:
            with torch.no_grad():
                weight = self.branches[learner].encoder[0].linear.weight
                weight /= torch.linalg.vector_norm(weight, dim=axis, keepdim=True)
        self.steps_done += 1
        return value.item()

    def _value(self, learner: int, first: Tensor, second: Tensor) -> Tensor:
        network, predict = self.branches[learner], self.predictor
        if self.spec["update"] == "alternating":
            teacher = self.branches[1 - learner](second).detach()
            return self.loss(predict(network(first)), teacher)
        z1, z2 = network(first), network(second)
        if self.spec["update"] == "symmetrised":
            return self.loss(predict(z1), z2.detach()) / 2 + self.loss(predict(z2), z1.detach()) / 2
        return self.loss(predict(z1), predict(z2))


def nt_xent(u: Tensor, v: Tensor, temperature: float) -> Tensor:
    """Row i of the 2B x 2B similarities is a classification with its partner as the class."""
    both = normalize(torch.cat([u, v]))
    logits = (both @ both.T / temperature).masked_fill(
        torch.eye(len(both), dtype=torch.bool), -torch.inf
    )
    return cross_entropy(logits, torch.arange(len(both)).roll(len(u)))


def loss_function(entry: dict) -> Callable[[Tensor, Tensor], Tensor]:
    """Return f(first, second) for a spec's loss."""
    name = entry["name"]
    if name == "l2" and entry.get("normalise", True):
        return lambda u, v: ((normalize(u) - normalize(v)) ** 2).sum(dim=1).mean()
    if name == "l2":
        return lambda u, v: ((u - v) ** 2).sum(dim=1).mean()
    if name == "negative_cosine":
        return lambda u, v: -cosine_similarity(u, v).mean()
    if name == "inner_product":
        side = normalize if entry.get("normalise") else (lambda u: u)
        return lambda u, v: 2 - 2 * (side(u) * side(v)).sum(dim=1).mean()
    if name == "nt_xent":
        return lambda u, v: nt_xent(u, v, entry["temperature"])
    raise KeyError(name)


def draw_views(spec: dict, samples: Tensor, masks: torch.Generator) -> tuple[Tensor, Tensor]:
    """Mask samples (n, p) twice (Eq. 2 or 3)."""

    def kept() -> Tensor:
        keep = torch.full_like(samples, spec["masks"]["keep"])
        return torch.bernoulli(keep, generator=masks)

    if spec["masks"]["scheme"] == "dependent":
        mask = kept()
        return 2 * mask * samples, 2 * (1 - mask) * samples
    return kept() * samples, kept() * samples


def train(
    spec: dict, p: int, initial: dict[str, Tensor], steps_of_epochs: Iterator
) -> tuple[list[float], dict[str, Tensor]]:
    """Train in float64 as the spec says.

    Args:
        spec: the resolved spec of the run.
        p: dimension of the samples.
        initial: name as in weights.safetensors, without the moment -> tensor.
        steps_of_epochs: an epoch's list of (first view, second view), for every epoch.

    Returns:
        The mean loss of each epoch, and the final tensors, named as ``initial``.
    """
    run = PlainRun(spec, p, torch.float64)
    run.load(initial)
    curve = []
    for steps in steps_of_epochs:
        losses = [run.step(first.double(), second.double()) for first, second in steps]
        curve.append(sum(losses) / len(losses))
    return curve, {name: tensor.detach() for name, tensor in run.parameters()}
