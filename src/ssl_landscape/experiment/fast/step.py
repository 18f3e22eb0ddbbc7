"""A training step with every gradient written out, its large tensors in a workspace."""

import functools

from torch import Tensor

from ssl_landscape.experiment.fast.blocks import find
from ssl_landscape.experiment.fast.layers import Layers
from ssl_landscape.experiment.fast.workspace import Place, Workspace
from ssl_landscape.experiment.networks import Network
from ssl_landscape.experiment.sgd import SGD


class Step:
    """Loss, its gradient in closed form, new weights."""

    def __init__(
        self, spec: dict, networks: list[Network], optimisers: list[SGD], workspace: Workspace
    ) -> None:
        """Bind the parts of a run.

        Args:
            spec: the resolved spec of the run; all of its blocks have a fast form.
            networks: online and target, or the one network; they are changed in place.
            optimisers: one per network.
            workspace: where the step's large tensors go.
        """
        self.networks, self.optimisers, self.workspace = networks, optimisers, workspace
        self.activation = find("activations", spec["activation"])
        self.update = find("updates", spec["update"])
        self.period = len(self.update.roles)
        options = {key: value for key, value in spec["loss"].items() if key != "name"}
        self.loss = find("losses", spec["loss"]["name"])(**options)
        self.pairs: dict[int, list[list[Layers]]] = {}  # size of the batch -> pair of each phase

    def __call__(self, first: Tensor, second: Tensor, number: int) -> Tensor:
        """Train on the two views of a batch, (n, p) each; return the loss."""
        pairs = self.pairs.get(len(first)) or self._make_pairs(len(first))
        phase = number % self.period
        loss, gradients = self.update.step(pairs[phase], (first, second), self.loss)
        self.optimisers[self.update.roles[phase][0]].step(gradients)
        return loss

    def _make_pairs(self, n: int) -> list[list[Layers]]:
        """Return the two networks' passes for each step of a period, all in the same memory."""
        self.pairs[n] = [self._make_pair(n, roles) for roles in self.update.roles]
        return self.pairs[n]

    def _make_pair(self, n: int, roles: tuple[int, int]) -> list[Layers]:
        weight = self.networks[0].weight
        new = functools.partial(self.workspace.fork().new, n, len(weight), dtype=weight.dtype)
        scratch = new()
        return [
            Layers(self.networks[i], Place(new, scratch, needs_grad), self.activation)
            for i, needs_grad in zip(roles, (True, self.update.both_learn), strict=True)
        ]
