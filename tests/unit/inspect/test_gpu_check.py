"""The check of training on a GPU: all of it on the CPU, where there is none."""

import pytest
import torch

from ssl_landscape.cli.main import main
from ssl_landscape.inspect import gpu_check

from ..helpers import small_spec

DATASET = {
    **{"dataset": "small", "sparsity": "0.2", "seed": 1, "p": 12, "d": 6, "n": 40},
    **{"latents": "exact_counts", "noise": 0.1},
}


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(gpu_check, "TIMED", 200)
    monkeypatch.setattr(gpu_check, "AT_ONCE", (2, 3))


@pytest.mark.parametrize("name", ["alternating", "moving_average", "shared"])
def test_the_same_masks_give_the_same_curve(name):
    update = {"name": name, **({"decay": 0.9} if name == "moving_average" else {})}
    case = ("Small", small_spec(update=update), DATASET)
    report = gpu_check.check_gpu([case], torch.device("cpu"), lambda: {"host": "a"})
    assert "# Training on cpu" in report
    assert "- host: a" in report
    cells = [cell.strip() for cell in report.splitlines()[4].strip("|").split("|")]
    assert cells[0] == "Small"
    assert "(right)" in cells[1]
    differences = cells[1].removesuffix(" (right)").split(", ")
    assert len(differences) == 3
    assert all(float(value) < 1e-4 for value in differences)
    assert cells[2] == "yes"
    assert all(float(time) > 0 for time in cells[3:8])


def test_a_wrong_device_is_called_so(monkeypatch):
    monkeypatch.setattr(gpu_check, "TOLERANCE", 0)
    report = gpu_check.check_gpu(
        [("Small", small_spec(), DATASET)], torch.device("cpu"), lambda: {"host": "a"}
    )
    assert "(WRONG)" in report


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_a_gpu_one_line_says_so(capsys):
    assert main(["gpu-check"]) == 2
    assert "torch finds no GPU" in capsys.readouterr().err
