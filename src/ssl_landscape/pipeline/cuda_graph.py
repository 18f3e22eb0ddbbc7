"""An epoch as one CUDA graph: captured once, then replayed, so that no launch waits for Python."""

import logging

import torch
from torch import Tensor

from ssl_landscape.experiment.networks import Network
from ssl_landscape.experiment.sgd import SGD
from ssl_landscape.experiment.training import RunEpoch, autograd_epoch

log = logging.getLogger(__name__)

_WARM_UP = 2  # epochs run one operation at a time, in which every buffer is made


class CapturedEpoch:
    """Runs an epoch as a CUDA graph, or one operation at a time where that fails."""

    def __init__(self, run_epoch: RunEpoch, n: int, period: int, masks: torch.Generator) -> None:
        """Wrap ``run_epoch``.

        Args:
            run_epoch: what to run; its tensors stay where they are from call to call.
            n: number of samples.
            period: epochs until the networks' roles repeat; each phase has its graph.
            masks: the generator that the epoch draws from, on the device.
        """
        self.run_epoch, self.period, self.masks = run_epoch, period, masks
        self.order = torch.zeros(n, dtype=torch.int64, device=masks.device)
        self.epochs_done = 0
        self.graphs: dict[int, tuple[torch.cuda.CUDAGraph, Tensor]] = {}
        self.works = True

    def __call__(self, order: Tensor, epoch: int) -> Tensor:
        """Train on the samples in ``order``, (n,); return the losses, overwritten by the next."""
        self.order.copy_(order)
        self.epochs_done += 1
        if self.works and self.epochs_done > _WARM_UP:
            try:
                return self._replay(epoch % self.period)
            except RuntimeError as error:
                self.works = False
                log.warning("no CUDA graph, one operation at a time: %s", error)
        return self.run_epoch(self.order, epoch)

    def _replay(self, phase: int) -> Tensor:
        if phase not in self.graphs:
            self.graphs[phase] = self._capture(phase)
        graph, losses = self.graphs[phase]
        graph.replay()
        return losses

    def _capture(self, phase: int) -> tuple[torch.cuda.CUDAGraph, Tensor]:
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self.masks)
        torch.cuda.synchronize()
        with torch.cuda.graph(graph):
            losses = self.run_epoch(self.order, phase)
        return graph, losses


class CapturedRuns(CapturedEpoch):
    """Runs an epoch of many runs as a CUDA graph."""

    def __init__(
        self, run_epoch: RunEpoch, n: int, period: int, streams: list[torch.Generator]
    ) -> None:
        """Wrap ``run_epoch``, as :class:`CapturedEpoch` does; orders are (runs, n)."""
        super().__init__(run_epoch, n, period, streams[0])
        self.order, self.streams = self.order.repeat(len(streams), 1), streams

    def _capture(self, phase: int) -> tuple[torch.cuda.CUDAGraph, Tensor]:
        graph = torch.cuda.CUDAGraph()
        for stream in self.streams:
            graph.register_generator_state(stream)
        torch.cuda.synchronize()
        with torch.cuda.graph(graph):
            losses = self.run_epoch(self.order, phase)
        return graph, losses


def capture_epochs(
    spec: dict, networks: list[Network], optimisers: list[SGD], x: Tensor, masks: torch.Generator
) -> CapturedEpoch:
    """Return ``training.autograd_epoch`` as a CUDA graph."""
    run_epoch = autograd_epoch(spec, networks, optimisers, x, masks)
    return CapturedEpoch(run_epoch, len(x), len(networks), masks)
