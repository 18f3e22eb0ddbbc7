"""The fast step: every gradient written out, large tensors in a workspace."""

import functools
from collections.abc import Callable

from torch import Tensor, inference_mode

from ssl_landscape.experiment.fast.layers import Branch
from ssl_landscape.experiment.fast.workspace import Place, Workspace
from ssl_landscape.experiment.networks import Network
from ssl_landscape.experiment.sgd import Descent


class ClosedFormStep:
    """Loss, gradient in closed form, descent."""

    grad_mode = inference_mode  # every operation costs less than under no_grad

    def __init__(
        self,
        networks: list[Network],
        descents: list[Descent],
        activation: type,
        update: Callable,
        roles: list[tuple[int, int]],
        both_learn: bool,
        gradient: Callable,
        options: dict,
        workspace: Workspace,
    ) -> None:
        """Bind the blocks of a run.

        Args:
            networks: online and target, or the one network.
            descents: one a network.
            activation: ``ClosedForm`` of the activation's block.
            update: ``closed_form`` of the update's block.
            roles: the update's: each view's network, for each step of a period; the first learns.
            both_learn: whether a gradient goes back through the second view, too.
            gradient: the loss's gradient in the form that the update wants.
            options: the loss's options.
            workspace: where the step's large tensors go.
        """
        self.networks, self.activation, self.update = networks, activation, update
        self.roles, self.both_learn, self.period = roles, both_learn, len(roles)
        self.gradient = functools.partial(gradient, **options)
        self.descents = descents
        self.workspace = workspace
        self.branches: dict[int, list[list[Branch]]] = {}  # by size of the batch

    def __call__(self, first: Tensor, second: Tensor, number: int) -> Tensor:
        """Train on the two views of a batch, (n, p) each; return the loss."""
        branches = self.branches.get(len(first)) or self._make_branches(len(first))
        phase = number % self.period
        loss, gradients = self.update(branches[phase], (first, second), self.gradient)
        self.descents[self.roles[phase][0]].step(gradients)
        return loss

    def _make_branches(self, n: int) -> list[list[Branch]]:
        """Return a pair of branches for each step of a period, all with the same memory."""
        self.branches[n] = [self._make_pair(n, pair) for pair in self.roles]
        return self.branches[n]

    def _make_pair(self, n: int, pair: tuple[int, int]) -> list[Branch]:
        m, dtype = len(self.networks[0].weight), self.networks[0].weight.dtype
        new = functools.partial(self.workspace.fork().new, n, m, dtype=dtype)
        scratch = new()
        return [
            Branch(self.networks[i], Place(new, scratch, way_back), self.activation)
            for i, way_back in zip(pair, (True, self.both_learn), strict=True)
        ]
