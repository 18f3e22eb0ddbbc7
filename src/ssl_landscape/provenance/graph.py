"""What depends on what: all jobs of a config, upstream and downstream."""

from functools import cached_property
from pathlib import Path

from ssl_landscape.pipeline.jobs import Job, list_jobs
from ssl_landscape.pipeline.plan import Plan

KEPT_STAGES = ("figures", "tables", "ablations", "theory", "fidelity", "front.rst")


class Graph:
    """All jobs of a plan, in an order in which each stands after those that it needs."""

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

    def closure(self, target: str) -> list[Job]:
        """Return the jobs of a target and all that they rest on, in order."""
        wanted = {one.record for job in self.of(target) for one in self.upstream(job)}
        return [job for job in self.jobs if job.record in wanted]

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

    def downstream(self, job: Job) -> list[Job]:
        """Return all jobs that rest on a job, without itself."""
        found: dict[str, Job] = {}
        waiting = [job]
        while waiting:
            for file in waiting.pop().outputs:
                for one in self.consumers.get(file, []):
                    if one.record not in found:
                        found[one.record] = one
                        waiting.append(one)
        return [job for job in self.jobs if job.record in found]


def is_kept(file: str, results: str) -> bool:
    """Return whether git has a file of the results."""
    stage = Path(file).relative_to(results).parts[0]
    return stage in KEPT_STAGES and not file.endswith((".svg", ".html", ".record.json"))
