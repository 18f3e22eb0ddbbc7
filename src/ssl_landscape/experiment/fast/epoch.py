"""An epoch: the samples in a new order, their views, one step per batch."""

import torch
from torch import Tensor

from ssl_landscape.experiment.fast.blocks import find
from ssl_landscape.experiment.fast.cuda_graph import CapturedEpoch
from ssl_landscape.experiment.fast.step import Step
from ssl_landscape.experiment.fast.workspace import Workspace
from ssl_landscape.experiment.networks import Network
from ssl_landscape.experiment.sgd import SGD
from ssl_landscape.experiment.training import RunEpoch, group_batches


class Epoch:
    """Trains on all samples once, in batches."""

    def __init__(
        self,
        spec: dict,
        networks: list[Network],
        optimisers: list[SGD],
        x: Tensor,
        masks: torch.Generator,
    ) -> None:
        """Prepare epochs; the arguments are those of ``training.autograd_epoch``."""
        workspace = Workspace(x.device)
        self.step = Step(spec, networks, optimisers, workspace)
        self.x, self.order = x, torch.zeros(len(x), dtype=torch.int64, device=x.device)
        groups = group_batches(len(x), spec["batch_size"], spec["partial_batch"])
        self.steps = sum(len(group) for group in groups)
        self.losses = x.new_zeros(self.steps)
        largest = max((group[-1].stop - group[0].start for group in groups), default=0)
        memory = x.new_empty(2, largest, x.shape[1])
        workspace = workspace.fork()  # of the same memory: masks and step take turns
        samples = workspace.new(largest, x.shape[1], dtype=x.dtype)
        scheme, keep = find("masks", spec["masks"]["scheme"]), spec["masks"]["keep"]
        self.augment = scheme(keep, masks, workspace)
        # Views of tensors are made once: an epoch is short enough to notice.
        self.groups = [self._divide(group, samples, memory) for group in groups]

    def __call__(self, order: Tensor, epoch: int) -> Tensor:
        """Train on the samples in ``order``, (n,); return the losses, overwritten by the next."""
        self.order.copy_(order)
        self.run(epoch * self.steps)
        return self.losses

    def run(self, number: int) -> None:
        """Train on the samples in the order that is set; the first step has this number."""
        step, losses = self.step, []
        for chosen, samples, views, batches in self.groups:
            torch.index_select(self.x, 0, chosen, out=samples)
            self.augment(samples, views)
            for first, second in batches:
                losses.append(step(first, second, number))
                number += 1
        torch.stack(losses, out=self.losses)

    def _divide(
        self, group: list[slice], samples: Tensor, views: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, list[tuple[Tensor, ...]]]:
        """Return the group's part of the order and of both memories, and each batch's views."""
        start, stop = group[0].start, group[-1].stop
        views = views[:, : stop - start]
        pairs = [tuple(views[:, batch.start - start : batch.stop - start]) for batch in group]
        return self.order[start:stop], samples[: stop - start], views, pairs


def make_epoch(
    spec: dict, networks: list[Network], optimisers: list[SGD], x: Tensor, masks: torch.Generator
) -> RunEpoch:
    """Return the fast form of ``training.autograd_epoch``, on a GPU as a CUDA graph."""
    epoch = Epoch(spec, networks, optimisers, x, masks)
    return CapturedEpoch(epoch, epoch.step.period, masks) if x.device.type == "cuda" else epoch
