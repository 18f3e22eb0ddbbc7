"""The published copy of the results: what git has of them, and what a clone tells of their jobs.

``results/published/published.json`` is its seal: commits, date, and the hashes of what no manifest
lists (the manifests and lists of jobs themselves, benchmarks). ``SHA256SUMS`` lists all files, the
seal too, for ``sha256sum -c`` and to be signed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import ALL, Job
from ssl_landscape.provenance.graph import PUBLISHED, Graph
from ssl_landscape.provenance.hashing import read_sealed
from ssl_landscape.provenance.manifest import ENDINGS, read_jobs, read_manifest

FORMAT = 1
SUMS = "SHA256SUMS"


def checksums(hashes: dict[str, str]) -> str:
    """Return file -> SHA-256 as ``sha256sum`` prints it."""
    return "".join(f"{known}  {file}\n" for file, known in sorted(hashes.items()))


class Published:
    """The published copy as it lies there; a variant has none."""

    def __init__(self, graph: Graph) -> None:
        """Read it; what cannot be read is listed in ``broken``, with the reason."""
        self.graph = graph
        self.folder = Path(graph.results) / PUBLISHED
        self.seal_path = self.folder / "published.json"
        self.broken: dict[str, str] = {}
        self.artefacts: dict[str, dict[str, Any]] = {}  # by the path of the built file
        self.jobs: dict[str, dict[str, Any]] = {}  # by the path of the record
        self.files: dict[str, str] = {}  # all that has to lie there, but the seal -> sha256
        self.targets: list[str] = []  # whose results these are
        self.exists = not graph.plan.config.variant and self.folder.is_dir()
        if not self.exists:
            return
        seal = self._read(self.seal_path, lambda path: read_sealed(path, FORMAT))
        sealed = seal.get("files")
        if seal and not isinstance(sealed, dict):
            self.broken[self.seal_path.as_posix()] = "does not list files; rerun publish"
        sealed = sealed if isinstance(sealed, dict) else {}
        for target, ending in ENDINGS.items():
            manifest, jobs = f"provenance/manifest{ending}.json", f"provenance/jobs{ending}.csv"
            if target == ALL or manifest in sealed:
                self.targets.append(target)
                self.artefacts |= self._read(self.folder / manifest, read_manifest)
                self.jobs |= self._read(self.folder / jobs, read_jobs)
        for name, sha256 in sealed.items():
            self.files[f"{self.folder.as_posix()}/{name}"] = sha256
        for file, facts in self.artefacts.items():
            if graph.is_published(file):
                self.files[graph.published_path(file)] = facts["sha256"]

    def facts(self, job: Job) -> dict[str, Any]:
        """Return what is known of a job's run; empty if nothing is."""
        return self.jobs.get(job.record, {})

    def known(self, file: str) -> dict[str, Any] | None:
        """Return what the manifest says of a file: sha256, bytes, content."""
        return self.artefacts.get(file)

    def place(self, file: str) -> Path | None:
        """Return where the copy of a file has to be; None if it has none. Sources are no copies."""
        if file not in self.graph.producer:
            return Path(file)
        return Path(self.graph.published_path(file)) if self.graph.is_published(file) else None

    def _read(self, path: Path, reader: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
        try:
            return reader(path)
        except UserError as error:
            self.broken[path.as_posix()] = str(error).removeprefix(f"{path}: ")
            return {}
