"""Symmetric ReLU in the form of the authors' released code."""

from collections.abc import Callable

import torch
from torch import Tensor


def symmetric_relu_released(
    linear: Tensor, bias: Tensor, normalise: Callable[[Tensor], Tensor]
) -> Tensor:
    """ReLU(y) - ReLU(2b - y) with y = Wa + b, batch-normalised where there is batch norm.

    Without batch norm it is Eq. 14 with the threshold -b. With batch norm, b no longer shifts y.

    Args:
        linear: Wa, (n, m).
        bias: b, (m,).
        normalise: batch norm, or the identity.
    """
    y = normalise(linear + bias)
    return torch.relu(y) - torch.relu(2 * bias - y)


def fused_layer(
    inputs: Tensor, weight: Tensor, bias: Tensor, gain: Tensor | None, shift: Tensor | None
) -> Tensor:
    """The whole layer, W a to activation, as one step of the gradient.

    Args:
        inputs: a, (n, inputs).
        weight: W, (m, inputs).
        bias: b, (m,).
        gain: batch norm's scale, (m,), or None without batch norm.
        shift: batch norm's offset, (m,), or None.
    """
    if not torch.is_grad_enabled():  # behind the stop-gradient
        return _layer(inputs, weight, bias, gain, shift)[0]
    return _FusedLayer.apply(inputs, weight, bias, gain, shift)


def _layer(
    inputs: Tensor, weight: Tensor, bias: Tensor, gain: Tensor | None, shift: Tensor | None
) -> tuple[Tensor, ...]:
    """Give the layer's output, and what its gradient needs."""
    linear = torch.mm(inputs, weight.t())
    y, mean, inverse_std = linear, None, None
    if gain is None:
        y = linear.add_(bias)
    else:  # b is left out: batch norm subtracts it again
        y, mean, inverse_std = torch.native_batch_norm(
            linear, gain, shift, None, None, True, 0.0, 1e-5
        )
    mirrored = torch.sub(2 * bias, y)
    return y.relu().sub_(mirrored.relu()), linear, mean, inverse_std, y, mirrored


class _FusedLayer(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx,
        inputs: Tensor,
        weight: Tensor,
        bias: Tensor,
        gain: Tensor | None,
        shift: Tensor | None,
    ) -> Tensor:
        output, *kept = _layer(inputs, weight, bias, gain, shift)
        ctx.save_for_backward(inputs, weight, gain, *kept)
        return output

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, ...]:
        inputs, weight, gain, linear, mean, inverse_std, y, mirrored = ctx.saved_tensors
        upper = torch.ops.aten.threshold_backward(gradient, y, 0)  # gradient where y > 0
        lower = torch.ops.aten.threshold_backward(gradient, mirrored, 0)
        of_bias = lower.sum(dim=0).mul_(-2)
        of_linear, of_gain, of_shift = upper.add_(lower), None, None
        if gain is None:
            of_bias += of_linear.sum(dim=0)
        else:
            of_linear, of_gain, of_shift = torch.ops.aten.native_batch_norm_backward(
                of_linear, linear, gain, None, None, mean, inverse_std, True, 1e-5, [True] * 3
            )
        of_inputs = of_linear @ weight if ctx.needs_input_grad[0] else None
        return of_inputs, of_linear.t() @ inputs, of_bias, of_gain, of_shift
