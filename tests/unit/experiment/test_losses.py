"""Every loss, value and gradient, against a plain float64 formula differentiated by autograd."""

import math
import os

import pytest
import torch
from torch.nn.functional import normalize

from ssl_landscape.experiment.losses._normalise import normalise_rows
from ssl_landscape.experiment.losses.alignment_uniformity import alignment_uniformity
from ssl_landscape.experiment.losses.barlow_twins import barlow_twins
from ssl_landscape.experiment.losses.contrastive import contrastive
from ssl_landscape.experiment.losses.inner_product import inner_product
from ssl_landscape.experiment.losses.l2 import l2
from ssl_landscape.experiment.losses.negative_cosine import negative_cosine
from ssl_landscape.experiment.losses.nt_xent import nt_xent
from ssl_landscape.experiment.losses.spectral import spectral
from ssl_landscape.experiment.losses.vicreg import vicreg
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


def mean_of(values):
    return sum(values) / len(values)


def correlation(a, b):
    """Pearson's, over the samples, with 1e-5 added to each variance."""
    a, b = a - mean_of(a), b - mean_of(b)
    return mean_of(a * b) / torch.sqrt((mean_of(a * a) + 1e-5) * (mean_of(b * b) + 1e-5))


def plain_barlow_twins(first, second, redundancy=0.005):
    """A pair of neurons at a time."""
    total = 0
    for i, a in enumerate(first.T):
        for j, b in enumerate(second.T):
            found = correlation(a, b)
            total = total + ((1 - found) ** 2 if i == j else redundancy * found**2)
    return total


def plain_vicreg(first, second, invariance=25.0, variance=25.0, covariance=1.0):
    """Eq. 6 by torch's own covariance, a neuron and a pair of neurons at a time."""
    m = first.shape[1]
    total = invariance * mean_over_rows(lambda u, v: ((u - v) ** 2).sum(), first, second) / m
    for view in (first, second):
        cov = torch.cov(view.T).reshape(m, m)
        for j in range(m):
            total = total + variance * torch.clamp(1 - torch.sqrt(cov[j, j] + 1e-4), min=0) / m
            for k in range(m):
                if k != j:
                    total = total + covariance * cov[j, k] ** 2 / m
    return total


def plain_alignment_uniformity(first, second, alignment=1.0, uniformity=1.0):
    """As Wang & Isola print it: over the distances of pairs i < k."""
    first, second = normalize(first), normalize(second)
    total = alignment * mean_over_rows(lambda u, v: ((u - v) ** 2).sum(), first, second)
    for view in (first, second):
        pairs = [(i, k) for k in range(len(view)) for i in range(k)]
        potentials = [torch.exp(-2 * ((view[i] - view[k]) ** 2).sum()) for i, k in pairs]
        total = total + uniformity * torch.log(mean_of(potentials)) / 2
    return total


def plain_spectral(first, second):
    """A pair of samples at a time."""
    n = len(first)
    pairs = [(i, k) for i in range(n) for k in range(n) if i != k]
    negatives = mean_of([torch.dot(first[i], second[k]) ** 2 for i, k in pairs])
    return -2 * mean_over_rows(torch.dot, first, second) + negatives


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
    (barlow_twins, plain_barlow_twins, {}),
    (barlow_twins, plain_barlow_twins, {"redundancy": 0.7}),
    (vicreg, plain_vicreg, {}),
    (vicreg, plain_vicreg, {"invariance": 2.0, "variance": 3.0, "covariance": 50.0}),
    (alignment_uniformity, plain_alignment_uniformity, {}),
    (alignment_uniformity, plain_alignment_uniformity, {"alignment": 3.0, "uniformity": 0.5}),
    (spectral, plain_spectral, {}),
]
NORMALISED = {  # each representation, if ``normalise`` does not say otherwise
    loss: loss not in (inner_product, barlow_twins, vicreg, spectral) for loss, _, _ in CASES
}
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
        if options.get("normalise", NORMALISED[loss]):
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
    if options.get("normalise", NORMALISED[loss]):
        assert gradient[2].abs().max() == 0


BATCHWISE = [barlow_twins, vicreg, alignment_uniformity, spectral]


@pytest.mark.parametrize("loss", BATCHWISE)
def test_both_views_have_the_same_role(loss):
    first, second = views()
    swapped = loss(second, first)
    assert loss(first, second).item() == pytest.approx(swapped.item(), rel=1e-12)


@pytest.mark.parametrize("loss", BATCHWISE)
@pytest.mark.parametrize("value", [0.0, 0.3, 1e4])
@pytest.mark.parametrize("dead", [slice(1, 2), slice(None)])
def test_constant_neurons_give_finite_values_and_gradients(loss, value, dead):
    """As after a ReLU that is 0, or a bias, for every sample; 0.3 has no exact mean in float32."""
    inputs = views(n=33, dtype=torch.float32)
    for view in inputs:
        view.data[:, dead] = value
    found = loss(*inputs)
    assert found.isfinite()
    for gradient in torch.autograd.grad(found, inputs):
        assert gradient.isfinite().all()
        assert value > 1 or gradient.abs().max() < 1e3


def test_barlow_twins_of_constant_neurons_counts_each_as_uncorrelated():
    first, second = views(n=200, m=3)
    first.data[:, 1] = second.data[:, 2] = 0.3
    second.data[:, 0] = first.data[:, 0]
    found = barlow_twins(first, second, redundancy=1e-6)
    assert found.item() == pytest.approx(2, abs=1e-5)  # (1 - C_ii)^2 of the second and the third


def test_barlow_twins_sees_neither_scale_nor_shift_of_a_neuron():
    first, second = views()
    moved = first * torch.tensor([1.0, 2.0, 5.0, -3.0]) + 7
    assert barlow_twins(moved, second * torch.tensor([1, 1, 1, -1])).item() == pytest.approx(
        barlow_twins(first, second).item(), rel=1e-4
    )


@pytest.mark.parametrize("scale", [1e-3, 0.1, 0.3])
def test_vicreg_where_deviations_are_below_1(scale):
    inputs = [(scale * view.detach()).requires_grad_() for view in views()]
    found, wanted = vicreg(*inputs), plain_vicreg(*inputs)
    assert found.item() == pytest.approx(wanted.item(), rel=1e-9)
    pairs = zip(
        torch.autograd.grad(found, inputs), torch.autograd.grad(wanted, inputs), strict=True
    )
    for ours, theirs in pairs:
        assert_close(ours, theirs)
    assert torch.autograd.gradcheck(vicreg, inputs)


def test_vicreg_of_a_collapsed_network_is_what_its_hinges_miss():
    same = torch.full((5, 3), 0.25, dtype=torch.float64)
    assert vicreg(same, same).item() == pytest.approx(2 * 25 * (1 - 0.01))
    assert vicreg(same, same + 2).item() == pytest.approx(2 * 25 * (1 - 0.01) + 25 * 4)


def test_alignment_and_uniformity_of_directions_that_are_known():
    same = torch.ones(5, 3, dtype=torch.float64)
    assert alignment_uniformity(same, same).item() == pytest.approx(0, abs=1e-12)
    axes = 7 * torch.eye(3, dtype=torch.float64)  # |u_i - u_k|^2 = 2
    assert alignment_uniformity(axes, axes).item() == pytest.approx(-4)
    assert alignment_uniformity(axes, -axes, alignment=0.5).item() == pytest.approx(4 / 2 - 4)


def test_spectral_is_least_for_the_directions_of_orthogonal_samples():
    """Of u = v = s e_i the loss is -2 s^2; a common direction of length s costs s^4 in addition."""
    axes, same = torch.eye(3, dtype=torch.float64), torch.eye(3, dtype=torch.float64)[[0, 0, 0]]
    assert spectral(2 * axes, 2 * axes).item() == pytest.approx(-8)
    assert spectral(2 * same, 2 * same).item() == pytest.approx(-8 + 16)


@pytest.fixture
def others():
    """An implementation that is not ours; its import leaves a setting in the environment."""
    before = set(os.environ)
    from pytorch_metric_learning import losses

    for name in set(os.environ) - before:
        del os.environ[name]
    return losses


def test_vicreg_is_that_of_pytorch_metric_learning(others):
    """Which halves the variance, as the released code does and the paper's Eq. 6 does not."""
    first, second = views(n=16)
    for scale in (1, 0.1):
        u, v = scale * first, scale * second
        theirs = others.VICRegLoss(invariance_lambda=25, variance_mu=2 * 25, covariance_v=1)
        assert vicreg(u, v).item() == pytest.approx(theirs(u, ref_emb=v).item(), rel=1e-6)


@pytest.mark.parametrize("temperature", [0.05, 0.5])
def test_nt_xent_is_that_of_pytorch_metric_learning(others, temperature):
    first, second = views(n=16)
    theirs = others.SelfSupervisedLoss(others.NTXentLoss(temperature))
    found = nt_xent(first, second, temperature=temperature)
    assert found.item() == pytest.approx(theirs(first, second).item(), rel=1e-6)
