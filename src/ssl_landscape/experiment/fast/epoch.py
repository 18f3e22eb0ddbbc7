"""An epoch: the samples in a new order, their views, a step a batch."""

from collections.abc import Callable

import torch
from torch import Tensor

from ssl_landscape.experiment.fast.choice import Step
from ssl_landscape.experiment.fast.workspace import Workspace

_AT_ONCE = 2048  # samples augmented in one go, unless a batch is larger: they stay in the cache


class Epoch:
    """All samples once, in batches."""

    def __init__(
        self,
        step: Step,
        augment: Callable[[Tensor, Tensor, Workspace], Tensor],
        x: Tensor,
        batches: list[slice],
        workspace: Workspace | None = None,
    ) -> None:
        """Prepare epochs.

        Args:
            step: trains on the two views of a batch.
            augment: f(samples (n, p), place for the views (2, n, p), workspace).
            x: samples, (n, p).
            batches: the parts of an epoch's order, one after the other.
            workspace: what the step uses, too, as the two take turns; one of its own if None.
        """
        self.step, self.augment, self.x, self.steps_done = step, augment, x, 0
        self.order = torch.zeros(len(x), dtype=torch.int64, device=x.device)
        self.losses = torch.zeros(len(batches), dtype=x.dtype, device=x.device)
        groups = _group(batches)
        largest = max((group[-1].stop - group[0].start for group in groups), default=0)
        memory = x.new_empty(2, largest, x.shape[1])
        self.workspace = (workspace or Workspace(x.device)).fork()
        samples = self.workspace.new(largest, x.shape[1], dtype=x.dtype)
        # Views of tensors are made once: an epoch is short enough to notice.
        self.groups = [_divide(group, self.order, samples, memory) for group in groups]

    def __call__(self, order: Tensor) -> None:
        """Train on the samples in ``order``, (n,); leaves the steps' losses in ``losses``."""
        self.order.copy_(order)
        self.run()

    def run(self) -> None:
        """Train on the samples in the order that is set."""
        step, number, losses = self.step, self.steps_done, []
        for chosen, samples, views, batches in self.groups:
            torch.index_select(self.x, 0, chosen, out=samples)
            self.augment(samples, views, self.workspace)
            for first, second in batches:
                losses.append(step(first, second, number))
                number += 1
        torch.stack(losses, out=self.losses)
        self.steps_done = number


def cut_batches(n: int, size: int, partial: str) -> list[slice]:
    """Cut n samples into batches; ``partial`` says what becomes of the rest: keep or drop."""
    stop = n - n % size if partial == "drop" else n
    return [slice(start, min(start + size, n)) for start in range(0, stop, size)]


def _group(batches: list[slice]) -> list[list[slice]]:
    groups: list[list[slice]] = []
    for batch in batches:
        if groups and batch.stop - groups[-1][0].start <= _AT_ONCE:
            groups[-1].append(batch)
        else:
            groups.append([batch])
    return groups


def _divide(
    group: list[slice], order: Tensor, samples: Tensor, views: Tensor
) -> tuple[Tensor, Tensor, Tensor, list[tuple[Tensor, Tensor]]]:
    """Return the group's part of the order and of both memories, and each batch's views."""
    start, stop = group[0].start, group[-1].stop
    views = views[:, : stop - start]
    pairs = [tuple(views[:, batch.start - start : batch.stop - start]) for batch in group]
    return order[start:stop], samples[: stop - start], views, pairs
