"""Timing of short functions, several side by side, so that a busy moment meets all of them."""

import time
from collections.abc import Callable, Mapping
from statistics import median

_ROUND = 0.05  # seconds a function runs before the next one has its turn


def side_by_side(
    functions: Mapping[str, Callable[[], object]], rounds: int
) -> dict[str, list[float]]:
    """Time functions in turns.

    Args:
        functions: name -> what to time.
        rounds: turns that each has, after one to warm up.

    Returns:
        name -> seconds per call, one value per turn.
    """
    calls = {name: _calls(function) for name, function in functions.items()}
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            times[name].append(_time(function, calls[name]))
    return times


def seconds(function: Callable[[], object], rounds: int = 9) -> float:
    """Return the median seconds of a call."""
    return median(side_by_side({"": function}, rounds)[""])


def _calls(function: Callable[[], object]) -> int:
    """Warm up, and find how many calls fill a turn."""
    function()
    return max(1, round(_ROUND / max(_time(function, 3), 1e-9)))


def _time(function: Callable[[], object], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls
