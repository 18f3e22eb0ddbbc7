"""Timing of short functions, several side by side, so that a busy moment meets all of them."""

from collections.abc import Callable, Mapping
from statistics import median
from timeit import Timer

_ROUND = 0.05  # seconds a function runs before the next one has its turn


def side_by_side(
    functions: Mapping[str, Callable[[], object]], rounds: int
) -> dict[str, list[float]]:
    """Time functions in turns, ``rounds`` of each: name -> seconds per call in each turn."""
    timers = {name: Timer(function) for name, function in functions.items()}
    calls = {name: _calls(timer) for name, timer in timers.items()}
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, timer in timers.items():
            times[name].append(timer.timeit(calls[name]) / calls[name])
    return times


def seconds(function: Callable[[], object], rounds: int = 9) -> float:
    """Return the median seconds of a call."""
    return median(side_by_side({"": function}, rounds)[""])


def _calls(timer: Timer) -> int:
    """Warm up, and find how many calls fill a turn."""
    timer.timeit(1)
    return max(1, round(3 * _ROUND / max(timer.timeit(3), 1e-9)))
