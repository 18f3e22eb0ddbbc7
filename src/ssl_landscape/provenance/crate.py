"""The results as a Workflow Run RO-Crate, profile Provenance Run Crate 0.5.

The crate's folder has every file that its metadata names, so that it can be packed and deposited:
the workflow and its sources, the config, all artefacts and their records.
https://w3id.org/ro/wfrun/provenance/0.5
"""

import mimetypes
import os
import shutil
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.model.file import File
from rocrate.rocrate import ROCrate

from ssl_landscape.config.plan import Plan
from ssl_landscape.errors import UserError
from ssl_landscape.provenance.content import sha256
from ssl_landscape.provenance.evidence import Evidence
from ssl_landscape.provenance.graph import Graph, is_kept
from ssl_landscape.provenance.jobs import Job

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/provenance/0.5": ("Provenance Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
RO_CRATE = "https://w3id.org/ro/crate/1.1"
WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
TERMS = "https://w3id.org/ro/terms/workflow-run#"
SNAKEMAKE = "https://snakemake.github.io"
SOURCES = ("Snakefile", "config.yaml", "pyproject.toml", "README.md", "workflow", "src", "envs")
TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".safetensors": "application/octet-stream",
    ".yaml": "application/yaml",
    ".md": "text/markdown",
    ".tex": "application/x-tex",
    ".smk": "text/plain",
}


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
        builder = _Builder(graph, found, jobs, folder)
        builder.build(sorted(_inside(path) for path in configs), agent)
        builder.crate.metadata.write(folder)
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return len(jobs)


class _Builder:
    """Puts together one crate."""

    def __init__(self, graph: Graph, found: Evidence, jobs: list[Job], folder: Path) -> None:
        self.graph, self.found, self.jobs, self.folder = graph, found, jobs, folder
        self.records = {job.record: found.records[job.record] for job in jobs}
        self.crate = ROCrate(version="1.1")
        self.crate.metadata.extra_terms = {
            name: f"{TERMS}{name}" for name in ("sha256", "resourceUsage")
        }
        self.files: dict[str, Entity] = {}

    def build(self, configs: list[Path], agent: str | None) -> None:
        """Add everything to the crate."""
        self._describe()
        workflow = self._workflow(configs)
        person = self._add("#agent", "Person", name=agent) if agent else None
        engine = self._engine()
        rules = list(dict.fromkeys(job.rule for job in self.jobs))
        tools = {rule: self._tool(rule) for rule in rules}
        steps = {
            rule: self._add(
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
            self._add(
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
        organise = self._add(
            "#snakemake", "OrganizeAction", name="Snakemake's run", **organised, **times
        )
        self.crate.root_dataset["mentions"] = [run, organise, *actions]

    def _describe(self) -> None:
        crate, root = self.crate, self.crate.root_dataset
        crate.name = (
            "Contrasting the landscape of contrastive and non-contrastive learning, reproduced"
        )
        crate.description = (
            "Datasets, training runs, figures, tables and theory, with the record of every job."
        )
        # Not of its writing: equal records, equal crate.
        root["datePublished"] = max(record["end"] for record in self.records.values())
        crate.metadata["conformsTo"] = [{"@id": uri} for uri in (RO_CRATE, WORKFLOW_CRATE)]
        crate.license = "No licence is stated in the repository"
        root["conformsTo"] = [
            self._add(url, "CreativeWork", name=name, version=version)
            for url, (name, version) in PROFILES.items()
        ]

    def _workflow(self, configs: list[Path]) -> Entity:
        commits = {r["git"]["commit"] for r in self.records.values() if r["git"]}
        language = self._add(
            "https://w3id.org/workflowhub/workflow-ro-crate#snakemake",
            "ComputerLanguage",
            name="Snakemake",
            identifier=SNAKEMAKE,
            url=SNAKEMAKE,
        )
        kinds = ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]
        workflow = self._file("Snakefile", kinds)
        workflow["name"] = "The whole paper"
        workflow["programmingLanguage"] = language
        workflow["version"] = ", ".join(sorted(commits)) or "no commit recorded"
        workflow["conformsTo"] = self._add(
            BIOSCHEMAS, "CreativeWork", name="ComputationalWorkflow", version="1.0-RELEASE"
        )
        self.crate.mainEntity = workflow
        for name in SOURCES:
            for path in _sources(Path(name)):
                self._file(path.as_posix())
        config = [self._file(path.as_posix()) for path in configs]
        manifests = [self._file(path) for path in self.found.manifests]
        workflow["input"] = self._parameter("config", config)
        if manifests:
            workflow["output"] = self._parameter("manifest", manifests)
        if "README.md" in self.files:
            self.files["README.md"]["about"] = self.crate.root_dataset
        return workflow

    def _parameter(self, name: str, files: list[Entity]) -> Entity:
        parameter = self._add(
            f"#parameter-{name}",
            "FormalParameter",
            name=name,
            additionalType="File",
            workExample=files,
        )
        parameter["conformsTo"] = self._add(
            "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE",
            "CreativeWork",
            name="FormalParameter",
            version="1.0-RELEASE",
        )
        for file in files:
            file["exampleOfWork"] = parameter
        return parameter

    def _engine(self) -> Entity:
        versions = {r["packages"].get("snakemake", "") for r in self.records.values()}
        return self._add(
            SNAKEMAKE,
            "SoftwareApplication",
            name="Snakemake",
            url=SNAKEMAKE,
            softwareVersion=", ".join(sorted(versions - {""})),
        )

    def _tool(self, rule: str) -> Entity:
        records = [self.records[job.record] for job in self.jobs if job.rule == rule]
        codes = sorted({record["code"] for record in records})
        return self._add(
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
        memory = self._add(
            f"{ident}-memory",
            "PropertyValue",
            name="peak memory",
            propertyID="https://www.wikidata.org/entity/Q5830907",
            value=str(record["peak_memory_mb"]),
            unitCode="https://qudt.org/vocab/unit/MebiBYTE",
        )
        code = f"code {record['code']}, attempt {record.get('attempt', 1)}"
        where = f"{record['host']}, {record['cpu']}, Python {record['python']}, {versions}"
        action = self._add(
            ident,
            "CreateAction",
            name=name,
            description=f"{' '.join(record['command'])} ({code}; {where})",
            instrument=tool,
            object=[self._file(file) for file in record["inputs"] if Path(file).is_file()],
            result=[*(self._file(file) for file in record["outputs"]), self._file(job.record)],
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
        run = self._add(
            "#run",
            "CreateAction",
            name="The run of the workflow",
            description=f"{len(self.jobs)} jobs, from the first to the last",
            instrument=workflow,
            object=[self._file(path.as_posix()) for path in configs],
            result=[self._file(file) for file in (*shown, *self.found.manifests)],
            startTime=min(record["start"] for record in self.records.values()),
            endTime=max(record["end"] for record in self.records.values()),
            actionStatus="http://schema.org/CompletedActionStatus",
        )
        if person:
            run["agent"] = person
        return run

    def _file(self, path: str, kinds: list[str] | None = None) -> Entity:
        """Add a file of the repository, once; what its record says of it must be so."""
        if path in self.files:
            return self.files[path]
        recorded, now = self.found.recorded(path), self.found.hash(path) or "missing"
        if recorded and recorded["sha256"] != now:
            raise UserError(f"{path}: is not as its record says; see ssl-landscape audit")
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        _link(Path(path), place)
        facts = {"contentSize": str(place.stat().st_size), "sha256": sha256(place)}
        kind = TYPES.get(place.suffix) or mimetypes.guess_type(path)[0] or "text/plain"
        properties = {"name": place.name, "encodingFormat": kind, **facts}
        if kinds:
            properties["@type"] = kinds
        self.files[path] = self.crate.add(File(self.crate, path, path, properties=properties))
        return self.files[path]

    def _add(self, ident: str, kind: str, **properties: Any) -> Entity:
        """Add a contextual entity, once."""
        known = self.crate.dereference(ident)
        if known:
            return known
        entity = self.crate.add(ContextEntity(self.crate, ident, properties={"@type": kind}))
        for name, value in properties.items():
            entity[name] = value[0] if isinstance(value, list) and len(value) == 1 else value
        return entity


def _inside(path: Path) -> Path:
    """Give a path from the repository's root."""
    try:
        return path.resolve().relative_to(Path().resolve())
    except ValueError:
        raise UserError(
            f"{path}: lies outside of the repository; a crate has no room for it"
        ) from None


def _sources(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    ignored = ("__pycache__", ".egg-info")
    found = (one for one in sorted(path.rglob("*")) if one.is_file())
    return [one for one in found if not any(part.endswith(ignored) for part in one.parts)]


def _link(source: Path, target: Path) -> None:
    """Link a file, or copy it where that cannot be: every writer here replaces, none overwrites."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
