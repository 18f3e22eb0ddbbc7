"""The curve of a run: every epoch has its row, worked out in chunks beside the loop."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ssl_landscape.errors import DivergedError
from ssl_landscape.experiment.max_cosine import max_cosines, summarise
from ssl_landscape.experiment.networks import Network

CHUNK = 100  # epochs; one copy of W an epoch in the loop, all the arithmetic once a chunk


class History:
    """Collects losses and weights while a run goes on; row 0 is the state before training."""

    def __init__(
        self,
        spec: dict,
        networks: list[Network],
        dictionary: Tensor,
        progress: Callable[[int, float, float], None],
    ) -> None:
        """Start a curve.

        Args:
            spec: the resolved spec of the run.
            networks: one or two (online, target); their W are watched.
            dictionary: M, (p, d), on the networks' device.
            progress: called after each chunk with epoch, loss and minimum max-cosine.
        """
        self.spec, self.networks, self.dictionary = spec, networks, dictionary
        self.progress = progress
        weight = networks[0].weight
        self.weights = weight.new_empty(len(networks), CHUNK, *weight.shape, requires_grad=False)
        self.losses = weight.new_zeros(CHUNK, requires_grad=False)
        self.filled, self.rows = 0, 0
        self.columns: dict[str, list[np.ndarray]] = {}
        self._take_weights()
        self.losses[0] = torch.nan
        self._flush(check=False)

    def end_epoch(self, losses: Tensor) -> None:
        """Close the row of an epoch with its steps' ``losses``."""
        torch.mean(losses, 0, out=self.losses[self.filled])
        self._take_weights()
        if self.filled == CHUNK:
            self._flush()

    def finish(self) -> dict[str, np.ndarray]:
        """Return the whole curve, column -> (epochs + 1,)."""
        if self.filled:
            self._flush()
        curve = {name: np.concatenate(parts) for name, parts in self.columns.items()}
        return {"epoch": np.arange(self.rows, dtype=np.int32), **curve}

    @property
    def is_settled(self) -> bool:
        """Whether every row so far is worked out."""
        return self.filled == 0

    def save(self) -> dict[str, Tensor]:
        """Return the rows so far by column; the history has to be settled."""
        return {
            name: torch.from_numpy(np.concatenate(parts)) for name, parts in self.columns.items()
        }

    def restore(self, rows: dict[str, Tensor]) -> int:
        """Go on after the rows that were saved; return the number of their last epoch."""
        self.columns = {name: [values.numpy()] for name, values in rows.items()}
        self.rows = len(rows["loss"])
        return self.rows - 1

    def _take_weights(self) -> None:
        for kept, network in zip(self.weights, self.networks, strict=True):
            kept[self.filled].copy_(network.weight.detach())
        self.filled += 1

    def _flush(self, check: bool = True) -> None:
        weights, losses = self.weights[:, : self.filled], self.losses[: self.filled]
        norms = weights.flatten(start_dim=2).norm(dim=2)  # (networks, filled)
        if check:
            self._check_finite(losses, norms)
        rows = {"loss": losses, **summarise(max_cosines(weights[0], self.dictionary))}
        rows["online_weight_norm"] = norms[0]
        rows["target_weight_norm"] = (
            norms[1] if len(norms) == 2 else torch.full_like(losses, torch.nan)
        )
        for name, values in rows.items():
            self.columns.setdefault(name, []).append(values.cpu().numpy().copy())
        self.rows += self.filled
        self.progress(self.rows - 1, float(losses[-1]), float(rows["min_max_cosine"][-1]))
        self.losses.zero_()
        self.filled = 0

    def _check_finite(self, losses: Tensor, norms: Tensor) -> None:
        broken = ~(losses.isfinite() & norms.isfinite().all(dim=0))
        if not broken.any():
            return
        first = int(broken.nonzero()[0])
        what = "loss" if not losses[first].isfinite() else "weights"
        raise diverged(self.spec, what, self.rows + first)


def diverged(spec: dict, what: str, epoch: int) -> DivergedError:
    """Say which run stopped being finite, where, and what to do."""
    return DivergedError(
        f"model {spec['model']}, sparsity {spec['sparsity']}, seed {spec['seed']}: {what} not "
        f"finite in epoch {epoch}; nothing was written. Lower its learning_rate (now "
        f"{spec['learning_rate']}) in the config"
    )
