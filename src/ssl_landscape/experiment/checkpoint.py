"""What a long run saves now and then, so that after a kill it resumes bit for bit."""

import logging
import time
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ssl_landscape.experiment.curve import Curve
from ssl_landscape.experiment.networks import Network
from ssl_landscape.experiment.sgd import SGD
from ssl_landscape.io.files import replacing

log = logging.getLogger(__name__)


class Checkpoint:
    """A file that holds the state of one run; no other run uses it."""

    def __init__(self, path: Path, identity: str, seconds: float) -> None:
        """Prepare to save.

        Args:
            path: the file; it is written whole or not at all.
            identity: what sets this run apart: settings, data, code, versions, device.
            seconds: time between two checkpoints; shorter runs never write one.
        """
        self.path, self.identity, self.seconds = path, identity, seconds
        self.last = time.monotonic()
        self.resumed_at: int | None = None  # epochs done when this process took over

    def is_due(self) -> bool:
        """Return whether it is time to save again."""
        return time.monotonic() - self.last >= self.seconds

    def save(self, tensors: dict[str, Tensor]) -> None:
        """Replace the file."""
        content = save(tensors, metadata={"run": self.identity})
        with replacing(self.path) as temporary:
            temporary.write_bytes(content)
        self.last = time.monotonic()

    def load(self) -> dict[str, Tensor] | None:
        """Read the file; None if it is missing, damaged, or of another run."""
        if not self.path.exists():
            return None
        try:
            with safe_open(self.path, framework="pt") as file:
                if file.metadata().get("run") == self.identity:
                    return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            reason = "it was saved with other settings, data, code, versions or on another device"
        except (SafetensorError, OSError, AttributeError) as error:
            reason = f"it cannot be read ({error})"
        log.warning("%s is not used: %s; starting from epoch 0", self.path, reason)
        return None

    def remove(self) -> None:
        """Delete the file: the run is over."""
        self.path.unlink(missing_ok=True)


class RunState:
    """Everything that a run's next epoch depends on."""

    def __init__(
        self,
        networks: list[Network],
        optimisers: list[SGD],
        streams: list[torch.Generator],
        curve: Curve,
    ) -> None:
        """Watch the parts of a run."""
        self.streams, self.curve = streams, curve
        self.tensors: dict[str, Tensor] = {}
        for i, (network, optimiser) in enumerate(zip(networks, optimisers, strict=True)):
            self.tensors |= {f"network.{i}.{name}": p for name, p in network.named_parameters()}
            self.tensors |= {f"velocity.{i}.{k}": v for k, v in enumerate(optimiser.velocity)}

    def save(self, checkpoint: Checkpoint) -> None:
        """Save the state; the curve must be settled."""
        saved = {name: tensor.detach().cpu().clone() for name, tensor in self.tensors.items()}
        saved |= {f"stream.{i}": stream.get_state() for i, stream in enumerate(self.streams)}
        saved |= {f"curve.{name}": column for name, column in self.curve.save().items()}
        checkpoint.save(saved)
        log.info("checkpoint after epoch %d", self.curve.rows - 1)

    @torch.no_grad()
    def resume(self, checkpoint: Checkpoint) -> int:
        """Restore what was saved, if anything was; return the number of epochs done."""
        saved = checkpoint.load()
        if saved is None:
            return 0
        for name, tensor in self.tensors.items():
            tensor.copy_(saved[name])
        for i, stream in enumerate(self.streams):
            stream.set_state(saved[f"stream.{i}"])
        prefix = "curve."
        done = self.curve.restore(
            {name.removeprefix(prefix): t for name, t in saved.items() if name.startswith(prefix)}
        )
        checkpoint.resumed_at = done
        log.info("resumed from the checkpoint after epoch %d", done)
        return done
