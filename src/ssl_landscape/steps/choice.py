"""Which form of the step a run takes."""

import logging

import torch
from torch import Tensor

from ssl_landscape.blocks import find_block, find_in_block
from ssl_landscape.networks import Network
from ssl_landscape.steps.autograd import AutogradStep
from ssl_landscape.steps.closed_form import ClosedFormStep
from ssl_landscape.steps.descent import Descent

log = logging.getLogger(__name__)

Step = ClosedFormStep | AutogradStep  # f(samples (n, p), number of the step) -> loss


def make_step(spec: dict, networks: list[Network], masks: torch.Generator) -> Step:
    """Give the step of a run: with gradients in closed form where all of its blocks have one.

    Any other combination, say a new loss, is left to autograd; the step is then slower, and
    otherwise the same.

    Args:
        spec: the resolved spec of the run.
        networks: online and target, or the one network; the step changes them in place.
        masks: the stream of masks, on the networks' device.

    Returns:
        The step; it is to be called within its ``grad_mode``.
    """
    scheme, keep = find_block("masks", spec["masks"]["scheme"]), spec["masks"]["keep"]
    descents = [Descent(network, spec) for network in networks]

    def augment(samples: Tensor, out: Tensor | None = None) -> Tensor:
        return scheme(samples, keep, masks, out)

    wanted = find_in_block("updates", spec["update"], "closed_form_gradient")
    options = {key: value for key, value in spec["loss"].items() if key != "name"}
    gradient = wanted and find_in_block("losses", spec["loss"]["name"], wanted)
    activation = find_in_block("activations", spec["activation"], "ClosedForm")
    if gradient and activation:
        update = find_in_block("updates", spec["update"], "closed_form")
        return ClosedFormStep(networks, descents, augment, activation, update, gradient, options)
    log.info("no closed form for these blocks: gradients by autograd")
    loss = find_block("losses", spec["loss"]["name"])
    return AutogradStep(
        networks, descents, augment, find_block("updates", spec["update"]), loss, options
    )
