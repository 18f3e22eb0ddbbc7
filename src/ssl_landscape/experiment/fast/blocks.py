"""Which blocks have a fast form."""

import importlib
from typing import Any

from ssl_landscape.experiment.fast.losses import LOWEST_TEMPERATURE


def find(family: str, name: str) -> Any:
    """Return the fast form of the block ``name`` of ``family``, or None if it has none."""
    module = importlib.import_module(f"ssl_landscape.experiment.fast.{family}")
    found = getattr(module, name, None)
    return found if getattr(found, "__module__", None) == module.__name__ else None


def has_fast_form(spec: dict) -> bool:
    """Return whether every block of a run has a fast form, and its update suits its loss."""
    update, loss = spec["update"]["name"], spec["loss"]
    blocks = {"updates": update, "losses": loss["name"], "masks": spec["masks"]["scheme"]}
    blocks["activations"] = spec["activation"]
    has_all = all(find(family, name) for family, name in blocks.items())
    goes_together = (update == "shared") == (loss["name"] == "nt_xent")
    return has_all and goes_together and loss.get("temperature", 1) >= LOWEST_TEMPERATURE
