"""What several topics share: one thread, and the shipped config."""

import copy

import pytest
import torch

from ssl_landscape.config import load_config

from .helpers import REPOSITORY


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def _shipped() -> dict:
    return load_config(REPOSITORY / "config.yaml")


@pytest.fixture
def shipped(_shipped) -> dict:
    """The shipped config.yaml, merged but not validated; the test may change it."""
    return copy.deepcopy(_shipped)
