"""What some tests need of the machine: a SLURM, a browser, the right to leave the network."""

import os
from typing import NoReturn

import pytest


def unavailable(reason: str) -> NoReturn:
    """Skip the test, with the reason; fail with SSL_LANDSCAPE_TESTS=required, as .ci/run sets."""
    if os.environ.get("SSL_LANDSCAPE_TESTS") == "required":
        pytest.fail(reason)
    pytest.skip(reason)
