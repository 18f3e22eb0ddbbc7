"""Which network learns from which: values, gradients and stop-gradients of the updates."""

import functools
import sys

import pytest
import torch

from ssl_landscape.experiment.networks import build_networks
from ssl_landscape.experiment.registry import block_names, find_block, network_names

from ..helpers import small_data, small_spec


def asymmetric(first, second):
    """A loss in which the sides cannot be taken for each other."""
    return (first * second).sum() + (first**3).sum() - 2 * (second**2).sum()


def networks_of(update):
    spec = small_spec(update={"name": update}, predictor="linear", projector="linear")
    dictionary, stream = torch.from_numpy(small_data()[1]), torch.Generator().manual_seed(3)
    networks = build_networks(spec, len(network_names(update)), dictionary, stream)
    return [network.double() for network in networks]


def views():
    return torch.randn(2, 9, 12, generator=torch.Generator().manual_seed(1)).double()


def gradients(loss, networks):
    tensors = [p for network in networks for p in network.parameters()]
    return torch.autograd.grad(loss, tensors, allow_unused=True)


def assert_equal(found, wanted):
    assert any(g is not None and g.abs().max() > 1e-3 for g in wanted)
    for one, other in zip(found, wanted, strict=True):
        assert (one is None) == (other is None)
        assert one is None or torch.allclose(one, other)


@pytest.mark.parametrize("step", [0, 1, 2, 7])
def test_alternating(step):
    networks, (first, second) = networks_of("alternating"), views()
    [(loss, learner)] = find_block("updates", "alternating")(
        networks, first, second, step, asymmetric
    )
    assert learner is networks[step % 2]
    other = networks[1 - step % 2]
    target = other.represent(second).detach()
    wanted = asymmetric(learner.predict(learner.represent(first)), target)
    assert loss.item() == wanted.item()
    assert_equal(gradients(loss, networks), gradients(wanted, networks))
    own = [p for name, p in other.named_parameters() if "predictor" not in name]
    assert torch.autograd.grad(loss, own, allow_unused=True) == (None,) * len(own)


def test_shared():
    networks, (first, second) = networks_of("shared"), views()
    [(loss, learner)] = find_block("updates", "shared")(networks, first, second, 1, asymmetric)
    assert learner is networks[0]
    p1, p2 = (learner.predict(learner.represent(view)) for view in (first, second))
    assert_equal(gradients(loss, networks), gradients(asymmetric(p1, p2), networks))


def test_symmetrised():
    networks, (first, second) = networks_of("symmetrised"), views()
    [(loss, learner)] = find_block("updates", "symmetrised")(networks, first, second, 1, asymmetric)
    assert learner is networks[0]
    z1, z2 = learner.represent(first), learner.represent(second)
    forth = asymmetric(learner.predict(z1), z2.detach())
    back = asymmetric(learner.predict(z2), z1.detach())
    assert_equal(gradients(loss, networks), gradients(forth / 2 + back / 2, networks))


def test_simultaneous():
    networks, (first, second) = networks_of("simultaneous"), views()
    update = find_block("updates", "simultaneous")
    turns = update(networks, first, second, 1, asymmetric)
    assert [learner for _, learner in turns] == networks
    for number, (loss, learner) in enumerate(turns):
        own, other = (first, second) if number == 0 else (second, first)
        target = networks[1 - number].represent(other).detach()
        wanted = asymmetric(learner.predict(learner.represent(own)), target)
        assert_equal(gradients(loss, networks), gradients(wanted, networks))


def test_moving_average():
    networks, (first, second) = networks_of("moving_average"), views()
    online, target = networks
    update = functools.partial(find_block("updates", "moving_average"), decay=0.9)
    [(loss, learner)] = update(networks, first, second, 0, asymmetric)
    assert learner is online
    wanted = asymmetric(online.predict(online.represent(first)), online.represent(second).detach())
    assert_equal(gradients(loss, networks), gradients(wanted, networks))
    assert torch.equal(online.weight, target.weight)
    before = target.weight.detach().clone()
    with torch.no_grad():
        for parameter in online.parameters():
            parameter += 1
    [(loss, _)] = update(networks, first, second, 1, asymmetric)
    assert torch.allclose(target.weight, 0.9 * before + 0.1 * online.weight)
    assert torch.allclose(target.projector.bias, online.projector.bias - 0.9)
    wanted = asymmetric(online.predict(online.represent(first)), target.represent(second).detach())
    assert_equal(gradients(loss, networks), gradients(wanted, networks))


def test_a_captured_first_step_follows_and_does_not_copy(monkeypatch):
    update = find_block("updates", "moving_average")
    monkeypatch.setattr(sys.modules[update.__module__], "_is_captured", lambda network: True)
    networks, (first, second) = networks_of("moving_average"), views()
    before = [network.weight.detach().clone() for network in networks]
    update(networks, first, second, 0, asymmetric, decay=0.9)
    torch.testing.assert_close(networks[1].weight, 0.9 * before[1] + 0.1 * before[0])


def test_every_update_in_the_folder_is_tested():
    assert block_names("updates") == (
        *("alternating", "moving_average", "shared", "simultaneous", "symmetrised"),
    )
