"""One network, both views in both roles, with stop-gradient (SimSiam)."""

from collections.abc import Callable

from torch import Tensor

from ssl_landscape.networks import Network

networks_needed = 1


def symmetrised(
    networks: list[Network], first: Tensor, second: Tensor, step: int, loss: Callable
) -> tuple[Tensor, Network]:
    """L(p1, SG(z2)) / 2 + L(p2, SG(z1)) / 2 with z = h(a), p = predictor(z) (Chen & He, 2021).

    Args:
        networks: the one network.
        first: first views, (batch, p).
        second: second views, (batch, p).
        step: not used.
        loss: f(prediction, representation) -> scalar.

    Returns:
        The loss and the network.
    """
    (network,) = networks
    z1, z2 = network.represent(first), network.represent(second)
    forth = loss(network.predict(z1), z2.detach())
    back = loss(network.predict(z2), z1.detach())
    return (forth + back) / 2, network
