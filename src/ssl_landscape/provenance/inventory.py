"""What lies in the results: files, records that can be trusted, failed attempts."""

import os
import stat
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.pipeline.layout import STAGES
from ssl_landscape.provenance.failed_attempts import FOLDER
from ssl_landscape.provenance.graph import PUBLISHED, Graph
from ssl_landscape.provenance.hashing import sha256
from ssl_landscape.provenance.manifest import ENDINGS, manifest_job
from ssl_landscape.provenance.published import Published
from ssl_landscape.provenance.record import read_record

OWN = {"logs", "timings", "provenance", "benchmarks", PUBLISHED}  # folders without records
MOST_BYTES = 2**34  # of a file; to hash a hollow one of terabytes would take hours


class Inventory:
    """The results as they lie there, read once; nothing is taken from the config."""

    def __init__(self, graph: Graph) -> None:
        """Read all records; those that cannot be trusted are in ``broken``, with the reason.

        What is no file, or cannot be read, is in ``unreadable``, and not in ``files``.
        """
        self.graph = graph
        self.records: dict[str, dict[str, Any]] = {}
        self.broken: dict[str, str] = {}
        self.unreadable: dict[str, str] = {}
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
        jobs, found = [*self.graph.jobs, *self.manifests], set()
        planned = {file for job in jobs for file in job.files}
        records = (job.record.removeprefix(f"{self.graph.results}/") for job in jobs)
        planned |= {f"{self.graph.results}/{FOLDER}/{record}l" for record in records}
        for file in {file for file in planned if os.path.lexists(file)}.union(self._walk()):
            if why := _why_unreadable(file):
                self.unreadable[file] = why
            else:
                found.add(file)
        return found

    def _walk(self) -> Iterator[str]:
        """Yield what lies in the results, behind links too, and note folders that are closed."""

        def note(error: OSError) -> None:
            if not isinstance(error, FileNotFoundError):  # nothing is built yet
                self.unreadable[error.filename] = f"cannot be read: {error.strerror}"

        root = self.graph.results
        others = {path.parent.name for path in Path(root).glob("*/logs")} - {*OWN, *STAGES}
        hidden = {f"{root}/{name}" for name in others}
        seen = set()

        def leads_back(link: str) -> bool:
            """Return whether a link leads to a folder that has another name here, or is above."""
            real = os.path.realpath(link)
            return real in seen or Path(os.path.realpath(root)).is_relative_to(real)

        for folder, names, files in os.walk(root, onerror=note, followlinks=True):
            seen.add(os.path.realpath(folder))
            paths = {name: f"{folder}/{name}" for name in names if not name.startswith(".")}
            names[:] = [
                name
                for name, path in paths.items()
                if path not in hidden and not (Path(path).is_symlink() and leads_back(path))
            ]
            yield from (f"{folder}/{name}" for name in files if not name.startswith("."))

    def hash(self, file: str) -> str | None:
        """Hash a file as it is now; None if it is not there."""
        if file not in self._hashes and not _why_unreadable(file):
            try:
                self._hashes[file] = sha256(Path(file))
            except OSError as error:
                self.unreadable[file] = f"cannot be read: {error.strerror}"
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


def _why_unreadable(file: str) -> str | None:
    try:
        status = Path(file).stat()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if not stat.S_ISREG(status.st_mode):  # to open a pipe would wait for a writer
        return "is not a file (a folder, a pipe or the like)"
    if status.st_size > MOST_BYTES:
        return f"is larger than any result ({status.st_size / 2**30:.0f} GiB)"
    return None if os.access(file, os.R_OK) else "cannot be read: Permission denied"
