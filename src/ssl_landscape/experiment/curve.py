"""The curve of a run: one row per epoch, computed in chunks beside the loop."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ssl_landscape.errors import DivergedError
from ssl_landscape.experiment.max_cosine import max_cosines, summarise
from ssl_landscape.experiment.networks import Network

CHUNK = 100  # epochs; the loop copies W every epoch, all the arithmetic is done once per chunk


class Curve:
    """Collects losses and weights during a run; row 0 is the state before training."""

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
            networks: one or two (online, target), whose W are watched.
            dictionary: M, (p, d), on the networks' device.
            progress: called after each chunk with epoch, loss and minimum max-cosine.
        """
        self.spec, self.networks, self.dictionary = spec, networks, dictionary
        self.progress = progress
        self.losses: list[Tensor] = []  # of the epochs since the last chunk
        self.weights: list[Tensor] = []  # W of each network, epoch by epoch
        self.rows = 0  # computed so far
        self.columns: dict[str, list[np.ndarray]] = {}
        self._append(dictionary.new_full((), torch.nan))
        self._compute_rows(check=False)

    def end_epoch(self, losses: Tensor) -> None:
        """Add the row of an epoch whose steps had these ``losses``, (steps,)."""
        self._append(losses.mean(0))
        if len(self.losses) == CHUNK:
            self._compute_rows()

    def finish(self) -> dict[str, np.ndarray]:
        """Return the whole curve: column -> (epochs + 1,)."""
        if self.losses:
            self._compute_rows()
        curve = {name: np.concatenate(parts) for name, parts in self.columns.items()}
        return {"epoch": np.arange(self.rows, dtype=np.int32), **curve}

    @property
    def is_settled(self) -> bool:
        """Whether every row so far is computed."""
        return not self.losses

    def save(self) -> dict[str, Tensor]:
        """Return the rows so far by column; the curve must be settled."""
        return {
            name: torch.from_numpy(np.concatenate(parts)) for name, parts in self.columns.items()
        }

    def restore(self, columns: dict[str, Tensor]) -> int:
        """Continue after saved rows; return the number of their last epoch."""
        self.columns = {name: [values.numpy()] for name, values in columns.items()}
        self.rows = len(columns["loss"])
        return self.rows - 1

    def _append(self, loss: Tensor) -> None:
        self.losses.append(loss)
        self.weights += [network.weight.detach().clone() for network in self.networks]

    def _compute_rows(self, check: bool = True) -> None:
        losses, count = torch.stack(self.losses), len(self.networks)  # (epochs,)
        weights = [torch.stack(self.weights[i::count]) for i in range(count)]  # (epochs, m, p) each
        norms = [weight.flatten(start_dim=1).norm(dim=1) for weight in weights]  # (epochs,) each
        if check:
            self._check_finite(losses, norms)
        rows = {"loss": losses, **summarise(max_cosines(weights[0], self.dictionary))}
        rows["online_weight_norm"] = norms[0]
        rows["target_weight_norm"] = norms[1] if count == 2 else torch.full_like(losses, torch.nan)
        for name, values in rows.items():
            self.columns.setdefault(name, []).append(values.cpu().numpy().copy())
        self.rows += len(losses)
        self.progress(self.rows - 1, float(losses[-1]), float(rows["min_max_cosine"][-1]))
        self.losses, self.weights = [], []

    def _check_finite(self, losses: Tensor, norms: list[Tensor]) -> None:
        broken = ~(losses.isfinite() & torch.stack(norms).isfinite().all(dim=0))
        if not broken.any():
            return
        first = int(broken.nonzero()[0])
        what = "loss" if not losses[first].isfinite() else "weights"
        raise diverged(self.spec, what, self.rows + first)


def diverged(spec: dict, what: str, epoch: int) -> DivergedError:
    """Return the error that names the run, the epoch, and the remedy."""
    return DivergedError(
        f"model {spec['model']}, sparsity {spec['sparsity']}, seed {spec['seed']}: {what} not "
        f"finite in epoch {epoch}; nothing was written. Lower its learning_rate (now "
        f"{spec['learning_rate']}) in the config"
    )
