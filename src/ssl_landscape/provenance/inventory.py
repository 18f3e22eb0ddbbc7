"""What lies in the results: files, records that can be trusted, failed attempts."""

from functools import cached_property
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.pipeline.layout import STAGES
from ssl_landscape.provenance.graph import PUBLISHED, Graph
from ssl_landscape.provenance.hashing import sha256
from ssl_landscape.provenance.manifest import ENDINGS, manifest_job
from ssl_landscape.provenance.published import Published
from ssl_landscape.provenance.record import read_record

OWN = {"logs", "timings", "provenance", "benchmarks", PUBLISHED}  # folders without records


class Inventory:
    """The results as they lie there, read once; nothing is taken from the config."""

    def __init__(self, graph: Graph) -> None:
        """Read all records; those that cannot be trusted are in ``broken``, with the reason."""
        self.graph = graph
        self.records: dict[str, dict[str, Any]] = {}
        self.broken: dict[str, str] = {}
        self.published = Published(graph)
        self._hashes: dict[str, str] = {}
        self.readers: dict[str, dict[str, str]] = {}  # file -> record -> the hash that it read
        self.manifests = [manifest_job(graph, target) for target in ENDINGS]
        for job in [*graph.jobs, *self.manifests]:
            if job.record in self.files:
                try:
                    self.records[job.record] = read_record(Path(job.record))
                except UserError as error:
                    self.broken[job.record] = str(error).removeprefix(f"{job.record}: ")
        for path, record in self.records.items():
            for file, read in record["inputs"].items():
                self.readers.setdefault(file, {})[path] = read["sha256"]

    @cached_property
    def files(self) -> set[str]:
        """All files of the results, without hidden ones and those of other variants."""
        root = Path(self.graph.results)
        others = {path.parent.name for path in root.glob("*/logs")} - {*OWN, *STAGES}

        def is_ours(path: Path) -> bool:
            parts = path.relative_to(root).parts
            hidden = any(part.startswith(".") for part in parts)
            return not hidden and parts[0] not in others and path.is_file()

        return {path.as_posix() for path in root.rglob("*") if is_ours(path)}

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

    def place(self, file: str) -> Path:
        """Return where a file is."""
        return Path(file)
