"""The results as a Workflow Run RO-Crate, profile Provenance Run Crate 0.5.

The crate's folder has every file that its metadata names, so that it can be packed and deposited:
the workflow and its sources, the config, all artefacts and their records.
https://w3id.org/ro/wfrun/provenance/0.5
"""

import shutil
from pathlib import Path

from rocrate.model.entity import Entity

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.crate_parts import Parts
from ssl_landscape.provenance.graph import Graph, is_kept
from ssl_landscape.provenance.inventory import Evidence


def write_crate(plan: Plan, configs: list[Path], target: Path, agent: str | None) -> int:
    """Write a crate of all jobs whose records are here; return the number of these jobs.

    Args:
        plan: the plan of the config.
        configs: the config files.
        target: the crate's folder; replaced whole.
        agent: the name of the person who ran the workflow.

    Raises:
        UserError: there are no records to tell of, or a file is missing or was altered.
    """
    graph = Graph(plan)
    found = Evidence(graph)
    # By name: the config's order depends on how its files were laid over each other.
    jobs = sorted(
        (job for job in graph.jobs if job.record in found.records), key=lambda j: j.record
    )
    if not jobs:
        raise UserError(
            f"{graph.results}: no records are here; a crate tells of jobs that ran here"
        )
    folder = target.with_name(f".{target.name}.new")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        builder = _Run(graph, found, jobs, folder)
        builder.build(sorted(_inside(path) for path in configs), agent)
        builder.crate.metadata.write(folder)
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return len(jobs)


class _Run(Parts):
    """The jobs of a workflow and their run."""

    def build(self, configs: list[Path], agent: str | None) -> None:
        """Add everything to the crate."""
        self.describe()
        workflow = self.workflow(configs)
        person = self.add("#agent", "Person", name=agent) if agent else None
        engine = self.engine()
        here = {job.rule for job in self.jobs}
        rules = [rule for rule in dict.fromkeys(j.rule for j in self.graph.jobs) if rule in here]
        tools = {rule: self._tool(rule) for rule in rules}
        steps = {
            rule: self.add(
                f"#step-{rule}",
                "HowToStep",
                name=rule,
                position=str(position),
                workExample=tools[rule],
            )
            for position, rule in enumerate(rules, 1)
        }
        workflow["hasPart"], workflow["step"] = list(tools.values()), list(steps.values())
        actions = [self._action(job, tools[job.rule], person) for job in self.jobs]
        controls = [
            self.add(
                f"#control{action.id.removeprefix('#run')}",
                "ControlAction",
                name=f"{job.rule} {job.name}".strip(),
                instrument=steps[job.rule],
                object=action,
            )
            for job, action in zip(self.jobs, actions, strict=True)
        ]
        run = self._workflow_run(workflow, configs, person)
        organised = {"instrument": engine, "object": controls, "result": run}
        times = {key: run[key] for key in ("startTime", "endTime")}
        organise = self.add(
            "#snakemake", "OrganizeAction", name="Snakemake's run", **organised, **times
        )
        self.crate.root_dataset["mentions"] = [run, organise, *actions]

    def _tool(self, rule: str) -> Entity:
        records = [self.records[job.record] for job in self.jobs if job.rule == rule]
        codes = sorted({record["code"] for record in records})
        return self.add(
            f"#tool-{rule}",
            "SoftwareApplication",
            name=f"ssl-landscape {records[0]['step']}",
            softwareVersion=records[0]["packages"]["ssl-landscape"],
            description=f"Fingerprints of the code that its jobs ran: {', '.join(codes)}",
        )

    def _action(self, job: Job, tool: Entity, person: Entity | None) -> Entity:
        record = self.records[job.record]
        name = f"{job.rule} {job.name}".strip()
        versions = ", ".join(f"{name} {version}" for name, version in record["packages"].items())
        ident = f"#run-{job.record.removeprefix(f'{self.graph.results}/')}"
        memory = self.add(
            f"{ident}-memory",
            "PropertyValue",
            name="peak memory",
            propertyID="https://www.wikidata.org/entity/Q5830907",
            value=str(record["peak_memory_mb"]),
            unitCode="https://qudt.org/vocab/unit/MebiBYTE",
        )
        code = f"code {record['code']}, attempt {record.get('attempt', 1)}"
        where = f"{record['host']}, {record['cpu']}, Python {record['python']}, {versions}"
        action = self.add(
            ident,
            "CreateAction",
            name=name,
            description=f"{' '.join(record['command'])} ({code}; {where})",
            instrument=tool,
            object=[self.file(file) for file in record["inputs"] if Path(file).is_file()],
            result=[*(self.file(file) for file in record["outputs"]), self.file(job.record)],
            startTime=record["start"],
            endTime=record["end"],
            actionStatus="http://schema.org/CompletedActionStatus",
            resourceUsage=memory,
        )
        if person:
            action["agent"] = person
        return action

    def _workflow_run(self, workflow: Entity, configs: list[Path], person: Entity | None) -> Entity:
        shown = [f for job in self.jobs for f in job.outputs if is_kept(f, self.graph.results)]
        run = self.add(
            "#run",
            "CreateAction",
            name="The run of the workflow",
            description=f"{len(self.jobs)} jobs, from the first to the last",
            instrument=workflow,
            object=[self.file(path.as_posix()) for path in configs],
            result=[self.file(file) for file in (*shown, *self.found.manifests)],
            startTime=min(record["start"] for record in self.records.values()),
            endTime=max(record["end"] for record in self.records.values()),
            actionStatus="http://schema.org/CompletedActionStatus",
        )
        if person:
            run["agent"] = person
        return run


def _inside(path: Path) -> Path:
    """Return a path from the repository's root."""
    try:
        return path.resolve().relative_to(Path().resolve())
    except ValueError:
        raise UserError(
            f"{path}: lies outside of the repository; a crate has no room for it"
        ) from None
