"""Activations against their formulas entry by entry, and batch norm written out in float64."""

import pytest
import torch

from ssl_landscape.experiment.networks import EncoderLayer
from ssl_landscape.experiment.registry import block_names, find_block

N, M, INPUTS = 33, 6, 4


def relu(value):
    return max(value, 0.0)


# What each activation makes of one entry Wa and its bias b, without batch norm.
FORMULAS = {
    "identity": lambda y, b: y + b,
    "relu": lambda y, b: relu(y + b),
    "symmetric_relu": lambda y, b: relu(y - b) - relu(-y - b),  # Eq. 14
    "symmetric_relu_released": lambda y, b: relu(y + b) - relu(-(y + b) + 2 * b),
}
# What each one makes of its batch-normalised input y (where b is no part of y), and that input.
AFTER_BATCH_NORM = {
    "identity": lambda y, b: y,
    "relu": lambda y, b: y.clamp(min=0),
    "symmetric_relu": lambda y, b: (y - b).clamp(min=0) - (-y - b).clamp(min=0),
    "symmetric_relu_released": lambda y, b: y.clamp(min=0) - (2 * b - y).clamp(min=0),
}


def draw(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def plain(name, linear, bias):
    return find_block("activations", name)(linear, bias, lambda y: y)


def layer_of(name, weight, bias, gain=None, shift=None):
    layer = EncoderLayer(
        weight, bias, find_block("activations", name), "none" if gain is None else "trained"
    )
    if gain is not None:
        layer.gain.data, layer.shift.data = gain, shift
    return layer


def plain_batch_norm(y, gain, shift):
    mean = y.sum(dim=0) / len(y)
    variance = ((y - mean) ** 2).sum(dim=0) / len(y)  # the biased one
    return gain * (y - mean) / torch.sqrt(variance + 1e-5) + shift


def test_every_activation_in_the_folder_is_tested():
    assert set(FORMULAS) == set(AFTER_BATCH_NORM) == set(block_names("activations"))


@pytest.mark.parametrize("name", FORMULAS)
def test_formula(name):
    linear, bias = draw(N, M), draw(M, seed=1)
    assert (bias > 0).any()
    assert (bias < 0).any()
    wanted = [
        [FORMULAS[name](y, b) for y, b in zip(row, bias.tolist(), strict=True)]
        for row in linear.tolist()
    ]
    found = plain(name, linear, bias)
    assert torch.allclose(found, torch.tensor(wanted, dtype=torch.float64), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", FORMULAS)
def test_gradient_by_finite_differences(name):
    inputs = draw(N, M).requires_grad_(), draw(M, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(lambda y, b: plain(name, y, b), inputs)


@pytest.mark.parametrize("name", FORMULAS)
def test_inputs_are_left_as_they_were(name):
    linear, bias = draw(N, M).requires_grad_(), draw(M, seed=1).requires_grad_()
    plain(name, linear, bias).sum().backward()
    assert torch.equal(linear, draw(N, M))
    assert torch.equal(bias, draw(M, seed=1))


def test_released_form_is_equation_14_with_the_threshold_negated():
    linear, bias = draw(N, M), draw(M, seed=1)
    released = plain("symmetric_relu_released", linear, bias)
    assert torch.allclose(released, plain("symmetric_relu", linear, -bias), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["symmetric_relu", "symmetric_relu_released"])
def test_symmetric_relu_without_bias_is_the_identity(name):
    linear = draw(N, M)
    assert torch.equal(plain(name, linear, torch.zeros(M, dtype=torch.float64)), linear)


def test_symmetric_relu_is_zero_up_to_its_threshold_and_odd():
    y, bias = torch.linspace(-3, 3, 61, dtype=torch.float64)[:, None], torch.tensor([1.05])
    found = plain("symmetric_relu", y, bias)
    assert torch.equal(found == 0, y.abs() <= 1.05)
    assert torch.allclose(found, -found.flip(0), atol=1e-12)


@pytest.mark.parametrize("name", FORMULAS)
def test_layer_with_batch_norm_value_and_gradients(name):
    tensors = [
        draw(M, INPUTS, seed=1),
        draw(M, seed=2),
        1 + 0.3 * draw(M, seed=3),
        draw(M, seed=4),
        draw(N, INPUTS, seed=5),
    ]
    layer = layer_of(name, *tensors[:4])
    tensors = [*layer.parameters(), tensors[4].requires_grad_()]
    weight, bias, gain, shift, inputs = tensors
    # Only Eq. 14 does not add b to its input; any constant leaves batch norm's output alone.
    normalised = plain_batch_norm(inputs @ weight.T, gain, shift)
    wanted = AFTER_BATCH_NORM[name](normalised, bias)
    found = layer(inputs)
    assert torch.allclose(found, wanted, rtol=1e-10, atol=1e-10)
    cotangent = draw(N, M, seed=6)
    ours = torch.autograd.grad(found, tensors, cotangent)
    theirs = torch.autograd.grad(wanted, tensors, cotangent, materialize_grads=True)
    for a, b in zip(ours, theirs, strict=True):
        assert torch.allclose(a, b, rtol=1e-8, atol=1e-10)
    assert sum(t.norm() > 0.1 for t in theirs) >= 4


def test_layer_without_batch_norm():
    weight, bias, inputs = draw(M, INPUTS, seed=1), draw(M, seed=2), draw(N, INPUTS, seed=3)
    layer = layer_of("relu", weight, bias)
    wanted = torch.einsum("ni,mi->nm", inputs, weight) + bias
    assert torch.allclose(layer(inputs), wanted.clamp(min=0), atol=1e-12)


def test_batch_norm_has_no_memory():
    ones, zeros = torch.ones(M, dtype=torch.float64), torch.zeros(M, dtype=torch.float64)
    layer = layer_of("identity", draw(M, INPUTS), draw(M), ones, zeros)
    first = layer(draw(N, INPUTS, seed=1))
    layer(100 * draw(N, INPUTS, seed=2))
    assert torch.equal(layer(draw(N, INPUTS, seed=1)), first)


def test_batch_norm_in_float32_is_near_float64():
    weight, inputs = draw(M, INPUTS, seed=1), draw(512, INPUTS, seed=2) + 3
    gain, shift = 1 + 0.3 * draw(M, seed=3), draw(M, seed=4)
    single = [t.float() for t in (weight, torch.zeros(M), gain, shift, inputs)]
    found = layer_of("identity", *single[:4])(single[4])
    wanted = plain_batch_norm(inputs @ weight.T, gain, shift)
    assert found.dtype == torch.float32
    assert (found - wanted).abs().max() < 1e-5
