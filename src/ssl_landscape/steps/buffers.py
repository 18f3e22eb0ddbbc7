"""Memory for a step's large tensors: as little as can be, so that it stays in a core's cache."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor


class Buffers:
    """Hands out buffers (n, m).

    An epoch's last batch is often smaller; in memory of its own it would drive the other batches'
    out of the cache.
    """

    def __init__(self, weight: Tensor) -> None:
        """Prepare buffers for a network with ``weight``, (m, p)."""
        self.weight, self.memory = weight, list[Tensor]()

    def of_size(self, n: int) -> Callable[[], Tensor]:
        """Start at the first buffer: each call of what is returned gives the next, (n, m)."""
        if self.memory and n > len(self.memory[0]):
            self.memory = []  # earlier, smaller ones stay with their owners
        left = iter(list(self.memory))

        def new() -> Tensor:
            buffer = next(left, None)
            if buffer is None:
                buffer = self.weight.new_empty(n, len(self.weight), requires_grad=False)
                self.memory.append(buffer)
            return buffer[:n]

        return new


@dataclass(eq=False)
class Place:
    """Where a view's way through a network puts its tensors, (n, m) each."""

    new: Callable[[], Tensor]  # gives a buffer that nothing else overwrites
    scratch: Tensor  # for use within a call
    way_back: bool  # whether a gradient comes back this way

    def over(self) -> Tensor | None:
        """Give a buffer for what replaces an input that only the way back needs again.

        None where nothing comes back: then it goes over the input itself.
        """
        return self.new() if self.way_back else None

    def kept(self) -> Tensor:
        """Give a buffer for what only the way back needs again after the call."""
        return self.new() if self.way_back else self.scratch
