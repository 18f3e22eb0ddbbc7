"""How loops over arrays are compiled: the same machine code on every processor.

A compiled function calls only functions of its own module: the compiler's cache notices changes of
that file alone.
"""

import numba
import numpy as np
import torch

Array = np.ndarray

# Sums may be split over the lanes of a vector, a product and a sum may be rounded once. Which lanes
# there are is fixed for a job, see pipeline/numeric_environment.py.
compiled = numba.njit(cache=True, error_model="numpy", fastmath={"contract", "nsz", "reassoc"})
# Nothing is reordered: for what has to be exact.
compiled_exactly = numba.njit(cache=True, error_model="numpy", fastmath={"contract"})


def array_of(tensor: torch.Tensor) -> Array:
    """Return a tensor's memory as an array: a change of one is a change of the other."""
    return tensor.detach().numpy()
