"""What a judge sees of a model's runs, and what it returns: one case per statistic and bound."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import fmean

CONFIRMED, PARTLY, NOT_CONFIRMED = "confirmed", "partly", "not confirmed"
NOT_JUDGED, UNDECIDED = "not judged", "undecided"
MINIMUM = "min_max_cosine"
WEIGHTS = ("online_weight_norm", "target_weight_norm")
DIGITS = 9  # a statistic on its bound meets it, whatever the last bit of a float says


@dataclass(frozen=True)
class Run:
    """The two ends of a run's curve: column -> value, before training and after the last epoch.

    The minimum max-cosine at the end is the median over the last epochs, ``last`` the last one's.
    """

    start: dict[str, float]
    end: dict[str, float]
    last: float = math.nan


@dataclass(frozen=True)
class ModelRuns:
    """All runs of a model by sparsity, and the cosines that its size gives by chance."""

    name: str
    by_sparsity: dict[str, list[Run]]
    chance: dict[str, float] = field(default_factory=dict)

    def mean(self, sparsity: str, value: Callable[[Run], float]) -> float:
        """Return the mean of a value over the runs of a sparsity."""
        return fmean([value(run) for run in self.by_sparsity[sparsity]])

    def end(self, sparsity: str, metric: str = MINIMUM) -> float:
        """Return the mean of a metric at the last epoch."""
        return self.mean(sparsity, lambda run: run.end[metric])

    def start(self, sparsity: str, metric: str = MINIMUM) -> float:
        """Return the mean of a metric before training."""
        return self.mean(sparsity, lambda run: run.start[metric])


@dataclass(frozen=True)
class Case:
    """A statistic at a sparsity (or over all), the bound that it has to reach, and the verdict."""

    models: tuple[str, ...]  # whose runs it is computed from
    sparsity: str  # Pr(z_i != 0) as text, or "all"
    statistic: str  # what was computed, in words
    value: float  # NaN where it cannot be computed
    threshold: str  # the name of the bound in the config
    bound: float
    at_least: bool  # the value has to be at or above the bound; else at or below
    detail: str = ""  # the numbers behind the value
    direction: float | None = None  # beyond it the value goes the claimed way, as it has to
    agreeing: float = 1.0  # the share of runs that go the claimed way, too
    claimed: bool = True  # else it is shown beside the claim, which does not speak of this sparsity

    @property
    def verdict(self) -> str:
        """Confirmed: the bound is met. Partly: the claimed direction, but not the size.

        Neither, unless most runs go in this direction themselves.
        """
        if not self.claimed:
            return NOT_JUDGED
        if self.agreeing <= 0.5 and math.isfinite(self.value):
            return NOT_CONFIRMED  # a mean that one run makes, against the others, shows nothing
        return self._verdict_at(self.value)

    def verdict_within(self, low: float, high: float) -> str:
        """Return the verdict if it is the same in the whole interval of the value, else undecided.

        NaN is the interval of a single run.
        """
        ends = {self._verdict_at(low), self._verdict_at(high)}
        decided = len(ends) == 1 and ends != {NOT_JUDGED}
        return self.verdict if decided or self.verdict == NOT_JUDGED else UNDECIDED

    def _verdict_at(self, value: float) -> str:
        if not math.isfinite(value):
            return NOT_JUDGED
        if self.direction is not None and self._beyond(value, self.direction) <= 0:
            return NOT_CONFIRMED  # a rise to 0.8 from above 0.8 is none
        if self._beyond(value, self.bound) >= 0:
            return CONFIRMED
        return NOT_CONFIRMED if self.direction is None else PARTLY

    def _beyond(self, value: float, bound: float) -> float:
        return round((value - bound) * (1 if self.at_least else -1), DIGITS)


def combine(verdicts: Iterable[str]) -> str:
    """Return the verdict over several: all confirmed, all not confirmed, or else partly.

    It is undecided if those that are undecided could still change it.
    """
    judged = {verdict for verdict in verdicts if verdict != NOT_JUDGED}
    if not judged:
        return NOT_JUDGED
    decided = judged - {UNDECIDED}
    if UNDECIDED in judged and len(decided) < 2 and decided != {PARTLY}:
        return UNDECIDED
    return decided.pop() if len(decided) == 1 else PARTLY
