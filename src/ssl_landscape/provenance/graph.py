"""What depends on what: all jobs of a config, upstream and downstream; what of it is published."""

from functools import cached_property
from pathlib import Path

from ssl_landscape.pipeline.jobs import Job, list_jobs
from ssl_landscape.pipeline.plan import Plan

PUBLISHED = "published"  # the folder in the results that git has
PUBLISHED_KINDS = ("figures", "tables", "comparison", "theory", "ablations")
NOT_PUBLISHED = (".svg", ".html", ".rst", ".record.json")


class Graph:
    """All jobs of a plan, each after those whose files it reads."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.results = plan.results.as_posix()
        self.jobs = list_jobs(plan)

    @cached_property
    def producer(self) -> dict[str, Job]:
        """File -> the job that makes it; of records too."""
        return {file: job for job in self.jobs for file in (*job.outputs, job.record)}

    @cached_property
    def consumers(self) -> dict[str, list[Job]]:
        """File -> the jobs that read it."""
        found: dict[str, list[Job]] = {}
        for job in self.jobs:
            for file in job.inputs:
                found.setdefault(file, []).append(job)
        return found

    def of(self, target: str) -> list[Job]:
        """Return the jobs of ``all`` or ``ablations``."""
        return [job for job in self.jobs if job.target == target]

    def upstream(self, job: Job) -> list[Job]:
        """Return all jobs that a job rests on, itself last."""
        found: dict[str, Job] = {}

        def visit(one: Job) -> None:
            if one.record not in found:
                for file in one.inputs:
                    if file in self.producer:
                        visit(self.producer[file])
                found[one.record] = one

        visit(job)
        return list(found.values())

    def is_published(self, file: str) -> bool:
        """Return whether a file of the results is of a kind that is published."""
        kind = Path(file).relative_to(self.results).parts[0]
        return kind in PUBLISHED_KINDS and not file.endswith(NOT_PUBLISHED)

    def published_path(self, file: str) -> str:
        """Return where the published copy of a file of the results lies."""
        return f"{self.results}/{PUBLISHED}/{file.removeprefix(f'{self.results}/')}"

    def built_path(self, file: str) -> str:
        """Return the file of the results that a published file is a copy of."""
        return f"{self.results}/{file.removeprefix(f'{self.results}/{PUBLISHED}/')}"
