"""Simultaneous updates of an online and a target network, each from the other."""

from collections.abc import Callable

from torch import Tensor

from ssl_landscape.experiment.networks import Network

NETWORKS = ("online", "target")


def simultaneous(
    networks: list[Network], first: Tensor, second: Tensor, step: int, loss: Callable
) -> list[tuple[Tensor, Network]]:
    """Return L(p_o, SG(z_t)) for the online and L(p_t, SG(z_o)) for the target network.

    The two steps of alternating updates (Eqs. 4, 5), from the same weights and views.

    Args:
        networks: online and target.
        first: the online network's view, (batch, p).
        second: the target network's view, (batch, p).
        step: not used.
        loss: f(prediction, representation) -> scalar.

    Returns:
        The loss of each network, and the network.
    """
    online, target = networks
    z_online, z_target = online.represent(first), target.represent(second)
    return [
        (loss(online.predict(z_online), z_target.detach()), online),
        (loss(target.predict(z_target), z_online.detach()), target),
    ]
