"""Which blocks have a fast form."""

import importlib
from typing import Any


def find(family: str, name: str) -> Any:
    """Return the fast form of the block ``name`` of ``family``, or None if it has none."""
    module = importlib.import_module(f"ssl_landscape.experiment.fast.{family}")
    found = getattr(module, name, None)
    return found if getattr(found, "__module__", None) == module.__name__ else None


def has_fast_form(spec: dict) -> bool:
    """Return whether every block of a run has a fast form, and its update suits its loss."""
    update, loss = find("updates", spec["update"]), find("losses", spec["loss"]["name"])
    others = find("activations", spec["activation"]), find("masks", spec["masks"]["scheme"])
    return None not in (update, loss, *others) and update.gradient_of == loss.gradient_of
