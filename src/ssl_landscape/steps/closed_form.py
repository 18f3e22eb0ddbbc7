"""The fast step: every gradient written out, every large tensor in a buffer of its own."""

import functools
from collections.abc import Callable

from torch import Tensor, inference_mode

from ssl_landscape.networks import Network
from ssl_landscape.steps.branch import Branch
from ssl_landscape.steps.buffers import Buffers, Place
from ssl_landscape.steps.descent import Descent


class ClosedFormStep:
    """Loss, gradient in closed form, descent."""

    grad_mode = inference_mode  # every operation costs less than under no_grad

    def __init__(
        self,
        networks: list[Network],
        descents: list[Descent],
        activation: type,
        update: Callable,
        both_learn: bool,
        gradient: Callable,
        options: dict,
    ) -> None:
        """Bind the blocks of a run.

        Args:
            networks: online and target, or the one network.
            descents: one a network.
            activation: ``ClosedForm`` of the activation's block.
            update: ``closed_form`` of the update's block.
            both_learn: whether it sends a gradient back through the second view, too.
            gradient: the loss's gradient in the form that the update wants.
            options: the loss's options.
        """
        self.networks, self.descents = networks, descents
        self.activation, self.update, self.both_learn = activation, update, both_learn
        self.gradient = functools.partial(gradient, **options)
        self.buffers = Buffers(networks[0].weight)
        self.branches: dict[int, list[Branch]] = {}  # by size of the batch

    def __call__(self, first: Tensor, second: Tensor, number: int) -> Tensor:
        """Train on the two views of a batch, (n, p) each; return the loss."""
        branches = self.branches.get(len(first)) or self._make_branches(len(first))
        loss, learner, gradients = self.update(
            self.networks, branches, (first, second), number, self.gradient
        )
        self.descents[learner].step(gradients)
        return loss

    def _make_branches(self, n: int) -> list[Branch]:
        new, network = self.buffers.of_size(n), self.networks[-1]
        scratch = new()
        places = (Place(new, scratch, way_back) for way_back in (True, self.both_learn))
        self.branches[n] = [Branch(network, place, self.activation) for place in places]
        return self.branches[n]
