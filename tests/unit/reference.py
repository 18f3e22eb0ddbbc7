"""The experiments once more in plain PyTorch, float64: modules, autograd, torch.optim.

Nothing of the package is used but what a run draws: the caller gives the initial weights, the
batch orders and the masked views.
"""

import torch
from torch import nn
from torch.nn.functional import cosine_similarity, cross_entropy, normalize

ACTIVATIONS = {
    "identity": lambda y, b: y,
    "relu": lambda y, b: torch.relu(y),
    "symmetric_relu_released": lambda y, b: torch.relu(y) - torch.relu(-y + 2 * b),
}


class EncoderLayer(nn.Module):
    """Linear with bias, BatchNorm1d, activation; symmetric ReLU sees the linear's bias again."""

    def __init__(self, inputs, outputs, spec):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.norm = nn.BatchNorm1d(outputs) if spec["batch_norm"] else nn.Identity()
        self.name = spec["activation"]

    def forward(self, a):
        if self.name == "symmetric_relu":  # Eq. 14: y = Wa, and b is the threshold only
            y, b = self.norm(self.linear(a) - self.linear.bias), self.linear.bias
            return torch.relu(y - b) - torch.relu(-y - b)
        return ACTIVATIONS[self.name](self.norm(self.linear(a)), self.linear.bias)


class Branch(nn.Module):
    """Encoder and projector; the predictor is held apart."""

    def __init__(self, spec, p):
        super().__init__()
        m = spec["neurons"]
        sizes = [(p, m), (m, m)][: spec["layers"]]
        self.encoder = nn.Sequential(*(EncoderLayer(i, o, spec) for i, o in sizes))
        self.projector = nn.Linear(m, m) if spec["projector"] == "linear" else nn.Identity()

    def forward(self, a):
        return self.projector(self.encoder(a))

    def load(self, tensors):
        """Take over tensors named as in weights.safetensors, without the branch's name."""
        for name, parameter in self.tensors():
            parameter.data = tensors[name].double()

    def tensors(self):
        """Give (name in weights.safetensors, parameter)."""
        for i, layer in enumerate(self.encoder):
            yield f"encoder.{i}.weight", layer.linear.weight
            yield f"encoder.{i}.bias", layer.linear.bias
            if isinstance(layer.norm, nn.BatchNorm1d):
                yield f"encoder.{i}.gain", layer.norm.weight
                yield f"encoder.{i}.shift", layer.norm.bias
        if isinstance(self.projector, nn.Linear):
            yield "projector.weight", self.projector.weight
            yield "projector.bias", self.projector.bias


def nt_xent(u, v, temperature):
    """Row i of the 2B x 2B similarities is a classification with its partner as the class."""
    both = normalize(torch.cat([u, v]))
    logits = (both @ both.T / temperature).masked_fill(
        torch.eye(len(both), dtype=torch.bool), -torch.inf
    )
    return cross_entropy(logits, torch.arange(len(both)).roll(len(u)))


def loss_function(entry):
    """Give f(first, second) for a spec's loss."""
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
    assert name == "nt_xent"
    return lambda u, v: nt_xent(u, v, entry["temperature"])


def train(spec, p, initial, steps_of_epochs):
    """Train as the spec says.

    Args:
        spec: the resolved spec of the run.
        p: dimension of the samples.
        initial: name as in weights.safetensors, without the moment -> tensor.
        steps_of_epochs: an epoch's list of (first view, second view), for every epoch.

    Returns:
        The mean loss of each epoch, and the final tensors, named as ``initial``.
    """
    names = ["online", "target"] if spec["update"] == "alternating" else ["encoder"]
    branches = [Branch(spec, p).double() for _ in names]
    for name, branch in zip(names, branches, strict=True):
        branch.load({k.removeprefix(f"{name}."): t for k, t in initial.items() if name in k[:7]})
    m = spec["neurons"]
    predictor = nn.Linear(m, m).double() if spec["predictor"] == "linear" else nn.Identity()
    if spec["predictor"] == "linear":
        predictor.weight.data = initial[f"{names[0]}.predictor.weight"].double()
        predictor.bias.data = initial[f"{names[0]}.predictor.bias"].double()
    optimisers = [
        torch.optim.SGD(
            [*branch.parameters(), *predictor.parameters()],
            lr=spec["learning_rate"],
            momentum=spec["momentum"],
            weight_decay=spec["weight_decay"],
        )
        for branch in branches
    ]
    loss = loss_function(spec["loss"])
    step, curve = 0, []
    for steps in steps_of_epochs:
        losses = []
        for first, second in steps:
            first, second = first.double(), second.double()
            learner = step % len(branches)
            if spec["update"] == "alternating":
                teacher = branches[1 - learner](second).detach()
                value = loss(predictor(branches[learner](first)), teacher)
            elif spec["update"] == "symmetrised":
                z1, z2 = branches[0](first), branches[0](second)
                value = loss(predictor(z1), z2.detach()) / 2 + loss(predictor(z2), z1.detach()) / 2
            else:
                value = loss(predictor(branches[0](first)), predictor(branches[0](second)))
            optimisers[learner].zero_grad()
            value.backward()
            optimisers[learner].step()
            with torch.no_grad():
                weight = branches[learner].encoder[0].linear.weight
                axis = {"rows": 1, "columns": 0}.get(spec["weight_normalisation"])
                if axis is not None:
                    weight /= torch.linalg.vector_norm(weight, dim=axis, keepdim=True)
            losses.append(value.item())
            step += 1
        curve.append(sum(losses) / len(losses))
    final = {}
    for name, branch in zip(names, branches, strict=True):
        final |= {f"{name}.{k}": t.detach() for k, t in branch.tensors()}
        if spec["predictor"] == "linear":
            final[f"{name}.predictor.weight"] = predictor.weight.detach()
            final[f"{name}.predictor.bias"] = predictor.bias.detach()
    return curve, final
