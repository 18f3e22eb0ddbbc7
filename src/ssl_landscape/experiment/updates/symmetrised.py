"""One network, both views in both roles, with stop-gradient (SimSiam)."""

from collections.abc import Callable

from torch import Tensor

from ssl_landscape.experiment.networks import Network

NETWORKS = ("encoder",)


def symmetrised(
    networks: list[Network], first: Tensor, second: Tensor, step: int, loss: Callable
) -> list[tuple[Tensor, Network]]:
    """Return L(p1, SG(z2)) / 2 + L(p2, SG(z1)) / 2 with p = predictor(z) (Chen & He, 2021).

    Args:
        networks: the one network.
        first: first views, (batch, p).
        second: second views, (batch, p).
        step: not used.
        loss: f(prediction, representation) -> scalar.

    Returns:
        The loss, and the network that learns from it.
    """
    (network,) = networks
    z1, z2 = network.represent(first), network.represent(second)
    p1, p2 = network.predict(z1), network.predict(z2)
    return [((loss(p1, z2.detach()) + loss(p2, z1.detach())) / 2, network)]
