"""Which form of the step a run takes."""

import logging

from ssl_landscape.experiment.fast.autograd import AutogradStep
from ssl_landscape.experiment.fast.step import ClosedFormStep
from ssl_landscape.experiment.fast.workspace import Workspace
from ssl_landscape.experiment.networks import Network
from ssl_landscape.experiment.registry import find_block, find_in_block
from ssl_landscape.experiment.sgd import Descent

log = logging.getLogger(__name__)

Step = ClosedFormStep | AutogradStep  # f(first view, second view, number of the step) -> loss


def make_step(spec: dict, networks: list[Network], workspace: Workspace | None = None) -> Step:
    """Return the step of a run: with gradients in closed form where all of its blocks have one.

    Any other combination, say a new loss, is left to autograd; the step is then slower, and
    otherwise the same.

    Args:
        spec: the resolved spec of the run.
        networks: online and target, or the one network; the step changes them in place.
        workspace: where the step's large tensors go; one of its own if None.

    Returns:
        The step; it is to be called within its ``grad_mode``.
    """
    descents = [Descent(network, spec) for network in networks]
    wanted = find_in_block("updates", spec["update"], "closed_form_gradient")
    options = {key: value for key, value in spec["loss"].items() if key != "name"}
    gradient = wanted and find_in_block("losses", spec["loss"]["name"], wanted)
    activation = find_in_block("activations", spec["activation"], "ClosedForm")
    if gradient and activation:
        blocks = (
            find_in_block("updates", spec["update"], what)
            for what in ("closed_form", "roles", "both_learn")
        )
        workspace = workspace or Workspace(networks[0].weight.device)
        return ClosedFormStep(networks, descents, activation, *blocks, gradient, options, workspace)
    log.info("no closed form for these blocks: gradients by autograd")
    loss = find_block("losses", spec["loss"]["name"])
    return AutogradStep(networks, descents, find_block("updates", spec["update"]), loss, options)
