"""The results as a Workflow Run RO-Crate, profile Workflow Run Crate 0.5.

The crate's folder has every file that its metadata names, so that it can be packed and deposited:
the workflow and its sources, the config, all artefacts and their records.
https://w3id.org/ro/wfrun/workflow/0.5
"""

import mimetypes
import shutil
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError
from ssl_landscape.io.files import write_json
from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.inventory import Inventory

Ref = dict[str, str]  # {"@id": of an entity}
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
RO_CRATE = "https://w3id.org/ro/crate/1.1"
WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
CONTEXT = [f"{RO_CRATE}/context", {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}]
LANGUAGE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
SNAKEMAKE = "https://snakemake.github.io"
BIOSCHEMAS = "https://bioschemas.org/profiles"
NAME = "Contrasting the landscape of contrastive and non-contrastive learning, reproduced"
DESCRIPTION = "Datasets, training runs, figures, tables and theory, with the record of every job."
COMPLETED = {"actionStatus": "http://schema.org/CompletedActionStatus"}
SOURCES = (
    *("Snakefile", "config.yaml", "pyproject.toml", "README.md", "LICENSE", "CITATION.cff"),
    *("workflow", "src", "envs"),
)
SPDX = "https://spdx.org/licenses"
LICENCES = {"MIT": "of the code", "CC-BY-4.0": "of results and text"}
TYPES = {".parquet": "application/vnd.apache.parquet", ".safetensors": "application/octet-stream"}


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
    root = Path().resolve()
    for path in configs:
        if not path.resolve().is_relative_to(root):
            raise UserError(f"{path}: lies outside of the repository; a crate has no room for it")
    found = Inventory(Graph(plan))
    # By name: the config's order depends on how its files were laid over each other.
    jobs = sorted((job for job in found.graph.jobs if found.facts(job)), key=lambda j: j.record)
    if not jobs:
        raise UserError(f"{found.graph.results}: no records are here; run Snakemake first")
    folder = target.with_name(f".{target.name}.new")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        crate = _Crate(found, folder, jobs)
        crate.build(sorted(str(path.resolve().relative_to(root)) for path in configs), agent)
        metadata = {"@context": CONTEXT, "@graph": list(crate.entities.values())}
        write_json(folder / "ro-crate-metadata.json", metadata)
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return len(jobs)


class _Crate:
    """The entities of a crate, each added once, and the files in its folder."""

    def __init__(self, found: Inventory, folder: Path, jobs: list[Job]) -> None:
        self.found, self.folder, self.jobs = found, folder, jobs
        self.records = [found.records[job.record] for job in jobs]
        self.entities: dict[str, dict[str, Any]] = {}
        start = min(record["start"] for record in self.records)
        self.times = {"startTime": start, "endTime": max(r["end"] for r in self.records)}

    def add(self, ident: str, kind: str | list[str], **properties: Any) -> Ref:
        """Add an entity, unless it is there; properties that are None are left out."""
        known = {name: value for name, value in properties.items() if value is not None}
        self.entities.setdefault(ident, {"@id": ident, "@type": kind, **known})
        return {"@id": ident}

    def file(self, path: str) -> Ref:
        """Add a file of the repository; it must be as its record says."""
        if path in self.entities:
            return {"@id": path}
        recorded, now = self.found.known(path), self.found.hash(path)
        if now is None or (recorded and recorded["sha256"] != now):
            raise UserError(f"{path}: does not match its record; see ssl-landscape audit")
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
        kind = TYPES.get(place.suffix) or mimetypes.guess_type(path)[0] or "text/plain"
        size = str(place.stat().st_size)
        about = {"name": place.name, "encodingFormat": kind, "contentSize": size, "sha256": now}
        return self.add(path, "File", **about)

    def build(self, configs: list[str], agent: str | None) -> None:
        """Add everything."""
        person = self.add("#agent", "Person", name=agent) if agent else None
        about = {"softwareVersion": self.records[0]["packages"]["ssl-landscape"]}
        tools = {}
        for rule in sorted({job.rule for job in self.jobs}):
            about["name"] = f"ssl-landscape job {rule}"
            tools[rule] = self.add(f"#tool-{rule}", "SoftwareApplication", **about)
        self._workflow(configs, list(tools.values()))
        actions = [self._action(job, tools[job.rule], person) for job in self.jobs]
        graph, files = self.found.graph, self.found.files
        shown = [file for job in self.jobs for file in job.outputs if graph.is_published(file)]
        shown += [job.outputs[0] for job in self.found.manifests if job.outputs[0] in files]
        run = self.add(
            "#run",
            "CreateAction",
            name="The run of the workflow",
            description=f"{len(self.jobs)} jobs, from the first to the last",
            instrument={"@id": "Snakefile"},
            object=[self.file(path) for path in configs],
            result=[self.file(file) for file in shown],
            agent=person,
            **COMPLETED,
            **self.times,
        )
        self._root([run, *actions])

    def _root(self, actions: list[Ref]) -> None:
        """Describe the crate as a whole."""
        files = [{"@id": i} for i, entity in self.entities.items() if "File" in entity["@type"]]
        self.add(
            "./",
            "Dataset",
            name=NAME,
            description=DESCRIPTION,
            license=[
                self.add(f"{SPDX}/{name}", "CreativeWork", name=name, description=of)
                for name, of in LICENCES.items()
            ],
            datePublished=self.times["endTime"],  # not of its writing: equal, if repeated
            conformsTo=[self._standard(url, name) for url, name in PROFILES.items()],
            mainEntity={"@id": "Snakefile"},
            hasPart=files,
            mentions=actions,
        )
        standards = [{"@id": uri} for uri in (RO_CRATE, WORKFLOW_CRATE)]
        about = {"about": {"@id": "./"}, "conformsTo": standards}
        self.add("ro-crate-metadata.json", "CreativeWork", **about)

    def _workflow(self, configs: list[str], tools: list[Ref]) -> None:
        """Add the Snakefile, its sources and its config."""
        for source in (path for name in SOURCES for path in _sources(Path(name))):
            self.file(source.as_posix())
        commits = ", ".join(sorted({r["git"]["commit"] for r in self.records if r["git"]}))
        language = {"name": "Snakemake", "identifier": SNAKEMAKE, "url": SNAKEMAKE}
        parameter = self.add(
            "#parameter-config",
            "FormalParameter",
            name="config",
            additionalType="File",
            workExample=[self.file(path) for path in configs],
            conformsTo=self._standard(f"{BIOSCHEMAS}/FormalParameter/1.0-RELEASE"),
        )
        for path in configs:
            self.entities[path]["exampleOfWork"] = parameter
        self.file("Snakefile")
        self.entities["Snakefile"] |= {
            "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
            "name": "The whole paper",
            "programmingLanguage": self.add(LANGUAGE, "ComputerLanguage", **language),
            "version": commits or "no commit recorded",
            "license": {"@id": f"{SPDX}/MIT"},
            "conformsTo": self._standard(f"{BIOSCHEMAS}/ComputationalWorkflow/1.0-RELEASE"),
            "input": parameter,
            "hasPart": tools,
        }

    def _standard(self, url: str, name: str | None = None) -> Ref:
        """Add a profile, whose address ends with its name and version."""
        *_, last, version = url.split("/")
        return self.add(url, "CreativeWork", name=name or last, version=version)

    def _action(self, job: Job, tool: Ref, person: Ref | None) -> Ref:
        record = self.found.records[job.record]
        packages = ", ".join(f"{name} {version}" for name, version in record["packages"].items())
        where = f"{record['host']}, {record['cpu']}, Python {record['python']}, {packages}"
        what = f"code {record['code']}, attempt {record['attempt']}"
        return self.add(
            f"#run-{job.record.removeprefix(f'{self.found.graph.results}/')}",
            "CreateAction",
            name=f"{job.rule} {job.name}".strip(),
            description=f"{' '.join(record['command'])} ({what}; {where})",
            instrument=tool,
            object=[self.file(file) for file in record["inputs"] if Path(file).is_file()],
            result=[self.file(file) for file in (*record["outputs"], job.record)],
            startTime=record["start"],
            endTime=record["end"],
            agent=person,
            **COMPLETED,
        )


def _sources(path: Path) -> list[Path]:
    ignored = ("__pycache__", ".egg-info")
    found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    return [one for one in found if not any(part.endswith(ignored) for part in one.parts)]
