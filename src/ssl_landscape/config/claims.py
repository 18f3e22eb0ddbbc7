"""The claims of ``config.yaml``: what the paper says, of which models, and what confirms it."""

from collections.abc import Callable
from typing import ClassVar

from ssl_landscape.claims.cases import Case
from ssl_landscape.claims.judges import JUDGES, arguments_of
from ssl_landscape.config.types import (
    Count,
    Prose,
    Some,
    Sparsity,
    Strict,
    about,
    brief,
    no_such,
    suggest,
)


class Threshold(Strict):
    """A bound that a statistic has to reach, and where it comes from."""

    value: float = about("the bound")
    reason: Prose = about("why: from the claim's words or the paper's numbers, not ours")


class Part(Strict):
    """One judgement of a claim: a judge, the models that it looks at, and its thresholds."""

    judges: ClassVar[dict[str, Callable[..., list[Case]]]] = JUDGES
    judge: str = about("a function of claims/judges.py", json_schema_extra={"enum": sorted(JUDGES)})
    models: dict[str, Some[str]] = about("role -> models, judged in parallel")
    sparsities: list[Sparsity] = about("where it is claimed; empty: everywhere", default=[])
    thresholds: dict[str, Threshold] = about("by the name that the judge gives them")

    def model_post_init(self, _: object) -> None:
        """Check roles and thresholds against the arguments of the judge."""
        if self.judge not in self.judges:
            raise ValueError(no_such("judge", self.judge, [*self.judges]))
        roles, thresholds = arguments_of(self.judges[self.judge])
        _compare(self.judge, "role", list(self.models), roles, roles)
        needed = [name for name, optional in thresholds.items() if not optional]
        _compare(self.judge, "threshold", list(self.thresholds), list(thresholds), needed)
        if len({len(models) for models in self.models.values()}) > 1:
            raise ValueError(f"the roles {', '.join(self.models)} need the same number of models")


class Claim(Strict):
    """One claim of the paper; its verdict is computed from all cases of its parts."""

    number: Count = about("its number in reports and in workflow/comparison/reasons.yaml")
    statement: Prose = about("what the paper claims")
    artefacts: list[str] = about("figures and tables that show it", default=[])
    parts: Some[Part]

    @property
    def models(self) -> list[str]:
        """The models that the claim is judged on, each once."""
        named = [m for part in self.parts for models in part.models.values() for m in models]
        return list(dict.fromkeys(named))


def _compare(judge: str, what: str, given: list[str], known: list[str], needed: list[str]) -> None:
    for name in given:
        if name not in known:
            raise ValueError(f"judge {judge!r} has no {what} {brief(name)}; {suggest(name, known)}")
    for name in needed:
        if name not in given:
            raise ValueError(f"judge {judge!r} needs the {what} {name!r}")
