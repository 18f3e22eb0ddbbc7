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
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import Inventory

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/provenance/0.5": ("Provenance Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
RO_CRATE = "https://w3id.org/ro/crate/1.1"
WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
LANGUAGE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
SNAKEMAKE = "https://snakemake.github.io"
NAME = "Contrasting the landscape of contrastive and non-contrastive learning, reproduced"
DESCRIPTION = "Datasets, training runs, figures, tables and theory, with the record of every job."
LICENCE = "No licence is stated in the repository"
MEBIBYTES = {
    "propertyID": "https://www.wikidata.org/entity/Q5830907",
    "unitCode": "https://qudt.org/vocab/unit/MebiBYTE",
}
COMPLETED = "http://schema.org/CompletedActionStatus"
SOURCES = ("Snakefile", "config.yaml", "pyproject.toml", "README.md", "workflow", "src", "envs")


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
    found = Inventory(Graph(plan))
    # By name: the config's order depends on how its files were laid over each other.
    jobs = sorted((job for job in found.graph.jobs if found.facts(job)), key=lambda j: j.record)
    if not jobs:
        raise UserError(f"{found.graph.results}: no records are here; run Snakemake first")
    folder = target.with_name(f".{target.name}.new")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        run = _Run(found, folder, jobs)
        run.build(sorted(_inside(path) for path in configs), agent)
        run.crate.metadata.write(folder)
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return len(jobs)


class _Run(Parts):
    """The jobs of a workflow and their run."""

    def __init__(self, found: Inventory, folder: Path, jobs: list[Job]) -> None:
        super().__init__(found, folder)
        self.jobs, self.records = jobs, [found.records[job.record] for job in jobs]
        manifests = [job.outputs[0] for job in found.manifests]
        self.manifests = [file for file in manifests if file in found.files]
        start = min(record["start"] for record in self.records)
        self.times = {"startTime": start, "endTime": max(r["end"] for r in self.records)}

    def build(self, configs: list[str], agent: str | None) -> None:
        """Add everything to the crate."""
        workflow = self._workflow(configs)
        person = self.add("#agent", "Person", name=agent) if agent else None
        here = {job.rule for job in self.jobs}
        rules = dict.fromkeys(job.rule for job in self.found.graph.jobs if job.rule in here)
        tools = {rule: self._tool(rule) for rule in rules}
        steps = {}
        for number, (rule, tool) in enumerate(tools.items(), 1):
            about = {"name": rule, "position": str(number), "workExample": tool}
            steps[rule] = self.add(f"#step-{rule}", "HowToStep", **about)
        workflow["hasPart"], workflow["step"] = list(tools.values()), list(steps.values())
        actions = [self._action(job, tools[job.rule], person) for job in self.jobs]
        controls = []
        for job, action in zip(self.jobs, actions, strict=True):
            about = {"name": action["name"], "instrument": steps[job.rule], "object": action}
            ident = f"#control{action.id.removeprefix('#run')}"
            controls.append(self.add(ident, "ControlAction", **about))
        run = self._workflow_run(workflow, configs, person)
        versions = {record["packages"]["snakemake"] for record in self.records}
        about = {"name": "Snakemake", "url": SNAKEMAKE, "softwareVersion": _listed(versions)}
        engine = self.add(SNAKEMAKE, "SoftwareApplication", **about)
        about = {"name": "Snakemake's run", "instrument": engine, "object": controls}
        organise = self.add("#snakemake", "OrganizeAction", **about, result=run, **self.times)
        self._root([run, organise, *actions])

    def _root(self, actions: list[Entity]) -> None:
        """Describe the crate as a whole."""
        crate, root = self.crate, self.crate.root_dataset
        crate.name, crate.description, crate.license = NAME, DESCRIPTION, LICENCE
        crate.metadata["conformsTo"] = [{"@id": uri} for uri in (RO_CRATE, WORKFLOW_CRATE)]
        root["datePublished"] = self.times["endTime"]  # not of its writing: equal, if repeated
        root["conformsTo"] = [
            self.add(url, "CreativeWork", name=name, version=version)
            for url, (name, version) in PROFILES.items()
        ]
        root["mentions"] = actions

    def _workflow(self, configs: list[str]) -> Entity:
        """Add the Snakefile, its sources, its config and its manifests."""
        kinds = ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]
        workflow = self.file("Snakefile", kinds)
        commits = {record["git"]["commit"] for record in self.records if record["git"]}
        about = {"name": "Snakemake", "identifier": SNAKEMAKE, "url": SNAKEMAKE}
        workflow["name"] = "The whole paper"
        workflow["programmingLanguage"] = self.add(LANGUAGE, "ComputerLanguage", **about)
        workflow["version"] = _listed(commits) or "no commit recorded"
        workflow["conformsTo"] = self.profile("ComputationalWorkflow")
        self.crate.mainEntity = workflow
        for path in (path for name in SOURCES for path in _sources(Path(name))):
            self.file(path.as_posix())
        workflow["input"] = self.parameter("config", configs)
        if self.manifests:
            workflow["output"] = self.parameter("manifest", self.manifests)
        if "README.md" in self.files:
            self.files["README.md"]["about"] = self.crate.root_dataset
        return workflow

    def _tool(self, rule: str) -> Entity:
        records = [r for job, r in zip(self.jobs, self.records, strict=True) if job.rule == rule]
        codes = _listed({record["code"] for record in records})
        about = {"softwareVersion": records[0]["packages"]["ssl-landscape"]}
        about["description"] = f"Fingerprints of the code that its jobs ran: {codes}"
        about["name"] = f"ssl-landscape job {rule}"
        return self.add(f"#tool-{rule}", "SoftwareApplication", **about)

    def _action(self, job: Job, tool: Entity, person: Entity | None) -> Entity:
        record = self.found.records[job.record]
        ident = f"#run-{job.record.removeprefix(f'{self.found.graph.results}/')}"
        usage = {"name": "peak memory", "value": str(record["peak_memory_mb"]), **MEBIBYTES}
        packages = ", ".join(f"{name} {version}" for name, version in record["packages"].items())
        where = f"{record['host']}, {record['cpu']}, Python {record['python']}, {packages}"
        what = f"code {record['code']}, attempt {record['attempt']}"
        return self.add(
            ident,
            "CreateAction",
            name=f"{job.rule} {job.name}".strip(),
            description=f"{' '.join(record['command'])} ({what}; {where})",
            instrument=tool,
            object=[self.file(file) for file in record["inputs"] if Path(file).is_file()],
            result=[self.file(file) for file in (*record["outputs"], job.record)],
            startTime=record["start"],
            endTime=record["end"],
            actionStatus=COMPLETED,
            resourceUsage=self.add(f"{ident}-memory", "PropertyValue", **usage),
            agent=person,
        )

    def _workflow_run(self, workflow: Entity, configs: list[str], person: Entity | None) -> Entity:
        is_published = self.found.graph.is_published
        shown = [file for job in self.jobs for file in job.outputs if is_published(file)]
        return self.add(
            "#run",
            "CreateAction",
            name="The run of the workflow",
            description=f"{len(self.jobs)} jobs, from the first to the last",
            instrument=workflow,
            object=[self.file(path) for path in configs],
            result=[self.file(file) for file in (*shown, *self.manifests)],
            actionStatus=COMPLETED,
            agent=person,
            **self.times,
        )


def _listed(values: set[str]) -> str:
    return ", ".join(sorted(values))


def _sources(path: Path) -> list[Path]:
    ignored = ("__pycache__", ".egg-info")
    found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    return [one for one in found if not any(part.endswith(ignored) for part in one.parts)]


def _inside(path: Path) -> str:
    """Return a path from the repository's root."""
    root = Path().resolve()
    if not path.resolve().is_relative_to(root):
        raise UserError(f"{path}: lies outside of the repository; a crate has no room for it")
    return path.resolve().relative_to(root).as_posix()
