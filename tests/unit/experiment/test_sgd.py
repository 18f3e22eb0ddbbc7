"""Gradient descent, step by step as torch.optim.SGD does it."""

import pytest
import torch

from ssl_landscape.experiment.networks import build_networks
from ssl_landscape.experiment.sgd import SGD

from ..helpers import small_data, small_spec


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("weight_decay", [0.0, 0.05])
@pytest.mark.parametrize("normalisation", ["none", "rows", "columns"])
def test_equals_torch_optim(momentum, weight_decay, normalisation):
    spec = small_spec(
        momentum=momentum, weight_decay=weight_decay, weight_normalisation=normalisation
    )
    dictionary = torch.from_numpy(small_data()[1])
    network, twin = (
        build_networks(spec, 1, dictionary, torch.Generator().manual_seed(3))[0].double()
        for _ in range(2)
    )
    ours = SGD(network, spec)
    theirs = torch.optim.SGD(
        twin.parameters(), spec["learning_rate"], momentum, weight_decay=weight_decay
    )
    draws = torch.Generator().manual_seed(1)
    for _ in range(5):
        for parameter in twin.parameters():
            parameter.grad = torch.randn(parameter.shape, generator=draws, dtype=torch.float64)
        with torch.no_grad():
            ours.step([parameter.grad.clone() for parameter in twin.parameters()])
        theirs.step()
        if normalisation != "none":
            axis = {"rows": 1, "columns": 0}[normalisation]
            twin.weight.data /= torch.linalg.vector_norm(twin.weight, dim=axis, keepdim=True)
        for one, other in zip(network.parameters(), twin.parameters(), strict=True):
            assert torch.allclose(one, other, rtol=1e-12, atol=1e-14)


def test_gradients_are_left_as_they_were():
    spec = small_spec(momentum=0.9, weight_decay=0.05)
    dictionary = torch.from_numpy(small_data()[1])
    (network,) = build_networks(spec, 1, dictionary, torch.Generator().manual_seed(3))
    gradients = [torch.ones_like(parameter) for parameter in network.parameters()]
    with torch.no_grad():
        SGD(network, spec).step(gradients)
    assert all((gradient == 1).all() for gradient in gradients)
