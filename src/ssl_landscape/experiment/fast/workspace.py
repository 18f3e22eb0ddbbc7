"""Memory for large tensors: those that are not needed at the same time share their place.

The data that a step touches push its own code, the interpreter's, and each other out of a core's
second-level cache; operations on small batches then take twice as long as they need.
"""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

_BYTES = 4 * 2**20  # more than such a cache holds; memory that is never touched costs nothing
_LINE = 64  # bytes of a cache line, to which tensors are aligned


class Workspace:
    """A stretch of memory that is handed out from its start."""

    def __init__(self, device: torch.device) -> None:
        """Allocate the memory."""
        self.memory = torch.empty(_BYTES, dtype=torch.uint8, device=device)
        self.used = 0

    def fork(self) -> "Workspace":
        """Return a workspace that hands out the remaining memory once more.

        Whoever takes tensors from two forks uses them in turn: each overwrites the other's.
        """
        return copy.copy(self)

    def new(self, *shape: int, dtype: torch.dtype) -> Tensor:
        """Hand out a tensor; one that no longer fits gets memory of its own."""
        stop = self.used + math.prod(shape) * dtype.itemsize
        if stop > _BYTES:
            return torch.empty(shape, dtype=dtype, device=self.memory.device)
        tensor = self.memory[self.used : stop].view(dtype).view(shape)
        self.used = -(-stop // _LINE) * _LINE
        return tensor


@dataclass(eq=False)
class Place:
    """Where the pass of one view through a network keeps its tensors, (n, m) each."""

    new: Callable[[], Tensor]  # returns a tensor that nothing else overwrites within the step
    scratch: Tensor  # for use within a call
    needs_grad: bool  # whether the pass goes backward, too

    def over(self) -> Tensor | None:
        """Return a tensor for what replaces an input that only the backward pass still needs.

        None without a backward pass: the result may then overwrite the input itself.
        """
        return self.new() if self.needs_grad else None

    def kept(self) -> Tensor:
        """Return a tensor for what only the backward pass still needs after the call."""
        return self.new() if self.needs_grad else self.scratch
