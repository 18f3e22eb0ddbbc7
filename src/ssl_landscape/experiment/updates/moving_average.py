"""A target network that follows the online one as a moving average (BYOL)."""

from collections.abc import Callable

import torch
from torch import Tensor

from ssl_landscape.experiment.networks import Network

NETWORKS = ("online", "target")
Share = float  # in [0, 1], which the config checks


def moving_average(
    networks: list[Network],
    first: Tensor,
    second: Tensor,
    step: int,
    loss: Callable,
    *,
    decay: Share,
) -> list[tuple[Tensor, Network]]:
    """Return L(p_o, z_t) for the online network; the target's weights are never learnt.

    The target starts as a copy of the online network, and after every step xi becomes
    decay xi + (1 - decay) theta (Grill et al., 2020, Eq. 1; here at the start of the next step).

    Args:
        networks: online and target.
        first: the online network's view, (batch, p).
        second: the target network's view, (batch, p).
        step: number of the step since the start, from 0.
        loss: f(prediction, representation) -> scalar.
        decay: of the moving average, in [0, 1].

    Returns:
        The loss, and the online network.
    """
    online, target = networks
    follow(online, target, step, decay)
    with torch.no_grad():
        z_target = target.represent(second)
    return [(loss(online.predict(online.represent(first)), z_target), online)]


def follow(online: Network, target: Network, step: int, decay: float) -> None:
    """Move the target's encoder and projector towards the online ones; step 0 copies them."""
    is_start = step == 0 and not _is_captured(online)
    with torch.no_grad():
        for name, followed in online.named_parameters():
            if not name.startswith("predictor."):
                target.get_parameter(name).lerp_(followed, 1.0 if is_start else 1 - decay)


def _is_captured(network: Network) -> bool:
    """Return whether this step becomes a CUDA graph, which stands for later steps, too."""
    return network.weight.is_cuda and torch.cuda.is_current_stream_capturing()
