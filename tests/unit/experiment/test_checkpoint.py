"""Long runs: what was saved goes on bit for bit, and only in the run that it is of."""

import pytest
import torch

from ssl_landscape.experiment.checkpoint import Checkpoint
from ssl_landscape.experiment.curve import CHUNK
from ssl_landscape.experiment.fast import train

from ..helpers import small_data, small_spec
from .test_training import MODELS

CPU = torch.device("cpu")
EPOCHS = 3 * CHUNK + 20
CONTRAST = {
    "loss": {"name": "contrastive", "temperature": 0.5},
    "update": {"name": "shared"},
}  # autograd


class Killed(Exception):
    pass


class KilledAfter(Checkpoint):
    """Saves at every chance, and ends the process, so to speak, after the k-th."""

    def __init__(self, path, count):
        super().__init__(path, "this run", 0)
        self.left = count

    def save(self, tensors):
        super().save(tensors)
        self.left -= 1
        if not self.left:
            raise Killed


def same(one, other):
    for name, values in one.curve.items():
        assert values.dtype == other.curve[name].dtype
        assert values.tobytes() == other.curve[name].tobytes(), name
    for name, tensor in one.weights.items():
        assert torch.equal(tensor, other.weights[name]), name


@pytest.mark.parametrize(
    ("model", "changes"),
    [(m, MODELS[m]) for m in ("ncl-basic", "cl-basic", "ncl-momentum-predictor", "ncl-two-layers")]
    + [("ncl-dependent", MODELS["ncl-dependent"]), ("by-autograd", CONTRAST | {"momentum": 0.5})],
)
@pytest.mark.parametrize("count", [1, 3])
def test_a_killed_run_goes_on_bit_for_bit(model, changes, count, tmp_path):
    spec = small_spec(model=model, **changes | {"epochs": EPOCHS})
    whole = train(spec, *small_data(), CPU)
    path = tmp_path / "checkpoint.safetensors"
    with pytest.raises(Killed):
        train(spec, *small_data(), CPU, checkpoint=KilledAfter(path, count))
    seen = []
    second = Checkpoint(path, "this run", 1e9)
    after = train(spec, *small_data(), CPU, lambda epoch, *_: seen.append(epoch), second)
    assert second.resumed_at == count * CHUNK
    assert min(seen[1:]) > count * CHUNK  # seen[0] is the state before training
    same(whole, after)
