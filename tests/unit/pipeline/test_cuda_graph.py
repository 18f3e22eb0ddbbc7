"""The bookkeeping around CUDA graphs, with a graph that runs on the CPU."""

import pytest
import torch

from ssl_landscape.experiment.networks import build_networks
from ssl_landscape.experiment.registry import network_names
from ssl_landscape.experiment.sgd import SGD
from ssl_landscape.experiment.training import autograd_epoch
from ssl_landscape.pipeline.cuda_graph import CapturedEpoch, capture_epochs

from ..helpers import small_data, small_spec


class Graph:
    def __init__(self, captured, phase, losses):
        self.captured, self.phase, self.losses = captured, phase, losses

    def replay(self):  # as it was captured, with the phase of that moment
        self.losses.copy_(self.captured.run_epoch(self.captured.order, self.phase))


@pytest.mark.parametrize("batch_size", [10, 16])  # 4 steps per epoch, 3 steps per epoch
@pytest.mark.parametrize("fails", [False, True])
def test_replayed_epochs_equal_others(batch_size, fails, monkeypatch, caplog):
    def capture(captured, phase):
        if fails:
            raise RuntimeError("operation not permitted when stream is capturing")
        losses = torch.zeros(steps, dtype=torch.float64)
        return Graph(captured, phase, losses), losses

    monkeypatch.setattr(CapturedEpoch, "_capture", capture)
    steps = 40 // batch_size + (40 % batch_size > 0)
    spec = small_spec(batch_size=batch_size)
    captured = losses_of(spec, capture_epochs)
    assert torch.equal(losses_of(spec, autograd_epoch), captured)
    assert ("no CUDA graph" in caplog.text) == fails


def losses_of(spec, make_epoch, count=7):
    x = torch.from_numpy(small_data()[0]).double()
    stream, dictionary = torch.Generator().manual_seed(3), torch.from_numpy(small_data()[1])
    networks = build_networks(spec, len(network_names(spec["update"]["name"])), dictionary, stream)
    networks = [network.double() for network in networks]
    masks, order = (torch.Generator().manual_seed(k) for k in (4, 5))
    run = make_epoch(spec, networks, [SGD(network, spec) for network in networks], x, masks)
    return torch.stack(
        [run(torch.randperm(len(x), generator=order), epoch).clone() for epoch in range(count)]
    )
