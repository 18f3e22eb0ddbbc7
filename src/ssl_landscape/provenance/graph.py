"""All jobs of a config: which of them makes a file, and whether that is published."""

from collections.abc import Iterable
from functools import cached_property

from ssl_landscape.pipeline.jobs import Job, list_jobs, upstream
from ssl_landscape.pipeline.plan import Plan

PUBLISHED = "published"  # the folder in the results that git has
PUBLISHED_KINDS = (
    *("figures", "tables", "comparison", "theory", "ablations", "replication", "beyond"),
)
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
        return {file: job for job in self.jobs for file in job.files}

    def of(self, target: str) -> list[Job]:
        """Return the jobs of a target."""
        return [job for job in self.jobs if job.target == target]

    def needed_for(self, jobs: Iterable[Job]) -> list[Job]:
        """Return these jobs and all that they rest on."""
        records = {job.record for job in jobs}
        return upstream(self.jobs, lambda job: job.record in records)

    def is_published(self, file: str) -> bool:
        """Return whether a file of the results is of a kind that is published."""
        kind = file.removeprefix(f"{self.results}/").split("/")[0]
        return kind in PUBLISHED_KINDS and not file.endswith(NOT_PUBLISHED)

    def published_path(self, file: str) -> str:
        """Return where the published copy of a file of the results lies."""
        return f"{self.results}/{PUBLISHED}/{file.removeprefix(f'{self.results}/')}"
