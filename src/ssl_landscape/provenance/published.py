"""The published copy of the results: what git has of them, and what a clone tells of their jobs.

``results/published/published.json`` is its seal: commits, date, and the hashes of what no manifest
lists (the manifests and lists of jobs themselves, benchmarks).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.provenance.graph import PUBLISHED, Graph
from ssl_landscape.provenance.hashing import read_sealed
from ssl_landscape.provenance.job_log import read_lines
from ssl_landscape.provenance.manifest import ENDINGS, read_manifest

FORMAT = 1


class Published:
    """The published copy as it lies there; a variant has none."""

    absent = "not published"  # what is said of a file that has no copy here

    def __init__(self, graph: Graph) -> None:
        """Read it; what cannot be read is listed in ``broken``, with the reason."""
        self.graph = graph
        self.folder = Path(graph.results) / PUBLISHED
        self.broken: dict[str, str] = {}
        self.artefacts: dict[str, dict[str, Any]] = {}  # by the path of the built file
        self.jobs: dict[str, dict[str, Any]] = {}  # by the path of the record
        self.sealed: dict[str, str] = {}  # path within the folder -> sha256
        if not self.exists:
            return
        seal = self._read(self.seal_path, lambda path: read_sealed(path, FORMAT))
        self.sealed = seal.get("files", {})
        for ending in ENDINGS.values():
            place = self.folder / "provenance"
            self.artefacts |= self._read(place / f"manifest{ending}.json", read_manifest)
            self.jobs |= self._read(place / f"jobs{ending}.csv", read_lines)

    @property
    def exists(self) -> bool:
        """Whether there is a published copy of this plan's results."""
        return not self.graph.plan.config.variant and self.folder.is_dir()

    @property
    def seal_path(self) -> Path:
        """The file that seals the copy."""
        return self.folder / "published.json"

    def files(self) -> dict[str, str]:
        """Return all files that have to lie there, with their sha256, but the seal."""
        listed = {f: known for f, known in self.artefacts.items() if self.graph.is_published(f)}
        return {
            **{f"{self.folder.as_posix()}/{name}": known for name, known in self.sealed.items()},
            **{self.graph.published_path(f): known["sha256"] for f, known in listed.items()},
        }

    def facts(self, job: Job) -> dict[str, Any]:
        """Return what is known of a job's run; empty if nothing is."""
        return self.jobs.get(job.record, {})

    def known(self, file: str) -> dict[str, Any] | None:
        """Return what the manifest says of a file: sha256, bytes, content."""
        return self.artefacts.get(file)

    def place(self, file: str) -> Path | None:
        """Return where the copy of a file has to be; None if it has none."""
        return Path(self.graph.published_path(file)) if self.graph.is_published(file) else None

    def _read(self, path: Path, reader: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
        try:
            return reader(path)
        except UserError as error:
            self.broken[path.as_posix()] = str(error).removeprefix(f"{path}: ")
            return {}
