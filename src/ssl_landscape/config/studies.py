"""Studies beyond the paper: models under readings, and the answer that their runs have to give."""

import fnmatch
from typing import Any, Literal

from ssl_landscape.claims.study_judges import STUDY_JUDGES
from ssl_landscape.config.ablations import Variation, Varied
from ssl_landscape.config.claims import Part
from ssl_landscape.config.types import Prose, Some, about, no_such, refuse


class StudyPart(Part):
    """One judgement of a study, by the judges of claims and two more."""

    judges = STUDY_JUDGES
    judge: str = about(
        "a function of claims/judges.py or claims/study_judges.py",
        json_schema_extra={"enum": sorted(STUDY_JUDGES)},
    )


class Study(Varied):
    """A question that the paper does not ask, with a picture, a table and a verdict.

    Its parts name models under readings as ``model/reading``, where ``*`` stands for any text. A
    role that names a single one is filled with it as often as the other roles need.
    """

    picture: Literal["runs", "map", "measures"] = about(
        "runs: every run; map: means by reading and Pr(sparse); measures: other judges of quality"
    )
    statement: Prose = about("the answer to the question that is put to the test")
    parts: Some[StudyPart] = about("what confirms the answer")


def judged_parts(name: str, study: Study, variations: list[Variation]) -> list[dict[str, Any]]:
    """Return a study's parts as those of a claim, with the names of variations.

    Raises:
        UserError: a part names what the study does not train, or asks for measures it has not.
    """
    names = {f"{v.model}/{v.reading}": v.name for v in variations if v.ablation == name}
    parts = []
    for number, part in enumerate(study.parts):
        where = f"beyond.{name}.parts.{number}"
        if part.judge == "ranks_alike" and study.picture != "measures":
            refuse(where, "ranks_alike judges measures: it needs picture: measures")
        groups = {
            role: [_matching(where, pattern, names) for pattern in patterns]
            for role, patterns in part.models.items()
        }
        longest = [max(map(len, group)) for group in zip(*groups.values(), strict=True)]
        models = {
            role: [
                one
                for found, size in zip(group, longest, strict=True)
                for one in (found * size if len(found) == 1 else found)
            ]
            for role, group in groups.items()
        }
        if len({len(found) for found in models.values()}) > 1:
            refuse(where, f"the roles {', '.join(models)} name different numbers of models")
        parts.append(part.model_dump() | {"models": models})
    return parts


def _matching(where: str, pattern: str, names: dict[str, str]) -> list[str]:
    found = [name for key, name in names.items() if fnmatch.fnmatchcase(key, pattern)]
    if not found:
        refuse(where, no_such("model/reading", pattern, list(names)))
    return found
