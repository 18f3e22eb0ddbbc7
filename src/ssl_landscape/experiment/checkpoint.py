"""What a long run saves now and then, so that it can go on bit for bit after a kill."""

import logging
import time
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ssl_landscape.experiment.curve import History
from ssl_landscape.experiment.fast.epoch import Epoch
from ssl_landscape.experiment.networks import Network
from ssl_landscape.experiment.sgd import Descent
from ssl_landscape.io.files import replacing

log = logging.getLogger(__name__)


class Checkpoint:
    """A file that holds the state of one run, and is of no use to any other."""

    def __init__(self, path: Path, identity: str, seconds: float) -> None:
        """Prepare checkpoints.

        Args:
            path: the file; it is written whole or not at all.
            identity: tells this run from every other one: settings, data, code, versions, device.
            seconds: time between two checkpoints, so that shorter runs never write one.
        """
        self.path, self.identity, self.seconds = path, identity, seconds
        self.last = time.monotonic()
        self.resumed_at: int | None = None  # epochs done when this process took over

    def is_due(self) -> bool:
        """Return whether it is time for the next one."""
        return time.monotonic() - self.last >= self.seconds

    def save(self, tensors: dict[str, Tensor]) -> None:
        """Replace the file."""
        with replacing(self.path) as temporary:
            save_file(tensors, temporary, metadata={"run": self.identity})
        self.last = time.monotonic()

    def load(self) -> dict[str, Tensor] | None:
        """Read the file; None if there is none, it is broken, or of another run."""
        if not self.path.exists():
            return None
        try:
            with safe_open(self.path, framework="pt") as file:
                if file.metadata().get("run") == self.identity:
                    return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            reason = "it is of other settings, data, code, versions or device"
        except (SafetensorError, OSError, AttributeError) as error:
            reason = f"it cannot be read ({error})"
        log.warning("%s is not used: %s; from the start", self.path, reason)
        return None

    def remove(self) -> None:
        """Delete the file: the run is over."""
        self.path.unlink(missing_ok=True)


class RunState:
    """Everything that a run's next epoch depends on."""

    def __init__(
        self,
        networks: list[Network],
        descents: list[Descent],
        streams: list[torch.Generator],
        history: History,
        epoch: Epoch,
    ) -> None:
        """Watch the parts of a run."""
        self.streams, self.history, self.epoch = streams, history, epoch
        self.tensors = {
            f"{part}.{i}.{k}": tensor
            for part, lists in (
                ("parameter", [network.parameters for network in networks]),
                ("velocity", [descent.velocity or [] for descent in descents]),
            )
            for i, tensors in enumerate(lists)
            for k, tensor in enumerate(tensors)
        }

    def save(self, checkpoint: Checkpoint) -> None:
        """Save the state; ``history`` has to be settled."""
        saved = {name: tensor.detach().cpu().clone() for name, tensor in self.tensors.items()}
        saved |= {f"stream.{i}": stream.get_state() for i, stream in enumerate(self.streams)}
        saved |= {f"curve.{name}": rows for name, rows in self.history.save().items()}
        checkpoint.save(saved)
        log.info("checkpoint after epoch %d", self.history.rows - 1)

    def resume(self, checkpoint: Checkpoint) -> int:
        """Take over what was saved, if anything was; return the number of epochs done."""
        saved = checkpoint.load()
        if saved is None:
            return 0
        for name, tensor in self.tensors.items():
            tensor.copy_(saved[name])
        for i, stream in enumerate(self.streams):
            stream.set_state(saved[f"stream.{i}"])
        curve = {name.removeprefix("curve."): t for name, t in saved.items() if "curve." in name}
        done = self.history.restore(curve)
        self.epoch.steps_done = done * len(self.epoch.losses)
        checkpoint.resumed_at = done
        log.info("goes on from the checkpoint after epoch %d", done)
        return done
