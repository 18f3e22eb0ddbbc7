"""What a crate is made of: files with their hashes, the workflow, what describes them."""

import mimetypes
import os
import shutil
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.model.file import File
from rocrate.rocrate import ROCrate

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.hashing import sha256
from ssl_landscape.provenance.inventory import Evidence

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


class Parts:
    """Adds entities to a crate, each once, and files to its folder."""

    def __init__(self, graph: Graph, found: Evidence, jobs: list[Job], folder: Path) -> None:
        self.graph, self.found, self.jobs, self.folder = graph, found, jobs, folder
        self.records = {job.record: found.records[job.record] for job in jobs}
        self.crate = ROCrate(version="1.1")
        self.crate.metadata.extra_terms = {
            name: f"{TERMS}{name}" for name in ("sha256", "resourceUsage")
        }
        self.files: dict[str, Entity] = {}

    def describe(self) -> None:
        """Describe the crate as a whole."""
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
            self.add(url, "CreativeWork", name=name, version=version)
            for url, (name, version) in PROFILES.items()
        ]

    def workflow(self, configs: list[Path]) -> Entity:
        """Add the Snakefile, its sources, its config and its manifests."""
        commits = {r["git"]["commit"] for r in self.records.values() if r["git"]}
        language = self.add(
            "https://w3id.org/workflowhub/workflow-ro-crate#snakemake",
            "ComputerLanguage",
            name="Snakemake",
            identifier=SNAKEMAKE,
            url=SNAKEMAKE,
        )
        kinds = ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]
        workflow = self.file("Snakefile", kinds)
        workflow["name"] = "The whole paper"
        workflow["programmingLanguage"] = language
        workflow["version"] = ", ".join(sorted(commits)) or "no commit recorded"
        workflow["conformsTo"] = self.add(
            BIOSCHEMAS, "CreativeWork", name="ComputationalWorkflow", version="1.0-RELEASE"
        )
        self.crate.mainEntity = workflow
        for name in SOURCES:
            for path in _sources(Path(name)):
                self.file(path.as_posix())
        config = [self.file(path.as_posix()) for path in configs]
        manifests = [self.file(path) for path in self.found.manifests]
        workflow["input"] = self.parameter("config", config)
        if manifests:
            workflow["output"] = self.parameter("manifest", manifests)
        if "README.md" in self.files:
            self.files["README.md"]["about"] = self.crate.root_dataset
        return workflow

    def parameter(self, name: str, files: list[Entity]) -> Entity:
        """Add a parameter of the workflow, whose values these files are."""
        parameter = self.add(
            f"#parameter-{name}",
            "FormalParameter",
            name=name,
            additionalType="File",
            workExample=files,
        )
        parameter["conformsTo"] = self.add(
            "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE",
            "CreativeWork",
            name="FormalParameter",
            version="1.0-RELEASE",
        )
        for file in files:
            file["exampleOfWork"] = parameter
        return parameter

    def engine(self) -> Entity:
        """Add Snakemake."""
        versions = {r["packages"].get("snakemake", "") for r in self.records.values()}
        return self.add(
            SNAKEMAKE,
            "SoftwareApplication",
            name="Snakemake",
            url=SNAKEMAKE,
            softwareVersion=", ".join(sorted(versions - {""})),
        )

    def file(self, path: str, kinds: list[str] | None = None) -> Entity:
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

    def add(self, ident: str, kind: str, **properties: Any) -> Entity:
        """Add a contextual entity, once."""
        known = self.crate.dereference(ident)
        if known:
            return known
        entity = self.crate.add(ContextEntity(self.crate, ident, properties={"@type": kind}))
        for name, value in properties.items():
            entity[name] = value[0] if isinstance(value, list) and len(value) == 1 else value
        return entity


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
