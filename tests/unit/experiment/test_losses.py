"""Every loss, value and gradient, against a plain float64 formula differentiated by autograd."""

import math

import pytest
import torch
from torch.nn.functional import normalize

from ssl_landscape.experiment.losses._normalise import normalise_rows
from ssl_landscape.experiment.losses.contrastive import contrastive
from ssl_landscape.experiment.losses.inner_product import inner_product
from ssl_landscape.experiment.losses.l2 import l2
from ssl_landscape.experiment.losses.negative_cosine import negative_cosine
from ssl_landscape.experiment.losses.nt_xent import nt_xent
from ssl_landscape.experiment.registry import block_names, find_block


def views(n=6, m=4, seed=0, dtype=torch.float64):
    """Two independent batches of representations, of lengths far from 1."""
    generator = torch.Generator().manual_seed(seed)
    both = 3 * torch.randn(2, n, m, generator=generator, dtype=torch.float64)
    return [v.to(dtype).requires_grad_() for v in both]


def mean_over_rows(term, first, second):
    return sum(term(u, v) for u, v in zip(first, second, strict=True)) / len(first)


def plain_l2(first, second, normalise=True):
    if normalise:
        first, second = normalize(first), normalize(second)
    return mean_over_rows(lambda u, v: ((u - v) ** 2).sum(), first, second)


def plain_inner_product(first, second, normalise=False):
    if normalise:
        first, second = normalize(first), normalize(second)
    return 2 - 2 * mean_over_rows(torch.dot, first, second)


def plain_negative_cosine(first, second):
    return -mean_over_rows(torch.dot, normalize(first), normalize(second))


def plain_contrastive(first, second, temperature, normalise=True):
    """Eq. 9, a sample at a time: its negatives are the other samples' second views."""
    if normalise:
        first, second = normalize(first), normalize(second)
    total = 0
    for i in range(len(first)):
        positive = torch.exp(first[i] @ second[i] / temperature)
        negatives = sum(
            torch.exp(first[i] @ second[k] / temperature) for k in range(len(first)) if k != i
        )
        total = total - torch.log(positive / (positive + negatives))
    return total / len(first)


def plain_nt_xent(first, second, temperature):
    """A view's partner among the 2B - 1 others, by logsumexp over an explicit list of them."""
    batch = len(first)
    both = normalize(torch.cat([first, second]))
    total = 0
    for i in range(2 * batch):
        others = [k for k in range(2 * batch) if k != i]
        similarities = torch.stack([both[i] @ both[k] for k in others]) / temperature
        partner = others.index((i + batch) % (2 * batch))
        total = total + torch.logsumexp(similarities, 0) - similarities[partner]
    return total / (2 * batch)


CASES = [
    (l2, plain_l2, {}),
    (l2, plain_l2, {"normalise": True}),
    (l2, plain_l2, {"normalise": False}),
    (inner_product, plain_inner_product, {}),
    (inner_product, plain_inner_product, {"normalise": True}),
    (inner_product, plain_inner_product, {"normalise": False}),
    (negative_cosine, plain_negative_cosine, {}),
    (contrastive, plain_contrastive, {"temperature": 0.05}),
    (contrastive, plain_contrastive, {"temperature": 1.0}),
    (contrastive, plain_contrastive, {"temperature": 5.0, "normalise": False}),
    (nt_xent, plain_nt_xent, {"temperature": 0.05}),
    (nt_xent, plain_nt_xent, {"temperature": 0.5}),
    (nt_xent, plain_nt_xent, {"temperature": 1.0}),
]
IDS = [f"{loss.__name__}-{options}" for loss, _, options in CASES]


def assert_close(found, wanted, tolerance=1e-6):
    assert (found - wanted).norm() <= tolerance * wanted.norm()


@pytest.mark.parametrize(("loss", "plain", "options"), CASES, ids=IDS)
@pytest.mark.parametrize("shape", [(6, 4), (2, 3), (9, 5)])
def test_value_and_gradients(loss, plain, options, shape):
    inputs = views(*shape)
    found, wanted = loss(*inputs, **options), plain(*inputs, **options)
    assert found.shape == ()
    assert_close(found, wanted)
    pairs = zip(
        torch.autograd.grad(found, inputs), torch.autograd.grad(wanted, inputs), strict=True
    )
    for ours, theirs in pairs:
        assert theirs.norm() > 1e-9  # otherwise the comparison would prove nothing
        assert_close(ours, theirs)


@pytest.mark.parametrize(("loss", "plain", "options"), CASES, ids=IDS)
def test_float32_is_near_float64(loss, plain, options):
    single = views(dtype=torch.float32, n=32, m=10)
    double = [v.detach().double().requires_grad_() for v in single]
    found, wanted = loss(*single, **options), plain(*double, **options)
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(wanted.item(), rel=1e-5)
    assert_close(
        torch.autograd.grad(found, single[0])[0].double(),
        torch.autograd.grad(wanted, double[0])[0],
        1e-5,
    )


@pytest.mark.parametrize(("loss", "plain", "options"), CASES, ids=IDS)
def test_gradcheck(loss, plain, options):
    assert torch.autograd.gradcheck(lambda u, v: loss(u, v, **options), views(n=4, m=3))


@pytest.mark.parametrize(("loss", "plain", "options"), CASES, ids=IDS)
def test_a_detached_side_gets_no_gradient_and_the_other_side_keeps_its_own(loss, plain, options):
    first, second = views()
    stopped = loss(first, second.detach(), **options)
    stopped.backward()
    assert second.grad is None
    value = plain(first, second.detach(), **options)
    assert_close(stopped, value)
    assert_close(first.grad, torch.autograd.grad(value, first)[0])


def test_every_loss_in_the_folder_is_tested():
    assert {loss.__name__ for loss, _, _ in CASES} == set(block_names("losses"))
    assert all(find_block("losses", loss.__name__) is loss for loss, _, _ in CASES)


@pytest.mark.parametrize(("loss", "plain", "options"), CASES, ids=IDS)
@pytest.mark.parametrize("fixed", [False, True])
def test_gradient_is_scaled_by_what_follows_the_loss(loss, plain, options, fixed):
    first, second = views()
    second = second.detach() if fixed else second
    (single,) = torch.autograd.grad(loss(first, second, **options), first)
    (triple,) = torch.autograd.grad(3 * loss(first, second, **options), first)
    assert_close(triple, 3 * single, 1e-12)


def test_nt_xent_of_equal_directions_is_the_logarithm_of_the_others():
    same = torch.ones(5, 3, dtype=torch.float64)
    assert nt_xent(same, same, temperature=0.5).item() == pytest.approx(math.log(9))


@pytest.mark.parametrize("temperature", [0.013, 0.001])
def test_nt_xent_at_a_temperature_whose_exponentials_leave_float32(temperature):
    first, second = (view.detach().float().requires_grad_() for view in views())
    loss = nt_xent(first, second, temperature=temperature)
    exact = [view.detach().double().requires_grad_() for view in (first, second)]
    wanted = plain_nt_xent(*exact, temperature=temperature)
    assert loss.item() == pytest.approx(wanted.item(), rel=1e-4)
    ours, theirs = torch.autograd.grad(loss, first)[0], torch.autograd.grad(wanted, exact[0])[0]
    assert (ours - theirs).norm() < 1e-3 * theirs.norm()


def test_nt_xent_is_finite_at_its_lowest_temperature_in_float32():
    # The worst case: a full batch of equal directions.
    same = torch.ones(512, 4, requires_grad=True)
    loss = nt_xent(same, same, temperature=1 / 75)
    assert loss.item() == pytest.approx(math.log(1023), rel=1e-4)
    assert torch.autograd.grad(loss, same)[0].isfinite().all()


def test_l2_of_directions_is_two_minus_two_cosines():
    first, second = views()
    cosine = mean_over_rows(torch.dot, normalize(first), normalize(second)).item()
    assert l2(first, second).item() == pytest.approx(2 - 2 * cosine, rel=1e-12)
    assert inner_product(first, second, normalise=True).item() == pytest.approx(2 - 2 * cosine)
    assert 2 + 2 * negative_cosine(first, second).item() == pytest.approx(2 - 2 * cosine)


def test_losses_of_directions_do_not_see_lengths():
    first, second = (v.detach() for v in views())
    scales = torch.linspace(0.1, 50, len(first), dtype=torch.float64)[:, None]
    for loss, _, options in CASES:
        if options.get("normalise", loss is not inner_product):
            value = loss(first, second, **options).item()
            assert loss(scales * first, second / scales, **options).item() == pytest.approx(value)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_row_without_direction_stays_zero_and_has_no_gradient(dtype):
    rows = torch.tensor([[3.0, 4.0], [0.0, 0.0], [1e-14, 0.0]], dtype=dtype, requires_grad=True)
    directions = normalise_rows(rows)
    assert directions.tolist()[1:] == [[0, 0], [0, 0]]
    assert directions[0].tolist() == pytest.approx([0.6, 0.8])
    (gradient,) = torch.autograd.grad(directions, rows, torch.ones_like(directions))
    assert gradient[1:].tolist() == [[0, 0], [0, 0]]
    # The derivative of u / |u| at (3, 4) in direction (1, 1): (g - u <u, g>) / |(3, 4)|.
    assert gradient[0].tolist() == pytest.approx([(1 - 0.6 * 1.4) / 5, (1 - 0.8 * 1.4) / 5], 1e-5)


@pytest.mark.parametrize(("loss", "plain", "options"), CASES, ids=IDS)
@pytest.mark.parametrize("fixed", [False, True])
def test_zero_rows_do_not_blow_up_the_gradient(loss, plain, options, fixed):
    first, second = views()
    first.data[2] = 0
    second = second.detach() if fixed else second
    gradient = torch.autograd.grad(loss(first, second, **options), first)[0]
    assert gradient.isfinite().all()
    assert gradient.abs().max() < 1e3
    if options.get("normalise", loss is not inner_product):
        assert gradient[2].abs().max() == 0
