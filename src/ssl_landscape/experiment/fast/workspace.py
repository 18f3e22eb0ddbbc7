"""Memory for large tensors: what is not needed at the same time lies in the same place.

The data that a step goes through drive its own code, the interpreter's and each other out of a
core's second-level cache; operations on small batches then take twice as long as they need.
"""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

_BYTES = 4 * 2**20  # more than such a cache holds; memory that is never touched costs nothing
_LINE = 64  # bytes of a cache's line: tensors begin at one


class Workspace:
    """A stretch of memory that is handed out from its start."""

    def __init__(self, device: torch.device) -> None:
        """Take the memory."""
        with torch.inference_mode(mode=False):  # memory that may be written in any mode
            self.memory = torch.empty(_BYTES, dtype=torch.uint8, device=device)
        self.used = 0

    def fork(self) -> "Workspace":
        """Return the memory that is left, to be handed out once more.

        Whoever takes tensors from two forks uses them in turn: each overwrites the other's.
        """
        return copy.copy(self)

    def new(self, *shape: int, dtype: torch.dtype) -> Tensor:
        """Hand out a tensor; where it does not fit any more, one with memory of its own."""
        stop = self.used + math.prod(shape) * dtype.itemsize
        if stop > _BYTES:
            return torch.empty(shape, dtype=dtype, device=self.memory.device)
        tensor = self.memory[self.used : stop].view(dtype).view(shape)
        self.used = -(-stop // _LINE) * _LINE
        return tensor


@dataclass(eq=False)
class Place:
    """Where a view's way through a network puts its tensors, (n, m) each."""

    new: Callable[[], Tensor]  # gives a tensor that nothing else overwrites in the step
    scratch: Tensor  # for use within a call
    way_back: bool  # whether a gradient comes back this way

    def over(self) -> Tensor | None:
        """Return a tensor for what replaces an input that only the way back needs again.

        None where nothing comes back: then it goes over the input itself.
        """
        return self.new() if self.way_back else None

    def kept(self) -> Tensor:
        """Return a tensor for what only the way back needs again after the call."""
        return self.new() if self.way_back else self.scratch
