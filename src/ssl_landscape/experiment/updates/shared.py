"""One network for both views, gradient through both (contrastive learning, Eq. 9)."""

from collections.abc import Callable

from torch import Tensor

from ssl_landscape.experiment.networks import Network

NETWORKS = ("encoder",)


def shared(
    networks: list[Network], first: Tensor, second: Tensor, step: int, loss: Callable
) -> list[tuple[Tensor, Network]]:
    """Return L(h(a1), h(a2)): both views through the same weights, no stop-gradient.

    Args:
        networks: the one network.
        first: first views, (batch, p).
        second: second views, (batch, p).
        step: not used.
        loss: f(representation, representation) -> scalar.

    Returns:
        The loss, and the network that learns from it.
    """
    (network,) = networks
    z1, z2 = network.represent(first), network.represent(second)
    return [(loss(network.predict(z1), network.predict(z2)), network)]
