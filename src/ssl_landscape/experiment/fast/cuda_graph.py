"""An epoch as one CUDA graph: captured once, then replayed, so that no launch waits for Python."""

import logging
from typing import Protocol

import torch
from torch import Tensor

log = logging.getLogger(__name__)

_WARM_UP = 2  # epochs run one operation at a time, in which every buffer is made


class Runnable(Protocol):
    """What can be captured: its tensors stay where they are from call to call."""

    order: Tensor
    losses: Tensor
    steps: int

    def run(self, number: int) -> None:
        """Run one epoch on the device."""


class CapturedEpoch:
    """Runs an epoch as a CUDA graph, or one operation at a time where that fails."""

    def __init__(self, epoch: Runnable, period: int, masks: torch.Generator) -> None:
        """Wrap ``epoch``.

        Args:
            epoch: what to run.
            period: steps until the networks' roles repeat; each phase has its graph.
            masks: the generator that the epoch draws from, on the device.
        """
        self.epoch, self.period, self.masks = epoch, period, masks
        self.epochs_done = 0
        self.graphs: dict[int, torch.cuda.CUDAGraph] = {}
        self.works = True

    def __call__(self, order: Tensor, epoch: int) -> Tensor:
        """Train on the samples in ``order``, (n,); return the losses, overwritten by the next."""
        self.epoch.order.copy_(order)
        number = epoch * self.epoch.steps
        if self.works and self.epochs_done >= _WARM_UP:
            self.works = self._replay(number)
        if not self.works or self.epochs_done < _WARM_UP:
            self.epoch.run(number)
        self.epochs_done += 1
        return self.epoch.losses

    def _replay(self, number: int) -> bool:
        phase = number % self.period
        if phase not in self.graphs:
            try:
                self.graphs[phase] = self._capture(number)
            except RuntimeError as error:
                log.warning("no CUDA graph, one operation at a time: %s", error)
                return False
        self.graphs[phase].replay()
        return True

    def _capture(self, number: int) -> torch.cuda.CUDAGraph:
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self.masks)
        torch.cuda.synchronize()
        with torch.cuda.graph(graph):
            self.epoch.run(number)
        return graph
