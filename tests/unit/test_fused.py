"""The fast forms in the training step equal the plain formulas, values and gradients."""

import pytest
import torch

from ssl_landscape.blocks.activations.symmetric_relu_released import (
    fused_layer,
    symmetric_relu_released,
)
from ssl_landscape.blocks.losses.l2 import l2

N, P, M = 12, 7, 5


def plain_layer(a, weight, bias, gain, shift):
    def batch_norm(y):
        centred = y - y.mean(dim=0)
        return gain * centred / (centred.square().mean(dim=0) + 1e-5).sqrt() + shift

    return symmetric_relu_released(
        a @ weight.T, bias, (lambda y: y) if gain is None else batch_norm
    )


def layer_tensors(with_batch_norm):
    generator = torch.Generator().manual_seed(5)
    shapes = [(N, P), (M, P), (M,)] + [(M,), (M,)] * with_batch_norm
    tensors = [torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes]
    return [t.requires_grad_() for t in tensors] + [None, None] * (not with_batch_norm)


@pytest.mark.parametrize("with_batch_norm", [True, False])
def test_fused_layer_equals_the_formula(with_batch_norm):
    tensors = layer_tensors(with_batch_norm)
    direction = torch.randn(N, M, generator=torch.Generator().manual_seed(6), dtype=torch.float64)
    outputs = [layer(*tensors) for layer in (fused_layer, plain_layer)]
    torch.testing.assert_close(outputs[0], outputs[1], rtol=1e-9, atol=1e-9)
    trained = [t for t in tensors if t is not None]
    gradients = [torch.autograd.grad(output, trained, direction) for output in outputs]
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("with_batch_norm", [True, False])
def test_without_a_graph_the_output_is_the_same(with_batch_norm):
    tensors = layer_tensors(with_batch_norm)
    with torch.no_grad():
        behind_the_stop_gradient = fused_layer(*tensors)
    assert torch.equal(behind_the_stop_gradient, fused_layer(*tensors))


def test_l2_with_a_fixed_side_equals_l2_through_both():
    generator = torch.Generator().manual_seed(7)
    u, v = (torch.randn(N, M, generator=generator, dtype=torch.float64) for _ in range(2))
    values, gradients = [], []
    for fixed in (True, False):
        first, second = u.clone().requires_grad_(), v.clone().requires_grad_(not fixed)
        values.append(l2(first, second))
        gradients.append(torch.autograd.grad(3 * values[-1], first))
    torch.testing.assert_close(values[0], values[1], rtol=1e-12, atol=0)
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-10, atol=1e-14)
