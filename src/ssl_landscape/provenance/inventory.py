"""What lies in the results: files, records that can be trusted, manifests, failed attempts."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.provenance.failed_attempts import FOLDER, read_attempts
from ssl_landscape.provenance.graph import Graph, is_kept
from ssl_landscape.provenance.hashing import is_whole, sha256
from ssl_landscape.provenance.job_log import read_history
from ssl_landscape.provenance.manifest import NAMES, history_path, manifest_path, read_manifest

OWN = {"logs", "timings", "provenance", "benchmarks"}  # folders that no record tells of
RECORD_KEYS = ("spec", "code", "inputs", "outputs", "start", "end", "packages")


class Evidence:
    """The results as they lie there, read once; nothing is taken from the config."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.records: dict[str, dict[str, Any]] = {}  # those that are whole
        self.broken: dict[str, str] = {}  # records and manifests that are not, and why
        self.manifest: dict[str, dict[str, Any]] = {}
        self.manifests: list[str] = []
        self.history: dict[str, dict[str, Any]] = {}  # of jobs whose records are not here
        self._hashes: dict[str, str] = {}
        for job in graph.jobs:
            if job.record in self.files:
                self._read_record(job.record)
        for target in NAMES:
            self._read_manifest(manifest_path(graph.results, target))

    @cached_property
    def files(self) -> set[str]:
        """All files of the results, without those of other variants."""
        root = Path(self.graph.results)
        others = tuple(f"{folder.as_posix()}/" for folder in self.other_variants)
        found = (path.as_posix() for path in root.rglob("*") if path.is_file())
        return {file for file in found if not file.startswith(others)}

    @cached_property
    def other_variants(self) -> list[Path]:
        """Folders that hold another variant's results, beside the paper's."""
        if self.graph.plan.config.variant:
            return []
        root = Path(self.graph.results)
        own = {Path(file).relative_to(root).parts[0] for file in self.graph.producer} | OWN
        folders = [
            path for path in sorted(root.glob("*")) if path.is_dir() and path.name not in own
        ]
        return [f for f in folders if (f / "logs").is_dir() or (f / "provenance").is_dir()]

    @cached_property
    def attempts(self) -> dict[str, list[dict[str, Any]]]:
        """Record -> the attempts since the job last succeeded."""
        root = Path(self.graph.results)
        folder = root / FOLDER
        return {
            (root / note.relative_to(folder)).with_suffix(".json").as_posix(): read_attempts(note)
            for note in sorted(folder.rglob("*.jsonl"))
        }

    def hash(self, file: str) -> str | None:
        """Hash a file as it is now; None if it is not there."""
        if file not in self._hashes and Path(file).is_file():
            self._hashes[file] = sha256(Path(file))
        return self._hashes.get(file)

    def recorded(self, file: str) -> dict[str, Any] | None:
        """Return what the record of a file's job says of it: sha256, bytes, content."""
        job = self.graph.producer.get(file)
        record = self.records.get(job.record, {}) if job else {}
        return record.get("outputs", {}).get(file)

    def read_by(self, file: str) -> dict[str, str]:
        """Record -> the hash of a file when that record's job read it."""
        found = {}
        for job in self.graph.consumers.get(file, []):
            read = self.records.get(job.record, {}).get("inputs", {})
            if file in read:
                found[job.record] = read[file]["sha256"]
        return found

    def is_expected(self, file: str) -> bool:
        """Return whether a file has to be in this clone.

        It has to if its own record is here, if a job whose record is here read it, or if git has
        it. What else is missing was not made in this clone, or was not carried along.
        """
        job = self.graph.producer[file]
        if file == job.record:
            return self._record_is_expected(job)
        if file in self.manifest and is_kept(file, self.graph.results):
            return True
        return job.record in self.files or bool(self.read_by(file)) or self._has_siblings(job)

    def _record_is_expected(self, job: Job) -> bool:
        """A record has to be here beside what git has not, or where those of its inputs are."""
        if any(f in self.files and not is_kept(f, self.graph.results) for f in job.outputs):
            return True
        if any(self.read_by(file) for file in job.outputs) or self._has_siblings(job):
            return True
        made = [self.graph.producer[file] for file in job.inputs if file in self.graph.producer]
        present = any(file in self.files for file in job.outputs)
        return present and any(one.record in self.files for one in made)

    def _has_siblings(self, job: Job) -> bool:
        """Return whether other runs of a run's model are here: a grid is whole or not begun."""
        return job.rule == "train" and job.spec["model"] in self._models

    @cached_property
    def _models(self) -> set[str]:
        trained = [job for job in self.graph.jobs if job.rule == "train"]
        return {j.spec["model"] for j in trained if j.record in self.files}

    def _read_record(self, path: str) -> None:
        try:
            record = json.loads(Path(path).read_text(encoding="utf-8"))
            missing = [key for key in RECORD_KEYS if key not in record]
        except (OSError, ValueError, TypeError) as error:
            self.broken[path] = f"cannot be read: {error}"
            return
        if missing:
            self.broken[path] = f"has no entry {missing[0]!r}"
        elif record.get("format", 1) > 1 and not is_whole(record):
            self.broken[path] = "was changed after it was written"
        else:
            self.records[path] = record

    def _read_manifest(self, path: str) -> None:
        if path not in self.files:
            return
        self.manifests.append(path)
        self.history |= read_history(history_path(Path(path)))
        record = Path(path).with_suffix(".record.json").as_posix()
        if record in self.files:
            self._read_record(record)
        try:
            self.manifest |= read_manifest(Path(path))["artefacts"]
        except UserError as error:
            self.broken[path] = str(error).removeprefix(f"{path}: ")
