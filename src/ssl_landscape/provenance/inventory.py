"""What lies in the results: files, records that can be trusted, failed attempts."""

from functools import cached_property
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.provenance.failed_attempts import FOLDER, read_attempts
from ssl_landscape.provenance.graph import PUBLISHED, Graph
from ssl_landscape.provenance.hashing import sha256
from ssl_landscape.provenance.manifest import ENDINGS, manifest_job
from ssl_landscape.provenance.published import Published
from ssl_landscape.provenance.record import read_record

OWN = {"logs", "timings", "provenance", "benchmarks", PUBLISHED}  # folders without records


class Inventory:
    """The results as they lie there, read once; nothing is taken from the config."""

    absent = "not built"  # what is said of a file that is not there

    def __init__(self, graph: Graph) -> None:
        """Read all records; those that cannot be trusted are in ``broken``, with the reason."""
        self.graph = graph
        self.records: dict[str, dict[str, Any]] = {}
        self.broken: dict[str, str] = {}
        self._hashes: dict[str, str] = {}
        self.manifests = [manifest_job(graph, target) for target in ENDINGS]
        for job in [*graph.jobs, *self.manifests]:
            if job.record in self.files:
                try:
                    self.records[job.record] = read_record(Path(job.record))
                except UserError as error:
                    self.broken[job.record] = str(error).removeprefix(f"{job.record}: ")

    @cached_property
    def files(self) -> set[str]:
        """All files of the results, without hidden ones and those of other variants."""
        root = Path(self.graph.results)
        others = {folder.name for folder in self.other_variants}
        found = set()
        for path in root.rglob("*"):
            parts = path.relative_to(root).parts
            hidden = any(part.startswith(".") for part in parts)
            if not hidden and parts[0] not in others and path.is_file():
                found.add(path.as_posix())
        return found

    @cached_property
    def other_variants(self) -> list[Path]:
        """Folders that hold another variant's results, beside the paper's."""
        if self.graph.plan.config.variant:
            return []
        root = Path(self.graph.results)
        own = {Path(file).relative_to(root).parts[0] for file in self.graph.producer} | OWN
        folders = [path for path in sorted(root.glob("[!.]*")) if path.name not in own]
        return [f for f in folders if (f / "logs").is_dir() or (f / "provenance").is_dir()]

    @cached_property
    def published(self) -> Published:
        """The published copy of the results."""
        return Published(self.graph)

    @cached_property
    def attempts(self) -> dict[str, list[dict[str, Any]]]:
        """Record -> the attempts since the job last succeeded."""
        root = Path(self.graph.results)
        folder = root / FOLDER
        return {
            (root / note.relative_to(folder)).with_suffix(".json").as_posix(): read_attempts(note)
            for note in sorted(folder.rglob("*.jsonl"))
        }

    def is_made(self, job: Job) -> bool:
        """Return whether anything of a job is here."""
        return any(file in self.files for file in (*job.outputs, job.record))

    def hash(self, file: str) -> str | None:
        """Hash a file as it is now; None if it is not there."""
        if file not in self._hashes and Path(file).is_file():
            self._hashes[file] = sha256(Path(file))
        return self._hashes.get(file)

    def facts(self, job: Job) -> dict[str, Any]:
        """Return a job's record; empty if there is none that can be trusted."""
        return self.records.get(job.record, {})

    def known(self, file: str) -> dict[str, Any] | None:
        """Return what the record of a file's job says of it: sha256, bytes, content."""
        job = self.graph.producer.get(file)
        return self.facts(job).get("outputs", {}).get(file) if job else None

    def place(self, file: str) -> Path | None:
        """Return where a file is; None if its job has not run."""
        job = self.graph.producer.get(file)
        return None if job and not self.is_made(job) else Path(file)

    def read_by(self, file: str) -> dict[str, str]:
        """Return record -> the hash of a file when that record's job read it."""
        return {
            job.record: read[file]["sha256"]
            for job in self.graph.consumers.get(file, [])
            if file in (read := self.facts(job).get("inputs", {}))
        }
