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
    steps_done: int

    def run(self) -> None:
        """Run one epoch on the device."""


class CapturedEpoch:
    """Runs an epoch as a CUDA graph, or one operation at a time where that fails."""

    def __init__(self, epoch: Runnable, period: int, masks: torch.Generator) -> None:
        """Wrap ``epoch``.

        Args:
            epoch: what to run.
            period: steps until the networks' roles are the same again; each phase has its graph.
            masks: the generator that the epoch draws from, on the device.
        """
        self.epoch, self.period, self.masks = epoch, period, masks
        self.losses, self.epochs_done = epoch.losses, 0
        self.graphs: dict[int, torch.cuda.CUDAGraph] = {}
        self.works = True

    def __call__(self, order: Tensor) -> None:
        """Train on the samples in ``order``, (n,); leaves the steps' losses in ``losses``."""
        self.epoch.order.copy_(order)
        if self.works and self.epochs_done >= _WARM_UP:
            self.works = self._replay()
        if not self.works or self.epochs_done < _WARM_UP:
            self.epoch.run()
        self.epochs_done += 1

    def _replay(self) -> bool:
        phase, before = self.epoch.steps_done % self.period, self.epoch.steps_done
        if phase not in self.graphs:
            try:
                self.graphs[phase] = self._capture()
            except RuntimeError as error:
                log.warning("no CUDA graph, one operation at a time: %s", error)
                return False
            finally:
                self.epoch.steps_done = before  # capturing runs nothing
        self.graphs[phase].replay()
        self.epoch.steps_done += len(self.losses)
        return True

    def _capture(self) -> torch.cuda.CUDAGraph:
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self.masks)
        torch.cuda.synchronize()
        with torch.cuda.graph(graph):
            self.epoch.run()
        return graph
